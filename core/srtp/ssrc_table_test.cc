#include "core/srtp/ssrc_table.h"

#include <doctest/doctest.h>

#include <map>

#include "core/base/random.h"

namespace sealhall::srtp {
namespace {

TEST_CASE("ssrc table: finds what was added, for any set of SSRCs up to its limit") {
  SeededRandom random{3};
  SsrcTable<int> table{300};
  std::map<std::uint32_t, int> model;
  CHECK(table.find(0) == nullptr);
  while (!table.full()) {
    // Neighbours and multiples of large powers of two, which a poor hash would put into one place.
    const std::uint32_t ssrc =
        random.chance(0.5) ? random.u32() & 0xFFFF0000U : static_cast<std::uint32_t>(random.below(500));
    if (model.contains(ssrc)) {
      REQUIRE(table.find(ssrc) != nullptr);
      continue;
    }
    CHECK(table.find(ssrc) == nullptr);
    const int value = static_cast<int>(model.size());
    table.add(ssrc) = value;
    model[ssrc] = value;
  }
  CHECK(table.size() == 300);
  for (const auto& [ssrc, value] : model) {
    REQUIRE(table.find(ssrc) != nullptr);
    CHECK(*table.find(ssrc) == value);
  }
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t ssrc = random.u32();
    CHECK((table.find(ssrc) != nullptr) == model.contains(ssrc));
  }
}

}  // namespace
}  // namespace sealhall::srtp
