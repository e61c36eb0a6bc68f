#include "server/main/recovery_notice.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

namespace sealhall::main {

void tell_recovery_kit(const ServeOptions& options) {
  std::vector<std::string> words{"sealhall", "keys", "kit", "--data", options.data};
  if (!options.passphrase_file.empty()) words.insert(words.end(), {"--passphrase-file", options.passphrase_file});
  if (::isatty(STDOUT_FILENO) == 1) {
    // In a process of its own: this one never reads the root key.
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    std::fputs("\n", stdout);
    std::fflush(stdout);
    if (::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) == 0) {
      int status = 0;
      if (::waitpid(child, &status, 0) == child && status == 0) return;
    }
  }
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  std::printf("\nOnce, now: print the recovery kit and put it away. Without it a lost disk is lost for good.\n  %s\n",
              line.c_str());
  std::fflush(stdout);
}

}  // namespace sealhall::main
