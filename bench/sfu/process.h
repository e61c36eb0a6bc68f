// A child process whose CPU time is measured.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

namespace sealhall::bench {

inline void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  ::sched_setaffinity(0, sizeof set, &set);  // best effort: one CPU is enough to run, two to measure well
}

/// Ends the child when it goes.
class Child {
 public:
  Child() = default;
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Child& operator=(Child&& other) noexcept {
    std::swap(pid_, other.pid_);
    return *this;
  }
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Seconds of CPU of all its threads so far.
  [[nodiscard]] double cpu_seconds() const {
    double nanoseconds = 0;
    std::error_code error;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid_) + "/task", error)) {
      std::ifstream in{task.path() / "schedstat"};
      double on_cpu = 0;
      in >> on_cpu;
      nanoseconds += on_cpu;
    }
    return nanoseconds / 1e9;
  }
  /// Seconds that it was ready to run and had no CPU: what the rest of the machine took.
  [[nodiscard]] double waited_seconds() const {
    std::ifstream in{"/proc/" + std::to_string(pid_) + "/schedstat"};
    double on_cpu = 0;
    double waited = 0;
    in >> on_cpu >> waited;
    return waited / 1e9;
  }
  /// Anonymous memory that is resident, in bytes.
  [[nodiscard]] std::size_t anonymous_memory() const {
    std::ifstream in{"/proc/" + std::to_string(pid_) + "/status"};
    std::string word;
    std::size_t kilobytes = 0;
    while (in >> word) {
      if (word == "RssAnon:") in >> kilobytes;
    }
    return kilobytes * 1024;
  }

 private:
  pid_t pid_ = -1;
};

}  // namespace sealhall::bench
