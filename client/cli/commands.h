// The client's subcommands, as the program `sealhall` calls them.
#pragma once

namespace sealhall::cli {

/// What a command ends with.
namespace exit_code {
inline constexpr int ok = 0;            ///< left, the time was over, or the meeting ended
inline constexpr int failed = 1;        ///< something of this machine failed
inline constexpr int usage = 2;         ///< options, or a source that cannot be opened
inline constexpr int refused = 3;       ///< the server does not let us in (sign-in, passcode, locked, no such meeting)
inline constexpr int removed = 4;       ///< removed or denied by the host
inline constexpr int unreachable = 5;   ///< no connection to the server
inline constexpr int not_verified = 6;  ///< the server's certificate or name is wrong
}  // namespace exit_code

/// `argv[0]` is the command's own name ("join"). Returns an exit code.
int join_main(int argc, char** argv);
int load_main(int argc, char** argv);

}  // namespace sealhall::cli
