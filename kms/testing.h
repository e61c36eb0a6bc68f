// For tests of keys: a keystore whose file is a string, a log in memory, a clock that stands where it is put.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "kms/key_service.h"

namespace sealhall::kms::testing {

struct Bench {
  SeededRandom random{11};
  std::shared_ptr<RootKey> root = SoftwareRoot::generate("file", random);
  std::string file;
  bool disk_works = true;
  std::string log;
  std::string head;
  UnixMicros wall{1'764'000'000'000'000};

  Keystore::Save save() {
    return [this](ByteView content) {
      if (disk_works) file.assign(as_text(content));
      return disk_works;
    };
  }
  std::unique_ptr<Keystore> create() {
    auto made = Keystore::create(root, random, save());
    REQUIRE(made);
    return std::move(*made);
  }
  expected<std::unique_ptr<Keystore>, KeystoreError> load() { return Keystore::load(file, root, random, save()); }

  KeyService::Outside outside() {
    return {.wall = [this] { return wall; },
            .append =
                [this](std::string_view line) {
                  if (disk_works) log += line;
                  return disk_works;
                },
            .write_head = [this](std::string_view text) { head = text; },
            .next_root = [this]() -> std::shared_ptr<RootKey> { return SoftwareRoot::generate("file", random); },
            .root_changed = [] {}};
  }
  std::unique_ptr<KeyService> service(Rate rate = {}) {
    return std::make_unique<KeyService>(create(), outside(), AuditPosition{}, false, rate);
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < log.size();) {
      const std::size_t end = log.find('\n', at);
      out.push_back(log.substr(at, end - at));
      at = end + 1;
    }
    return out;
  }
};

}  // namespace sealhall::kms::testing
