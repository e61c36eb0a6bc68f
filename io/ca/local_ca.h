// The installation's own certificate authority: made once in the data folder, signs the server's certificate, so that a
// server works with verified TLS before anybody owns a domain name.
#pragma once

#include <string>
#include <vector>

#include "core/base/expected.h"
#include "core/base/time.h"
#include "io/net/error.h"
#include "io/tls/context.h"

namespace sealhall::io {

struct LocalCaOptions {
  std::string folder;  ///< e.g. DATA/tls; made with mode 0700
  std::vector<std::string> names =
      {};            ///< DNS names and numeric addresses beside localhost, 127.0.0.1, ::1 and the host's name
  UnixMicros now{};  ///< what the validity periods start from
};

struct LocalCa {
  std::string ca_path;         ///< the certificate that clients are given (`--ca`)
  std::string ca_fingerprint;  ///< SHA-256, lower-case hexadecimal pairs with colons
  CertificateFiles server;     ///< chain and key of the server
  std::string server_fingerprint;
  UnixMicros server_not_after{};
  bool made_ca = false;      ///< this call made the authority
  bool made_server = false;  ///< this call made (or renewed) the server's certificate
};

/// Makes what is missing and renews what is due: the CA (P-256, 10 years, path length 0) and the server's certificate
/// (398 days, renewed when fewer than 30 are left, when a name is missing, or when another CA signed it). Keys are
/// 0600, files are replaced atomically. Failure in words.
expected<LocalCa, Failure> ensure_local_ca(const LocalCaOptions& options);

/// Reads what is there, makes nothing. A failure when there is no CA yet.
expected<LocalCa, Failure> read_local_ca(const std::string& folder);

}  // namespace sealhall::io
