#include "kms/audit_log.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "core/base/random.h"

namespace sealhall::kms {
namespace {

struct Log {
  SeededRandom random{3};
  crypto::Ed25519PrivateKey key = crypto::Ed25519PrivateKey::generate(random);
  AuditWriter writer;
  std::vector<std::string> lines;
  std::optional<AuditPosition> head;

  Log() {
    for (int i = 0; i < 30; ++i) {
      envelope::KeyId id{};
      random.fill(id);
      add(writer.append({.at = UnixMicros{1'764'000'000'000'000 + i * 1'500'000},
                         .who = "control",
                         .what = "open_data_key",
                         .outcome = i % 7 == 0 ? "not_authentic" : "done",
                         .account = "AAAAAAAAAAAAAAAAAAAAAA",
                         .key = id,
                         .version = 2,
                         .data_key = id}));
      if (i % 10 == 9) {
        add(writer.checkpoint(UnixMicros{1'764'000'100'000'000}, key));
        head = parse_audit_head(encode_audit_head(writer.position(), key), key.public_key());
      }
    }
  }
  void add(std::string line) {
    line.pop_back();
    lines.push_back(std::move(line));
  }
  std::optional<std::string> check(const std::vector<std::string>& of) const {
    AuditVerifier verifier{key.public_key()};
    for (const std::string& line : of) verifier.feed(line);
    verifier.finish(head);
    return verifier.problem();
  }
};

TEST_CASE("audit log: an untouched log is good, and says what it holds") {
  const Log log;
  REQUIRE(log.head);
  CHECK(log.head->entries == 33);
  AuditVerifier verifier{log.key.public_key()};
  for (const std::string& line : log.lines) verifier.feed(line);
  verifier.finish(log.head);
  CHECK_FALSE(verifier.problem());
  CHECK(verifier.position() == log.writer.position());
  CHECK(verifier.checkpoints() == 3);
  CHECK(verifier.unsigned_entries() == 0);
  CHECK(
      log.lines[1].starts_with(R"({"n":2,"at":"2025-11-24T16:00:01.500000Z","who":"control","what":"open_data_key",)"));
  CHECK(parse_audit_line(log.lines.back())->entries == 33);
}

TEST_CASE("audit log: every changed character, every deleted, repeated and exchanged entry is found") {
  const Log log;
  for (std::size_t i = 0; i < log.lines.size(); ++i) {
    for (std::size_t c = 0; c < log.lines[i].size(); ++c) {
      auto lines = log.lines;
      lines[i][c] = static_cast<char>(lines[i][c] ^ 1);
      if (!log.check(lines)) FAIL("line ", i, " character ", c);
    }
    auto lines = log.lines;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
    if (!log.check(lines)) FAIL("deleted ", i);
    lines = log.lines;
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(i), log.lines[i]);
    if (!log.check(lines)) FAIL("repeated ", i);
    for (std::size_t j = i + 1; j < log.lines.size(); ++j) {
      lines = log.lines;
      std::swap(lines[i], lines[j]);
      if (!log.check(lines)) FAIL("exchanged ", i, " ", j);
    }
    lines.assign(log.lines.begin(), log.lines.begin() + static_cast<std::ptrdiff_t>(i));
    if (!log.check(lines)) FAIL("cut at ", i);
  }
  CHECK(log.check({}));
}

TEST_CASE("audit log: somebody without the key cannot write another log") {
  const Log log;
  Log forged;
  SeededRandom random{99};
  forged.key = crypto::Ed25519PrivateKey::generate(random);
  forged.writer = AuditWriter{};
  forged.lines.clear();
  forged.add(forged.writer.append({.at = {}, .who = "control", .what = "open_data_key", .outcome = "done"}));
  forged.add(forged.writer.checkpoint({}, forged.key));
  CHECK(log.check(forged.lines));
  CHECK_FALSE(parse_audit_head(encode_audit_head(forged.writer.position(), forged.key), log.key.public_key()));
  CHECK_FALSE(parse_audit_head("", log.key.public_key()));
  CHECK_FALSE(parse_audit_head("sealhall audit head 1 5", log.key.public_key()));
}

TEST_CASE("audit log: a position that was written down elsewhere finds a log that was rolled back or made anew") {
  const Log log;
  const auto verify = [&](const AuditPosition& watched, std::size_t lines) {
    AuditVerifier verifier{log.key.public_key()};
    verifier.watch(watched);
    for (std::size_t i = 0; i < lines; ++i) verifier.feed(log.lines[i]);
    verifier.finish(std::nullopt);
    return verifier.problem();
  };
  AuditPosition at = *parse_audit_line(log.lines[20]);
  CHECK_FALSE(verify(at, log.lines.size()));
  CHECK(verify(at, 15));
  at.chain[0] ^= 1;
  CHECK(verify(at, log.lines.size()));
}

TEST_CASE("audit log: a log that was found shortened says so for good") {
  Log log;
  log.add(log.writer.append({.at = {}, .who = "kms", .what = "entries_lost", .outcome = "done"}));
  CHECK(log.check(log.lines));
}

TEST_CASE("audit log: what is written cannot break the line") {
  AuditWriter writer;
  const std::string line =
      writer.append({.at = {}, .who = "control", .what = "x", .outcome = "done", .account = "a\",\n\"chain\":\"b"});
  CHECK(line.find('\n') == line.size() - 1);
  CHECK(line.find(R"("account":"a????chain?:?b")") != std::string::npos);
}

}  // namespace
}  // namespace sealhall::kms
