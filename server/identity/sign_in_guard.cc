#include "server/identity/sign_in_guard.h"

#include <algorithm>

namespace sealhall::identity {

std::string SignInGuard::device_key(const Attempt& attempt) {
  return std::string{attempt.known_device} + "/" + std::string{attempt.login};
}

Duration SignInGuard::wait(const Attempt& attempt, Instant now) const {
  if (!attempt.known_device.empty()) return by_device_.wait(device_key(attempt), now);
  return std::max(by_source_.wait(attempt.source, now), by_login_.wait(attempt.login, now));
}

void SignInGuard::begins(const Attempt& attempt, Instant now) {
  if (!attempt.known_device.empty()) return by_device_.failed(device_key(attempt), now);
  by_source_.failed(attempt.source, now);
  by_login_.failed(attempt.login, now);
}

void SignInGuard::succeeded(const Attempt& attempt, Instant begun) {
  if (!attempt.known_device.empty()) return by_device_.succeeded(device_key(attempt));
  by_login_.succeeded(attempt.login);
  const std::string key = std::string{attempt.source} + "/" + std::string{attempt.login};
  if (!forgiven_.take(key, begun)) return by_source_.take_back(attempt.source, begun);
  by_source_.succeeded(attempt.source);
}

void SignInGuard::not_checked(const Attempt& attempt, Instant begun) {
  if (!attempt.known_device.empty()) return by_device_.take_back(device_key(attempt), begun);
  by_source_.take_back(attempt.source, begun);
  by_login_.take_back(attempt.login, begun);
}

}  // namespace sealhall::identity
