// What `sealhall serve` is told: by its command line, and by a configuration file for what the command line leaves
// open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "io/net/endpoint.h"
#include "store/open_blobs.h"

namespace sealhall::main {

struct ServeOptions {
  std::string data = "sealhall-data";  ///< database, authority, run folder
  std::string database;                ///< as store::open_engine takes it; empty: a file in `data`
  std::string run;                     ///< sockets; empty: DATA/run
  std::string listen = "127.0.0.1:8443";
  std::uint16_t udp_port = 8801;              ///< worker K has this + K
  std::vector<std::string> public_addresses;  ///< what clients reach us by; empty: what we listen on
  std::string public_url;                     ///< what links begin with; empty: made of the address
  std::uint32_t workers = 0;                  ///< 0: one a core
  std::string certificate;                    ///< PEM chain; empty: the local CA's
  std::string key;
  std::string scan_command;        ///< looks at files for the chat
  std::string scan_clamd;          ///< ClamAV's daemon does: path of its socket, or address and port
  bool scan_fail_open = false;     ///< files that the scanner could not look at are taken
  std::uint32_t api_rate = 200;    ///< REST reads a second of one caller; writes are limited to a part of it
  bool webhooks_anywhere = false;  ///< webhooks may go into private networks, and in the clear
  std::string webhooks_ca;         ///< PEM of authorities for webhooks; empty: the system's
  bool bbb_sha1 = false;           ///< SHA-1 checksums from old learning platforms are taken
  std::vector<std::string> names;  ///< further names for the local CA's certificate

  std::string passphrase_file;  ///< its first line opens and seals the root key's file; empty: it is not sealed
  std::string pkcs11_module;    ///< the root key is in an HSM: path of its library; empty: in a file
  std::string pkcs11_token;
  std::string pkcs11_pin_file;

  store::BlobSettings blobs;  ///< files, or a bucket in S3

  [[nodiscard]] io::Endpoint endpoint() const;  ///< `listen`, checked before
  [[nodiscard]] std::string run_folder() const;
};

/// Why the options are no options: a sentence and the exit code (0: help was asked for and is the text).
struct OptionsEnd {
  int code = 2;
  std::string text;
};

/// Reads command line and file, fills in what depends on other things (number of workers, absolute paths), checks all
/// of it.
expected<ServeOptions, OptionsEnd> parse_serve_options(int argc, char** argv);

/// The settings of the server whose data folder that is: of its sealhall.toml, when there is one. For commands that
/// look at a server which is not running. A sentence when they cannot be read.
expected<ServeOptions, std::string> options_of(const std::string& data);

/// Reads the configuration file `path` (TOML; keys as the options are called, without dashes: listen, udp_port, ..)
/// into `options`, except what `given` says is set already. A sentence that names file and line when it cannot be used.
expected<void, std::string> read_configuration(const std::string& path, const std::vector<std::string>& given,
                                               ServeOptions& options);

}  // namespace sealhall::main
