// Makes X.509 certificates (RFC 5280) with P-256 keys.
#pragma once

#include <string>
#include <vector>

#include "core/base/expected.h"
#include "core/base/time.h"
#include "io/net/error.h"

namespace sealhall::io {

/// A certificate and its private key as PEM text. Whoever holds `key_pem` wipes it when done.
struct IssuedCertificate {
  std::string certificate_pem;
  std::string key_pem;
};

struct CertificateSpec {
  std::string common_name;         ///< for people; clients look at `names` only
  std::vector<std::string> names;  ///< DNS names and numeric addresses; none for a CA
  UnixMicros not_before{};
  UnixMicros not_after{};
  bool authority = false;  ///< may sign others, path length 0
};

/// Makes a key and a certificate for it, signed by `issuer`, or by itself when that is null.
expected<IssuedCertificate, Failure> issue_certificate(const CertificateSpec& spec, const IssuedCertificate* issuer);

/// True for names that may stand in a certificate: numeric addresses, and DNS names with an optional first label "*".
bool certificate_name_is_valid(const std::string& name);

}  // namespace sealhall::io
