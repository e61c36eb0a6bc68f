#include "core/sfu/packet_log.h"

#include <doctest/doctest.h>

#include <deque>

#include "core/base/random.h"

namespace sealhall::sfu {
namespace {

TEST_CASE("packet log: a stored packet is found by its index, one that is not there yet is not") {
  PacketLog log{8, 4096};
  const Bytes payload{1, 2, 3};
  const std::uint32_t index = log.append(LogEntry{.seq = rtp::SeqNo{77}}, payload);
  REQUIRE(log.find(index) != nullptr);
  CHECK(log.find(index)->seq == rtp::SeqNo{77});
  CHECK(equal(log.payload(*log.find(index)), payload));
  CHECK(log.find(index + 1) == nullptr);
  CHECK(log.find(index - 1) == nullptr);
}

TEST_CASE("packet log: an empty payload takes an index and no bytes") {
  PacketLog log{4, 64};
  const std::uint32_t index = log.append(LogEntry{}, {});
  REQUIRE(log.find(index) != nullptr);
  CHECK(log.payload(*log.find(index)).empty());
}

TEST_CASE("packet log: whatever is found holds its own bytes, through every wrap of both rings") {
  SeededRandom random{7};
  for (const auto& [entries, bytes] : {std::pair{8U, 4096U}, {64U, 2048U}, {256U, 65536U}}) {
    PacketLog log{entries, bytes};
    std::deque<std::pair<std::uint32_t, Bytes>> kept;
    for (int i = 0; i < 20'000; ++i) {
      Bytes payload(static_cast<std::size_t>(random.below(1301)));
      random.fill(payload);
      const std::uint32_t index = log.append(LogEntry{.seq = rtp::SeqNo{static_cast<std::uint64_t>(i)}}, payload);
      kept.emplace_back(index, std::move(payload));
      if (kept.size() > 300) kept.pop_front();
      bool still_there = false;
      for (const auto& [at, expected_payload] : kept) {
        const LogEntry* entry = log.find(at);
        if (entry == nullptr) {
          if (still_there) FAIL("an older packet is there, a newer one is not");
          continue;
        }
        still_there = true;
        if (i % 97 == 0) CHECK(equal(log.payload(*entry), expected_payload));
      }
      if (log.find(index) == nullptr || log.head() - log.tail() > entries) FAIL("the newest packet is not there");
    }
  }
}

}  // namespace
}  // namespace sealhall::sfu
