// sealhall: the program. One table of commands; further ones are a line here and a function in a library.
#include "server/main/command_table.h"

#ifdef SEALHALL_WITH_ADMIN
#include "client/admin/commands.h"
#endif
#ifdef SEALHALL_WITH_CLIENT
#include "client/cli/commands.h"
#endif

namespace {

using sealhall::main::Command;

constexpr Command commands[] = {
    {"serve", "start a server", &sealhall::main::serve_main},
#ifdef SEALHALL_WITH_ADMIN
    {"setup", "make the first administrator with the link that serve printed", &sealhall::admin::setup_main},
    {"meeting", "make, list and end meetings", &sealhall::admin::meeting_main},
    {"user", "make and list accounts", &sealhall::admin::user_main},
#endif
#ifdef SEALHALL_WITH_CLIENT
    {"join", "join a meeting from the terminal", &sealhall::cli::join_main},
    {"load", "many participants from one process, for measuring", &sealhall::cli::load_main},
#endif
    {"ca", "path and fingerprint of the server's own authority", &sealhall::main::ca_main},
    {"version", "the version of this program", &sealhall::main::version_main},
};

}  // namespace

int main(int argc, char** argv) { return sealhall::main::run_command(commands, argc, argv); }
