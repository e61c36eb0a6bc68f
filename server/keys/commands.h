// The subcommands of the program `sealhall` that the operator needs for keys and for what is stored.
#pragma once

namespace sealhall::keys {

/// `argv[0]` is the command's own name. They return an exit code: 0 done, 1 failed, 2 wrong options.
int keys_main(int argc, char** argv);
int audit_main(int argc, char** argv);
int backup_main(int argc, char** argv);
int restore_main(int argc, char** argv);
int doctor_main(int argc, char** argv);
int upgrade_main(int argc, char** argv);

}  // namespace sealhall::keys
