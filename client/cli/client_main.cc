// The client alone, for trying it without the server's program.
#include <cstring>
#include <iostream>

#include "client/cli/commands.h"

int main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "join") == 0) return sealhall::cli::join_main(argc - 1, argv + 1);
  if (argc > 1 && std::strcmp(argv[1], "load") == 0) return sealhall::cli::load_main(argc - 1, argv + 1);
  std::cerr << "sealhall-client join|load ...\n";
  return sealhall::cli::exit_code::usage;
}
