#include "server/identity/oidc_token.h"

#include <cjose/cjose.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include "core/base/encoding.h"
#include "server/identity/json_text.h"

namespace sealhall::identity {
namespace {

namespace json = boost::json;

constexpr std::size_t max_token = 16U << 10;
constexpr std::size_t max_key_set = 256U << 10;
constexpr std::size_t max_keys = 64;
constexpr std::size_t least_rsa_bits = 2048;

struct Release {
  void operator()(cjose_jwk_t* key) const noexcept { cjose_jwk_release(key); }
  void operator()(cjose_jws_t* jws) const noexcept { cjose_jws_release(jws); }
};

std::string text_or_empty(const json::object& object, std::string_view name) {
  return std::string{text_member(object, name).value_or("")};
}

/// Whether the optional member is absent or this very text.
bool absent_or(const json::object& object, std::string_view name, std::string_view wanted) {
  return member(object, name) == nullptr || text_member(object, name) == wanted;
}

std::optional<Jwks::Key> usable_key(const json::object& object) {
  Jwks::Key key;
  std::array<const char*, 3> members{};
  if (text_member(object, "kty") == "RSA") {
    key.kind = Jwks::Key::Kind::rsa;
    members = {"n", "e", nullptr};
  } else if (text_member(object, "kty") == "EC" && text_member(object, "crv") == "P-256") {
    key.kind = Jwks::Key::Kind::p256;
    members = {"crv", "x", "y"};
  } else {
    return std::nullopt;
  }
  if (!absent_or(object, "use", "sig")) return std::nullopt;
  key.id = text_or_empty(object, "kid");
  key.algorithm = text_or_empty(object, "alg");
  json::object bare;
  bare["kty"] = key.kind == Jwks::Key::Kind::rsa ? "RSA" : "EC";
  for (const char* name : members) {
    if (name == nullptr) continue;
    const auto text = text_member(object, name);
    if (!text) return std::nullopt;
    bare[name] = json::string_view{text->data(), text->size()};
  }
  key.json = json::serialize(bare);
  if (key.kind == Jwks::Key::Kind::rsa) {
    const auto modulus = from_base64url(*text_member(object, "n"));
    if (!modulus || modulus->size() < least_rsa_bits / 8 || modulus->size() > 1024) return std::nullopt;
  }
  return key;
}

bool signature_is_right(const std::string& token, const Jwks::Key& key) {
  cjose_err error{};
  const std::unique_ptr<cjose_jwk_t, Release> jwk{cjose_jwk_import(key.json.data(), key.json.size(), &error)};
  const std::unique_ptr<cjose_jws_t, Release> jws{cjose_jws_import(token.data(), token.size(), &error)};
  return jwk != nullptr && jws != nullptr && cjose_jws_verify(jws.get(), jwk.get(), &error);
}

/// Seconds since 1970 as providers write them: whole or not. nullopt for anything else and for what no clock says.
std::optional<std::int64_t> time_member(const json::object& claims, std::string_view name) {
  constexpr double last = 1e12;
  const json::value* value = member(claims, name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double seconds = value->is_double()  ? value->get_double()
                         : value->is_int64() ? static_cast<double>(value->get_int64())
                                             : static_cast<double>(value->get_uint64());
  if (!(seconds >= 0 && seconds < last)) return std::nullopt;
  return static_cast<std::int64_t>(seconds * 1e6);
}

/// OpenID Connect Core section 3.1.3.7, steps 3 to 5.
bool is_for(const json::object& claims, const std::string& client_id) {
  const json::value* audience = member(claims, "aud");
  if (audience == nullptr || !absent_or(claims, "azp", client_id)) return false;
  const auto is_us = [&client_id](const json::value& one) {
    return one.is_string() && std::string_view{one.get_string().data(), one.get_string().size()} == client_id;
  };
  if (audience->is_string()) return is_us(*audience);
  if (!audience->is_array()) return false;
  const json::array& list = audience->get_array();
  const bool among = std::ranges::any_of(list, is_us);
  return among && (list.size() == 1 || text_member(claims, "azp") == client_id);
}

IdClaims claims_of(const json::object& claims, std::string_view groups_claim) {
  IdClaims out;
  out.subject = text_or_empty(claims, "sub");
  out.email = text_or_empty(claims, "email");
  // Some providers write the truth as a text.
  const json::value* verified = member(claims, "email_verified");
  out.email_verified = verified != nullptr && ((verified->is_bool() && verified->get_bool()) ||
                                               text_member(claims, "email_verified") == "true");
  out.name = text_or_empty(claims, "name");
  out.preferred_username = text_or_empty(claims, "preferred_username");
  const json::value* groups = member(claims, groups_claim);
  if (groups != nullptr && groups->is_array()) {
    for (const json::value& group : groups->get_array()) {
      if (group.is_string()) out.groups.emplace_back(group.get_string().data(), group.get_string().size());
    }
  }
  return out;
}

expected<void, IdTokenError> check_claims(const json::object& claims, const IdTokenExpectation& wanted) {
  if (text_member(claims, "iss") != wanted.issuer) return unexpected(IdTokenError::wrong_issuer);
  if (!is_for(claims, wanted.client_id)) return unexpected(IdTokenError::wrong_audience);
  const auto expires = time_member(claims, "exp");
  const auto issued = time_member(claims, "iat");
  if (!expires || !issued) return unexpected(IdTokenError::malformed);
  const auto now = static_cast<std::int64_t>(wanted.now);
  if (now >= *expires + wanted.leeway.count()) return unexpected(IdTokenError::expired);
  if (*issued > now + wanted.leeway.count()) return unexpected(IdTokenError::not_yet_valid);
  if (member(claims, "nbf") != nullptr) {
    const auto from = time_member(claims, "nbf");
    if (!from) return unexpected(IdTokenError::malformed);
    if (*from > now + wanted.leeway.count()) return unexpected(IdTokenError::not_yet_valid);
  }
  if (wanted.nonce.empty() || text_member(claims, "nonce") != wanted.nonce)
    return unexpected(IdTokenError::wrong_nonce);
  const std::string_view subject = text_member(claims, "sub").value_or("");
  if (subject.empty() || subject.size() > 255) return unexpected(IdTokenError::no_subject);
  return {};
}

}  // namespace

expected<Jwks, IdTokenError> Jwks::parse_jwks(std::string_view text) {
  const auto set = json_object(text, max_key_set);
  if (!set) return unexpected(IdTokenError::malformed);
  const json::value* keys = member(*set, "keys");
  if (keys == nullptr || !keys->is_array() || keys->get_array().size() > max_keys) {
    return unexpected(IdTokenError::malformed);
  }
  Jwks out;
  for (const json::value& key : keys->get_array()) {
    if (!key.is_object()) continue;
    if (auto usable = usable_key(key.get_object())) out.keys_.push_back(std::move(*usable));
  }
  return out;
}

const Jwks::Key* Jwks::find(std::string_view id, std::string_view algorithm) const noexcept {
  const Key* found = nullptr;
  for (const Key& key : keys_) {
    // RFC 8725 section 3.1: the key decides which algorithm it is for, never the token alone.
    const bool fits = key.kind == (algorithm == "RS256" ? Key::Kind::rsa : Key::Kind::p256) &&
                      (key.algorithm.empty() || key.algorithm == algorithm);
    if (!fits || (!id.empty() && key.id != id)) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

expected<IdClaims, IdTokenError> parse_userinfo(std::string_view text, std::string_view subject,
                                                std::string_view groups_claim) {
  const auto object = json_object(text, max_key_set);
  if (!object) return unexpected(IdTokenError::malformed);
  // Section 5.3.2: an answer about somebody else must not be used.
  if (subject.empty() || text_member(*object, "sub") != subject) return unexpected(IdTokenError::no_subject);
  return claims_of(*object, groups_claim);
}

expected<IdClaims, IdTokenError> parse_id_token(std::string_view token, const Jwks& keys,
                                                const IdTokenExpectation& wanted) {
  if (token.size() > max_token || std::ranges::count(token, '.') != 2) return unexpected(IdTokenError::malformed);
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  const auto header_bytes = from_base64url(token.substr(0, first));
  const auto claim_bytes = from_base64url(token.substr(first + 1, second - first - 1));
  if (!header_bytes || !claim_bytes) return unexpected(IdTokenError::malformed);
  const auto header = json_object(as_text(*header_bytes), max_token);
  if (!header) return unexpected(IdTokenError::malformed);
  const std::string_view algorithm = text_member(*header, "alg").value_or("");
  if (algorithm != "RS256" && algorithm != "ES256") return unexpected(IdTokenError::algorithm_not_allowed);
  if (member(*header, "crit") != nullptr) return unexpected(IdTokenError::critical_header);
  const Jwks::Key* key = keys.find(text_member(*header, "kid").value_or(""), algorithm);
  if (key == nullptr) return unexpected(IdTokenError::unknown_key);
  // cjose stops the process over text that is no base64url, so it is asked only about what is.
  if (!from_base64url(token.substr(second + 1))) return unexpected(IdTokenError::malformed);
  if (!signature_is_right(std::string{token}, *key)) return unexpected(IdTokenError::bad_signature);

  const auto claims = json_object(as_text(*claim_bytes), max_token);
  if (!claims) return unexpected(IdTokenError::malformed);
  if (auto fine = check_claims(*claims, wanted); !fine) return unexpected(fine.error());
  return claims_of(*claims, wanted.groups_claim);
}

}  // namespace sealhall::identity
