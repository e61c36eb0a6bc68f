// sealhall: the program. One table of commands; further ones are a line here and a function in a library.
#include "server/keys/commands.h"
#include "server/main/command_table.h"
#include "server/main/serve_options.h"

#ifdef SEALHALL_WITH_ADMIN
#include "client/admin/commands.h"
#endif
#ifdef SEALHALL_WITH_CLIENT
#include "client/cli/commands.h"
#endif

namespace {

using sealhall::main::Command;

sealhall::expected<sealhall::keys::ServerSettings, std::string> settings_of(const std::string& data) {
  auto options = sealhall::main::options_of(data);
  if (!options) return sealhall::unexpected(std::move(options.error()));
  return sealhall::keys::ServerSettings{options->database, options->passphrase_file, !options->pkcs11_module.empty(),
                                        options->blobs, options->scan_clamd};
}
int doctor_main(int argc, char** argv) { return sealhall::keys::doctor_main(argc, argv, &settings_of); }
int backup_main(int argc, char** argv) { return sealhall::keys::backup_main(argc, argv, &settings_of); }
int restore_main(int argc, char** argv) { return sealhall::keys::restore_main(argc, argv, &settings_of); }

constexpr Command commands[] = {
    {"serve", "start a server", &sealhall::main::serve_main},
#ifdef SEALHALL_WITH_ADMIN
    {"setup", "make the first administrator with the link that serve printed", &sealhall::admin::setup_main},
    {"meeting", "make, list and end meetings", &sealhall::admin::meeting_main},
    {"user", "add, invite, list and change accounts", &sealhall::admin::user_main},
    {"recording", "record meetings, and look after what was recorded", &sealhall::admin::recording_main},
    {"webhook", "tell programs of yours what happens, and send it again", &sealhall::admin::webhook_main},
    {"bbb", "address and secret for learning platforms", &sealhall::admin::bbb_main},
    {"group", "who belongs together", &sealhall::admin::group_main},
    {"role", "who may do what", &sealhall::admin::role_main},
    {"policy", "what the account, a group or a person has set, and what counts", &sealhall::admin::policy_main},
    {"app", "programs that may use the API", &sealhall::admin::app_main},
    {"session", "where you are signed in, and your second factor", &sealhall::admin::session_main},
#endif
#ifdef SEALHALL_WITH_CLIENT
    {"join", "join a meeting from the terminal", &sealhall::cli::join_main},
    {"load", "many participants from one process, for measuring", &sealhall::cli::load_main},
#endif
    {"keys", "list, rotate and destroy keys; print or use the recovery kit", &sealhall::keys::keys_main},
    {"audit", "check the log of every use of a key", &sealhall::keys::audit_main},
    {"backup", "copy everything that is kept, sealed to a key of yours", &backup_main},
    {"restore", "put a backup into an empty folder", &restore_main},
    {"doctor", "look at the server's folder and say what is wrong", &doctor_main},
    {"config", "check a configuration file", &sealhall::main::config_main},
    {"upgrade", "say what this version would change in the database", &sealhall::keys::upgrade_main},
    {"ca", "path and fingerprint of the server's own authority", &sealhall::main::ca_main},
    {"export", "write everything of the database to a file", &sealhall::main::export_main},
    {"import", "read such a file into a new database", &sealhall::main::import_main},
    {"version", "the version of this program", &sealhall::main::version_main},
};

}  // namespace

int main(int argc, char** argv) { return sealhall::main::run_command(commands, argc, argv); }
