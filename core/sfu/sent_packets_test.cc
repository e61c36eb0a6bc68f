#include "core/sfu/sent_packets.h"

#include <doctest/doctest.h>

#include <array>
#include <utility>
#include <vector>

#include "core/base/random.h"

namespace sealhall::sfu {
namespace {

TEST_CASE("sent packets: a slot's last 256 packets are found, each with its own entry, and no older one") {
  for (const std::size_t slots : {1U, 8U}) {
    SentPackets sent{slots};
    const std::size_t remembered = slots == 1 ? 256 : 512;
    for (std::uint32_t i = 0; i < 5000; ++i) {
      sent.insert({.log_index = i, .sequence = static_cast<std::uint16_t>(65'000 + i), .slot = 0});
      if (i % 500 != 499) continue;
      for (std::uint32_t back = 0; back < 1000; ++back) {
        const SentPackets::Entry* entry = sent.find(0, static_cast<std::uint16_t>(65'000 + i - back));
        CHECK((entry != nullptr) == (back < remembered && back <= i));
        if (entry != nullptr) CHECK(entry->log_index == i - back);
      }
    }
  }
}

TEST_CASE("sent packets: of 25 busy slots nearly every packet of the last 150 is found, and never a wrong one") {
  SeededRandom random{2};
  SentPackets sent{25};
  std::array<std::uint16_t, 25> next{};
  for (std::uint16_t& each : next) each = static_cast<std::uint16_t>(random.u32());
  std::vector<std::pair<std::uint8_t, std::uint16_t>> order;
  std::size_t asked = 0;
  std::size_t lost = 0;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const auto slot = static_cast<std::uint8_t>(random.below(25));
    sent.insert({.log_index = i, .sequence = next[slot], .slot = slot});
    order.emplace_back(slot, next[slot]++);
    if (i < 200 || !random.chance(0.05)) continue;
    const auto at = static_cast<std::size_t>(i - random.below(150));
    const SentPackets::Entry* entry = sent.find(order[at].first, order[at].second);
    ++asked;
    if (entry == nullptr) ++lost;
    if (entry != nullptr) CHECK(entry->log_index == at);
  }
  CHECK(lost * 50 < asked);
}

TEST_CASE("sent packets: what was never sent is not found") {
  SentPackets sent{1};
  CHECK(sent.find(0, 0) == nullptr);
  sent.insert({.sequence = 1, .slot = 0});
  CHECK(sent.find(1, 1) == nullptr);
}

}  // namespace
}  // namespace sealhall::sfu
