// Passkeys: what a relying party checks when one is registered and when somebody signs in with it
// (Web Authentication Level 3, sections 7.1 and 7.2). Pure: the challenge, the origin and what is stored are arguments.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::identity {

enum class PasskeyError : std::uint8_t {
  bad_client_data,         ///< not JSON, or a field is missing or has another type
  wrong_type,              ///< registration for sign-in or the other way round
  wrong_challenge,         ///< not the challenge that was given out for this
  wrong_origin,            ///< made on another site, or inside a frame of one
  bad_authenticator_data,  ///< cut, or with something after its end, or flags that contradict each other
  wrong_rp_id,             ///< made for another site
  not_present,             ///< nobody touched the authenticator
  not_verified,            ///< the authenticator did not check PIN, finger or face
  bad_attestation,         ///< no attestation object, or a statement that does not fit
  bad_key,                 ///< a public key of a kind that we did not ask for, or no valid one
  bad_credential_id,       ///< empty or longer than 1023 bytes
  unknown_credential,      ///< the answer is for another credential than the one looked up
  bad_signature,           ///< does not verify
  counter_went_back,       ///< a counter that did not grow: the authenticator may have been copied
};

enum class PasskeyAlgorithm : std::int64_t { es256 = -7, eddsa = -8 };  ///< COSE numbers (RFC 9053)

struct PasskeyKey {
  PasskeyAlgorithm algorithm = PasskeyAlgorithm::es256;
  Bytes key;  ///< ES256: the uncompressed point, 65 bytes; EdDSA: Ed25519, 32 bytes
  bool operator==(const PasskeyKey&) const = default;
};

/// The site, and what was given to the browser for this one ceremony.
struct PasskeyExpectation {
  std::string challenge;             ///< base64url, as it was given out
  std::vector<std::string> origins;  ///< "https://meet.example", compared exactly
  std::string rp_id;                 ///< "meet.example"
  bool verified = true;  ///< the authenticator must have checked the person: a passkey alone is two factors only then
};

/// What is stored of a passkey.
struct NewPasskey {
  Bytes credential_id;  ///< 1..1023 bytes
  PasskeyKey key;
  std::uint32_t sign_count = 0;
  bool backed_up = false;  ///< it is synchronised, not bound to one device
};

/// section 7.1. `client_data` and `attestation_object` are the bytes of the browser's answer. Attestation is not asked
/// for: "none" is taken, and "packed" by the credential's own key when its signature is right; who made the
/// authenticator is neither checked nor stored.
expected<NewPasskey, PasskeyError> register_passkey(ByteView client_data, ByteView attestation_object,
                                                    const PasskeyExpectation& expected_data);

struct PasskeyAnswer {
  Bytes credential_id;
  Bytes client_data;
  Bytes authenticator_data;
  Bytes signature;
};
struct StoredPasskey {
  ByteView credential_id;
  const PasskeyKey& key;
  std::uint32_t sign_count = 0;
};
struct UsedPasskey {
  std::uint32_t sign_count = 0;  ///< to be stored
  bool backed_up = false;
};
/// section 7.2. That the credential belongs to the user who signs in is the caller's part.
expected<UsedPasskey, PasskeyError> check_passkey(const PasskeyAnswer& answer, const StoredPasskey& stored,
                                                  const PasskeyExpectation& expected_data);

/// The host of "https://meet.example:8443", which is its relying party id; "" when it is no origin.
std::string rp_id_of(std::string_view origin);

// ---- the parsers inside, for tests and fuzzing
// -----------------------------------------------------------------------

struct AuthenticatorData {
  ByteView rp_id_hash;
  bool user_present = false;
  bool user_verified = false;
  bool backup_eligible = false;
  bool backed_up = false;
  std::uint32_t sign_count = 0;
  bool has_credential = false;
  ByteView credential_id;
  PasskeyKey key;
};
/// section 6.1, to the last byte.
expected<AuthenticatorData, PasskeyError> parse_authenticator_data(ByteView data);

}  // namespace sealhall::identity
