// The subcommands `setup`, `meeting`, `user`, `recording`, `webhook` and `bbb` of the program `sealhall`.
#pragma once

namespace sealhall::admin {

/// `argv[0]` is the command's own name. They return an exit code: 0 done, 1 failed, 2 wrong options, 3 refused by the
/// server.
int setup_main(int argc, char** argv);
int meeting_main(int argc, char** argv);
int user_main(int argc, char** argv);
int bbb_main(int argc, char** argv);
int webhook_main(int argc, char** argv);
int recording_main(int argc, char** argv);

}  // namespace sealhall::admin
