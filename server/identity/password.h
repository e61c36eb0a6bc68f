// Passwords: Argon2id on threads of its own, because one hash takes tens of milliseconds and 64 MiB.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/expected.h"
#include "io/net/loop.h"

namespace sealhall::identity {

enum class PasswordError : std::uint8_t {
  busy,       ///< too many wait already; try again
  no_memory,  ///< the hash could not be computed
};

struct PasswordCost {
  std::size_t threads = 1;   ///< hashes at once; each takes `memory` and a core
  std::size_t waiting = 32;  ///< at most; more makes people wait longer than they would
  unsigned long long passes = 2;
  std::size_t memory = 64U << 20;  ///< bytes; the cost of a guess for whoever steals the hashes
};

class PasswordHasher {
 public:
  using OnHash = std::move_only_function<void(expected<std::string, PasswordError>)>;
  using OnVerified = std::move_only_function<void(expected<bool, PasswordError>)>;

  explicit PasswordHasher(io::Loop& loop, PasswordCost cost = {});
  ~PasswordHasher();
  PasswordHasher(const PasswordHasher&) = delete;
  PasswordHasher& operator=(const PasswordHasher&) = delete;

  /// The text form of the hash, with salt and cost in it. `done` is called on the loop, never before this returned.
  void hash(std::string password, OnHash done);
  /// With an empty `hash` it takes as long as with one and gives false: nobody learns which logins exist.
  void verify(std::string hash, std::string password, OnVerified done);

 private:
  using Job = std::move_only_function<void()>;
  bool enqueue(Job job);
  void run();

  io::Loop& loop_;
  PasswordCost cost_;
  std::string dummy_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sealhall::identity
