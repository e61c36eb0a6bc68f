// The one place that knows which `expected` the project uses (C++23 std::expected).
#pragma once

#include <expected>

namespace sealhall {
using std::expected;
using std::unexpected;
}  // namespace sealhall
