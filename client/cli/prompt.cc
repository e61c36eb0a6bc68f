#include "client/cli/prompt.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>
#include <mutex>
#include <thread>

namespace sealhall::cli {

struct LineInput::Shared {
  std::mutex mutex;
  io::Loop* loop = nullptr;  // null when the owner has gone
  std::function<void(std::string)> on_line;
};

LineInput::LineInput(io::Loop& loop, std::function<void(std::string)> on_line) : shared_(std::make_shared<Shared>()) {
  shared_->loop = &loop;
  shared_->on_line = std::move(on_line);
  std::thread([shared = shared_] {
    std::string line;
    while (std::getline(std::cin, line)) {
      const std::scoped_lock lock(shared->mutex);
      if (shared->loop == nullptr) return;
      shared->loop->post([shared, line] {
        if (shared->loop != nullptr) shared->on_line(line);
      });
    }
  }).detach();
}

LineInput::~LineInput() {
  const std::scoped_lock lock(shared_->mutex);
  shared_->loop = nullptr;
}

std::optional<std::string> ask_password(const std::string& prompt) {
  termios before{};
  if (!input_is_terminal() || tcgetattr(STDIN_FILENO, &before) != 0) return std::nullopt;
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  std::cerr << prompt << std::flush;
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  std::string password;
  const bool read = static_cast<bool>(std::getline(std::cin, password));
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << "\n";
  return read ? std::optional{password} : std::nullopt;
}

bool input_is_terminal() { return isatty(STDIN_FILENO) == 1; }
bool output_is_terminal() { return isatty(STDOUT_FILENO) == 1; }

std::size_t output_columns() {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

}  // namespace sealhall::cli
