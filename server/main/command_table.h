// The commands of the program `sealhall`.
#pragma once

#include <span>
#include <string_view>

namespace sealhall::main {

struct Command {
  std::string_view name;
  std::string_view summary;           ///< one line for the list
  int (*run)(int argc, char** argv);  ///< `argv[0]` is the command's own name; the result is the exit code
};

/// Finds the command that `argv[1]` names and runs it. Without one, with `help`, or with an unknown one it prints the
/// list.
int run_command(std::span<const Command> commands, int argc, char** argv);

/// `sealhall serve`: starts a server and stays until it is stopped.
int serve_main(int argc, char** argv);
/// `sealhall ca`: the path and the fingerprint of the installation's own authority.
int ca_main(int argc, char** argv);
/// `sealhall config check`: what is wrong in a configuration file.
int config_main(int argc, char** argv);
/// `sealhall export DATABASE FILE` and `sealhall import FILE DATABASE`
int export_main(int argc, char** argv);
int import_main(int argc, char** argv);
/// `sealhall version`
int version_main(int argc, char** argv);

}  // namespace sealhall::main
