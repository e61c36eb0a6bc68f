// One child process: started with nothing that it does not need, watched, ended.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "io/net/loop.h"

namespace sealhall::main {

struct ChildSpec {
  std::string program;                 ///< absolute path
  std::vector<std::string> arguments;  ///< without the program's name
  /// Lines of its standard output. Without it the output goes to /dev/null. Standard error stays ours: the logs.
  std::function<void(std::string_view)> on_line = {};
  std::vector<std::string> variables = {};  ///< names of further environment variables of ours that it gets
};

/// Starts the program: own process group (a Ctrl-C at the terminal reaches the supervisor only), ended with us
/// (PR_SET_PDEATHSIG), PR_SET_NO_NEW_PRIVS, no core files, umask 077, working folder /, standard input /dev/null, a
/// short list of environment variables, no other descriptor. A sentence when the system refuses.
class Child {
 public:
  static expected<std::unique_ptr<Child>, std::string> start(io::Loop& loop, const ChildSpec& spec);
  /// Does not end the process.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const noexcept;

 private:
  class Output;
  Child(pid_t pid, std::unique_ptr<Output> output);
  pid_t pid_;
  std::unique_ptr<Output> output_;
};

/// "exit code 1", "signal 9 (Killed)": of what `waitpid` gave.
std::string describe_end(int status);

}  // namespace sealhall::main
