#include "server/identity/password.h"

#include <sodium.h>

#include <array>
#include <utility>

#include "core/base/check.h"

namespace sealhall::identity {
namespace {

expected<std::string, PasswordError> compute(const std::string& password, const PasswordCost& cost) {
  std::array<char, crypto_pwhash_STRBYTES> text{};
  if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), cost.passes, cost.memory,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return unexpected(PasswordError::no_memory);
  }
  return std::string{text.data()};
}

void forget(std::string& password) { sodium_memzero(password.data(), password.size()); }

}  // namespace

PasswordHasher::PasswordHasher(io::Loop& loop, PasswordCost cost) : loop_(loop), cost_(cost) {
  SEALHALL_CHECK(sodium_init() >= 0);
  auto dummy = compute("nobody's password", cost_);
  SEALHALL_CHECK(dummy.has_value());
  dummy_ = std::move(*dummy);
  for (std::size_t i = 0; i < cost_.threads; ++i) threads_.emplace_back([this] { run(); });
}

PasswordHasher::~PasswordHasher() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    jobs_.clear();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void PasswordHasher::hash(std::string password, OnHash done) {
  auto shared = std::make_shared<OnHash>(std::move(done));
  const bool taken = enqueue([this, password = std::move(password), shared]() mutable {
    auto result = compute(password, cost_);
    forget(password);
    loop_.post([shared, result = std::move(result)]() mutable { (*shared)(std::move(result)); });
  });
  if (!taken) loop_.post([shared] { (*shared)(unexpected(PasswordError::busy)); });
}

void PasswordHasher::verify(std::string hash, std::string password, OnVerified done) {
  auto shared = std::make_shared<OnVerified>(std::move(done));
  const bool exists = !hash.empty();
  if (!exists) hash = dummy_;
  const bool taken = enqueue([this, exists, hash = std::move(hash), password = std::move(password), shared]() mutable {
    const bool right = crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
    forget(password);
    loop_.post([shared, right, exists] { (*shared)(right&& exists); });
  });
  if (!taken) loop_.post([shared] { (*shared)(unexpected(PasswordError::busy)); });
}

bool PasswordHasher::enqueue(Job job) {
  {
    const std::lock_guard lock{mutex_};
    if (jobs_.size() >= cost_.waiting) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void PasswordHasher::run() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job();
  }
}

}  // namespace sealhall::identity
