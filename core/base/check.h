// SEALHALL_CHECK: our own invariants, always on. A failure is a bug of ours and stops the process with its place.
#pragma once

namespace sealhall {
/// Prints "CHECK failed: condition (file:line)" on standard error and aborts. Never returns.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}  // namespace sealhall

/// Stops the process when `condition` is false. Only for what can be false through our own bug, never for outside data.
#define SEALHALL_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::sealhall::check_failed(#condition, __FILE__, __LINE__))
