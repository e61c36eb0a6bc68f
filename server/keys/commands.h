// The subcommands of the program `sealhall` that the operator needs for keys and for what is stored.
#pragma once

#include <string>

#include "core/base/expected.h"
#include "store/open_blobs.h"

namespace sealhall::keys {

/// What these commands must know of a server's settings.
struct ServerSettings {
  std::string database;         ///< as store::open_engine takes it; empty: a file in the data folder
  std::string passphrase_file;  ///< empty: the root key's file is not sealed
  bool root_in_hsm = false;
  store::BlobSettings blobs;
  std::string scan_clamd;  ///< the virus scanner; empty: there is none
};
/// The settings of the server whose data folder that is; a sentence when they cannot be read.
using SettingsOf = expected<ServerSettings, std::string> (*)(const std::string& data);

/// `argv[0]` is the command's own name. They return an exit code: 0 done, 1 failed, 2 wrong options.
int keys_main(int argc, char** argv);
int audit_main(int argc, char** argv);
int backup_main(int argc, char** argv, SettingsOf settings_of);
int restore_main(int argc, char** argv, SettingsOf settings_of);
int doctor_main(int argc, char** argv, SettingsOf settings_of);
int upgrade_main(int argc, char** argv);

}  // namespace sealhall::keys
