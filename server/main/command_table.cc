#include "server/main/command_table.h"

#include <cstdio>
#include <string>

namespace sealhall::main {

int run_command(std::span<const Command> commands, int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  for (const Command& command : commands) {
    if (command.name == wanted) return command.run(argc - 1, argv + 1);
  }
  const bool asked = wanted == "help" || wanted == "--help" || wanted == "-h";
  std::string text;
  if (!asked && !wanted.empty()) text += "There is no command \"" + std::string{wanted} + "\".\n\n";
  text += "usage: sealhall COMMAND [OPTIONS]\n\n";
  for (const Command& command : commands) {
    std::string line = "  " + std::string{command.name};
    line.resize(std::max<std::size_t>(line.size() + 1, 12), ' ');
    text += line + std::string{command.summary} + "\n";
  }
  text += "\n`sealhall COMMAND --help` tells more.\n";
  std::fputs(text.c_str(), asked ? stdout : stderr);
  return asked ? 0 : 2;
}

}  // namespace sealhall::main
