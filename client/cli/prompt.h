// The terminal as input: lines that are typed while the loop runs, and a password that is not shown.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "io/net/loop.h"

namespace sealhall::cli {

/// Reads standard input on a thread of its own (which a blocked read keeps until the process ends) and calls `on_line`
/// on the loop for each line. At the end of the input nothing more is called.
class LineInput {
 public:
  LineInput(io::Loop& loop, std::function<void(std::string)> on_line);
  ~LineInput();
  LineInput(const LineInput&) = delete;
  LineInput& operator=(const LineInput&) = delete;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

/// Asks for a password on the terminal without showing it; nullopt when there is no terminal.
std::optional<std::string> ask_password(const std::string& prompt);

[[nodiscard]] bool input_is_terminal();
[[nodiscard]] bool output_is_terminal();
/// Columns of the terminal that the standard output is, 80 when it does not say.
[[nodiscard]] std::size_t output_columns();

}  // namespace sealhall::cli
