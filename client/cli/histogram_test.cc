#include "client/cli/histogram.h"

#include <doctest/doctest.h>

#include <memory>

using namespace sealhall;
using namespace std::chrono_literals;

TEST_CASE("histogram: quantiles of what was added, bounded at both ends") {
  const auto h = std::make_unique<cli::Histogram>();
  CHECK(h->quantile_ms(0.5) == 0);
  for (int i = 1; i <= 100; ++i) h->add(i * 1ms);
  CHECK(h->quantile_ms(0.5) == doctest::Approx(51.1));
  CHECK(h->quantile_ms(0.99) == doctest::Approx(100.1));
  h->add(-5ms);
  h->add(1h);
  CHECK(h->count() == 102);
  CHECK(h->quantile_ms(1.0) == doctest::Approx(4000.0));
}
