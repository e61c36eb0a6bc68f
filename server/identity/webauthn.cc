#include "server/identity/webauthn.h"

#include <algorithm>
#include <optional>

#include "core/base/encoding.h"
#include "core/base/secret.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"
#include "core/wire/json_codec.h"
#include "server/identity/cbor.h"

namespace sealhall::identity {

/// section 5.8.1. Other members may stand beside these, also ones that nobody knows yet.
struct CollectedClientData {
  std::string type;
  std::string challenge;
  std::string origin;
  std::optional<bool> crossOrigin;
  std::optional<std::string> topOrigin;
};
BOOST_DESCRIBE_STRUCT(CollectedClientData, (), (type, challenge, origin, crossOrigin, topOrigin))

namespace {

constexpr std::size_t max_client_data = 4096;
constexpr std::size_t max_credential_id = 1023;

expected<void, PasskeyError> check_client_data(ByteView bytes, std::string_view type,
                                               const PasskeyExpectation& wanted) {
  auto data = wire::detail::with_object<CollectedClientData>(
      as_text(bytes), max_client_data,
      [](const boost::json::object& object) -> expected<CollectedClientData, wire::WireError> {
        CollectedClientData out;
        if (auto r = wire::detail::fields_from_json(object, out); !r) return unexpected(r.error());
        return out;
      });
  if (!data) return unexpected(PasskeyError::bad_client_data);
  if (data->type != type) return unexpected(PasskeyError::wrong_type);
  if (wanted.challenge.empty() || !constant_time_equal(as_bytes(data->challenge), as_bytes(wanted.challenge))) {
    return unexpected(PasskeyError::wrong_challenge);
  }
  if (std::ranges::find(wanted.origins, data->origin) == wanted.origins.end() || data->crossOrigin.value_or(false) ||
      data->topOrigin) {
    return unexpected(PasskeyError::wrong_origin);
  }
  return {};
}

expected<void, PasskeyError> check_flags(const AuthenticatorData& data, const PasskeyExpectation& wanted) {
  if (!equal(data.rp_id_hash, crypto::sha256(as_bytes(wanted.rp_id)))) return unexpected(PasskeyError::wrong_rp_id);
  if (!data.user_present) return unexpected(PasskeyError::not_present);
  if (wanted.verified && !data.user_verified) return unexpected(PasskeyError::not_verified);
  return {};
}

/// A COSE_Key (RFC 9052 section 7) of the two kinds that we ask for.
expected<PasskeyKey, PasskeyError> key_of(const Cbor& cose) {
  const auto is = [&cose](std::int64_t label, std::int64_t value) {
    const Cbor* found = cose.at(label);
    return found != nullptr && found->is(value);
  };
  const auto coordinate = [&cose](std::int64_t label) -> std::optional<ByteView> {
    const Cbor* found = cose.at(label);
    if (found == nullptr || found->bytes() == nullptr || found->bytes()->size() != 32) return std::nullopt;
    return *found->bytes();
  };
  constexpr std::int64_t kty = 1;
  constexpr std::int64_t alg = 3;
  constexpr std::int64_t crv = -1;
  const auto x = coordinate(-2);
  if (is(kty, 2) && is(alg, -7) && is(crv, 1)) {  // EC2, ES256, P-256
    const auto y = coordinate(-3);
    if (!x || !y) return unexpected(PasskeyError::bad_key);
    PasskeyKey key{PasskeyAlgorithm::es256, {0x04}};
    append(key.key, *x);
    append(key.key, *y);
    // Whether the point is on the curve shows when something is verified with it; asked here, so that it is not stored.
    const auto verified = crypto::p256_verify(key.key, {}, {});
    if (!verified && verified.error() == crypto::CryptoError::bad_public_key) return unexpected(PasskeyError::bad_key);
    return key;
  }
  if (is(kty, 1) && is(alg, -8) && is(crv, 6)) {  // OKP, EdDSA, Ed25519
    if (!x) return unexpected(PasskeyError::bad_key);
    return PasskeyKey{PasskeyAlgorithm::eddsa, Bytes{x->begin(), x->end()}};
  }
  return unexpected(PasskeyError::bad_key);
}

bool verify(const PasskeyKey& key, ByteView message, ByteView signature) {
  switch (key.algorithm) {
    case PasskeyAlgorithm::es256:
      return crypto::p256_verify(key.key, message, signature).has_value();
    case PasskeyAlgorithm::eddsa:
      return crypto::ed25519_verify(key.key, message, signature).has_value();
  }
  return false;
}

/// What an authenticator signs: authenticatorData | SHA-256(clientDataJSON).
Bytes signed_bytes(ByteView authenticator_data, ByteView client_data) {
  Bytes out{authenticator_data.begin(), authenticator_data.end()};
  append(out, crypto::sha256(client_data));
  return out;
}

/// section 8.2 for the credential's own key (no x5c); section 8.7 for "none".
bool statement_fits(std::string_view format, const Cbor& statement, const PasskeyKey& key, ByteView message) {
  const Cbor::Map* map = statement.map();
  if (map == nullptr) return false;
  if (format == "none") return map->keys.empty();
  if (format != "packed" || statement.at("x5c") != nullptr) return false;
  const Cbor* algorithm = statement.at("alg");
  const Cbor* signature = statement.at("sig");
  return algorithm != nullptr && algorithm->is(static_cast<std::int64_t>(key.algorithm)) && signature != nullptr &&
         signature->bytes() != nullptr && verify(key, message, *signature->bytes());
}

}  // namespace

expected<AuthenticatorData, PasskeyError> parse_authenticator_data(ByteView data) {
  constexpr std::uint8_t up = 0x01;
  constexpr std::uint8_t uv = 0x04;
  constexpr std::uint8_t be = 0x08;
  constexpr std::uint8_t bs = 0x10;
  constexpr std::uint8_t at = 0x40;
  constexpr std::uint8_t ed = 0x80;
  const auto bad = unexpected(PasskeyError::bad_authenticator_data);
  ByteReader reader{data};
  AuthenticatorData out;
  out.rp_id_hash = reader.bytes(32);
  const std::uint8_t flags = reader.u8();
  out.sign_count = reader.u32();
  if (!reader.ok()) return bad;
  out.user_present = (flags & up) != 0;
  out.user_verified = (flags & uv) != 0;
  out.backup_eligible = (flags & be) != 0;
  out.backed_up = (flags & bs) != 0;
  if (out.backed_up && !out.backup_eligible) return bad;  // section 6.1.3
  if ((flags & at) != 0) {
    reader.skip(16);  // AAGUID: which model it is does not matter to us
    const std::uint16_t size = reader.u16();
    out.credential_id = reader.bytes(size);
    if (!reader.ok()) return bad;
    if (size == 0 || size > max_credential_id) return unexpected(PasskeyError::bad_credential_id);
    const auto key = parse_cbor(data.subspan(reader.position()));
    if (!key) return bad;
    reader.skip(key->size);
    auto parsed = key_of(key->item);
    if (!parsed) return unexpected(parsed.error());
    out.key = std::move(*parsed);
    out.has_credential = true;
  }
  if ((flags & ed) != 0) {  // extensions: we ask for none and look at none
    const auto extensions = parse_cbor(data.subspan(reader.position()));
    if (!extensions || extensions->item.map() == nullptr) return bad;
    reader.skip(extensions->size);
  }
  if (reader.remaining() != 0) return bad;
  return out;
}

expected<NewPasskey, PasskeyError> register_passkey(ByteView client_data, ByteView attestation_object,
                                                    const PasskeyExpectation& wanted) {
  if (auto fine = check_client_data(client_data, "webauthn.create", wanted); !fine) return unexpected(fine.error());
  const auto object = parse_cbor(attestation_object);
  if (!object || object->size != attestation_object.size()) return unexpected(PasskeyError::bad_attestation);
  const Cbor* format = object->item.at("fmt");
  const Cbor* statement = object->item.at("attStmt");
  const Cbor* data = object->item.at("authData");
  if (format == nullptr || format->text() == nullptr || statement == nullptr || data == nullptr ||
      data->bytes() == nullptr) {
    return unexpected(PasskeyError::bad_attestation);
  }
  auto parsed = parse_authenticator_data(*data->bytes());
  if (!parsed) return unexpected(parsed.error());
  if (auto fine = check_flags(*parsed, wanted); !fine) return unexpected(fine.error());
  if (!parsed->has_credential) return unexpected(PasskeyError::bad_authenticator_data);
  if (!statement_fits(*format->text(), *statement, parsed->key, signed_bytes(*data->bytes(), client_data))) {
    return unexpected(PasskeyError::bad_attestation);
  }
  return NewPasskey{Bytes{parsed->credential_id.begin(), parsed->credential_id.end()}, std::move(parsed->key),
                    parsed->sign_count, parsed->backed_up};
}

expected<UsedPasskey, PasskeyError> check_passkey(const PasskeyAnswer& answer, const StoredPasskey& stored,
                                                  const PasskeyExpectation& wanted) {
  if (!equal(answer.credential_id, stored.credential_id)) return unexpected(PasskeyError::unknown_credential);
  if (auto fine = check_client_data(answer.client_data, "webauthn.get", wanted); !fine) return unexpected(fine.error());
  auto parsed = parse_authenticator_data(answer.authenticator_data);
  if (!parsed) return unexpected(parsed.error());
  if (auto fine = check_flags(*parsed, wanted); !fine) return unexpected(fine.error());
  if (!verify(stored.key, signed_bytes(answer.authenticator_data, answer.client_data), answer.signature)) {
    return unexpected(PasskeyError::bad_signature);
  }
  // section 7.2 step 22: authenticators that count nothing say 0 for ever.
  const bool counts = parsed->sign_count != 0 || stored.sign_count != 0;
  if (counts && parsed->sign_count <= stored.sign_count) return unexpected(PasskeyError::counter_went_back);
  return UsedPasskey{parsed->sign_count, parsed->backed_up};
}

std::string rp_id_of(std::string_view origin) {
  constexpr std::string_view https = "https://";
  if (!origin.starts_with(https)) return {};
  origin.remove_prefix(https.size());
  if (origin.starts_with('[')) return {};  // an address is no relying party id
  return std::string{origin.substr(0, origin.find_first_of(":/"))};
}

}  // namespace sealhall::identity
