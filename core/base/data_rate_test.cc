#include "core/base/data_rate.h"

#include <doctest/doctest.h>

namespace sealhall {
namespace {

using namespace std::chrono_literals;

TEST_CASE("data rate: bits and bytes are not mixed up") {
  CHECK(DataRate::kbps(8).time_for(1000) == 1s);
  CHECK(DataRate::kbps(8).bytes_in(500ms) == 500);
  CHECK(rate_of(1000, 1s) == DataRate::kbps(8));
  CHECK(rate_of(1000, 0s) == DataRate{});
  CHECK(DataRate{}.time_for(1) == Duration::max());
  CHECK(DataRate::kbps(100) * 0.85 == DataRate::kbps(85));
}

}  // namespace
}  // namespace sealhall
