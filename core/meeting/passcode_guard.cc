#include "core/meeting/passcode_guard.h"

#include <algorithm>

namespace sealhall::meeting {
namespace {

std::string key_of(std::string_view source, std::string_view meeting) {
  return std::string{source} + "/" + std::string{meeting};
}

}  // namespace

Duration PasscodeGuard::wait(std::string_view source, std::string_view meeting, Instant now) const {
  return std::max(by_meeting_.wait(key_of(source, meeting), now), by_source_.wait(source, now));
}

void PasscodeGuard::failed(std::string_view source, std::string_view meeting, Instant now) {
  const std::string key = key_of(source, meeting);
  by_meeting_.failed(key, now);
  if (counted_.take(key, now)) by_source_.failed(source, now);
}

void PasscodeGuard::succeeded(std::string_view source, std::string_view meeting, Instant now) {
  const std::string key = key_of(source, meeting);
  by_meeting_.succeeded(key);
  if (counted_.give_back(key, now)) by_source_.take_back(source, now);
}

}  // namespace sealhall::meeting
