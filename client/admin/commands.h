// The subcommands of the program `sealhall` that talk to a server as an administrator, a host or a user.
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
int group_main(int argc, char** argv);
int role_main(int argc, char** argv);
int policy_main(int argc, char** argv);
int app_main(int argc, char** argv);
int session_main(int argc, char** argv);

}  // namespace sealhall::admin
