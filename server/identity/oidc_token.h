// ID tokens of OpenID Connect: the keys of a provider (RFC 7517) and whether a token is for us, from it and fresh
// (OpenID Connect Core 1.0 section 3.1.3.7, RFC 8725). Pure; signatures are verified by cjose.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "core/base/time.h"

namespace sealhall::identity {

enum class IdTokenError : std::uint8_t {
  malformed,              ///< not three parts, not JSON, a claim of another type
  algorithm_not_allowed,  ///< anything but RS256 and ES256: also "none" and every HS
  critical_header,        ///< "crit": an extension that must be understood, and we know none
  unknown_key,            ///< the provider has no fitting key under that id; maybe it has changed its keys
  bad_signature,
  wrong_issuer,
  wrong_audience,  ///< not for us, or for others too and not made for us (azp)
  expired,
  not_yet_valid,  ///< made in the future
  wrong_nonce,    ///< made for another sign-in
  no_subject,
};

/// Public keys for signatures: RSA from 2048 bits, and P-256. Others are left out, symmetric ones above all.
class Jwks {
 public:
  struct Key {
    enum class Kind : std::uint8_t { rsa, p256 };
    Kind kind = Kind::rsa;
    std::string id;         ///< "kid", maybe empty
    std::string algorithm;  ///< "alg", maybe empty
    std::string json;       ///< the public members only
  };
  /// Error: malformed, when it is no key set at all; keys that cannot be used are left out.
  static expected<Jwks, IdTokenError> parse_jwks(std::string_view text);
  /// The key under that id that fits the algorithm; without an id the only one that fits.
  [[nodiscard]] const Key* find(std::string_view id, std::string_view algorithm) const noexcept;
  [[nodiscard]] const std::vector<Key>& keys() const noexcept { return keys_; }

 private:
  std::vector<Key> keys_;
};

struct IdTokenExpectation {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  UnixMicros now{};
  Duration leeway = std::chrono::minutes{2};  ///< by which the two clocks may differ
  std::string groups_claim = "groups";
};

struct IdClaims {
  std::string subject;
  std::string email;
  bool email_verified = false;
  std::string name;
  std::string preferred_username;
  std::vector<std::string> groups;
};

/// The same claims as the userinfo endpoint gives them (OpenID Connect Core section 5.3.2): of this subject only.
expected<IdClaims, IdTokenError> parse_userinfo(std::string_view text, std::string_view subject,
                                                std::string_view groups_claim = "groups");

/// Every claim is checked before anything of it is given out.
expected<IdClaims, IdTokenError> parse_id_token(std::string_view token, const Jwks& keys,
                                                const IdTokenExpectation& wanted);

}  // namespace sealhall::identity
