#include "server/identity/oidc_token.h"

#include <doctest/doctest.h>

#include "core/crypto/hash.h"
#include "tests/support/oidc_tokens.h"

using namespace sealhall;
using namespace sealhall::identity;
using sealhall::testing::key_set;
using sealhall::testing::SigningKey;
namespace json = boost::json;

namespace {

constexpr std::int64_t now = 1'800'000'000;
const IdTokenExpectation wanted{"https://id.example", "client", "nonce-1", UnixMicros{now * 1'000'000}};

json::object claims(const json::object& changes = {}) {
  json::object out{
      {"iss", "https://id.example"}, {"aud", "client"}, {"sub", "1234"}, {"exp", now + 300}, {"iat", now - 5},
      {"nonce", "nonce-1"}};
  for (const auto& change : changes) {
    if (change.value().is_null()) {
      out.erase(change.key());
    } else {
      out[change.key()] = change.value();
    }
  }
  return out;
}

struct Provider {
  SigningKey rsa = SigningKey::rsa();
  SigningKey ec = SigningKey::p256();
  Jwks keys =
      Jwks::parse_jwks(key_set({rsa.jwk({{"kid", "r"}, {"use", "sig"}, {"alg", "RS256"}}), ec.jwk({{"kid", "e"}})}))
          .value();

  std::string token(const json::object& with_claims, const json::object& header = {{"alg", "RS256"}, {"kid", "r"}}) {
    return rsa.sign(header, json::serialize(with_claims));
  }
  expected<IdClaims, IdTokenError> read(const std::string& text, const IdTokenExpectation& e = wanted) {
    return parse_id_token(text, keys, e);
  }
  IdTokenError error_with(const json::object& changes) {
    const auto result = read(token(claims(changes)));
    REQUIRE_FALSE(result.has_value());
    return result.error();
  }
};
Provider& provider() {
  static Provider one;  // an RSA key takes a while
  return one;
}

std::string unsigned_token(const json::object& header, const json::object& with_claims,
                           std::string_view signature = "") {
  return to_base64url(as_bytes(json::serialize(header))) + "." + to_base64url(as_bytes(json::serialize(with_claims))) +
         "." + std::string{signature};
}

}  // namespace

TEST_CASE("id token: RS256 and ES256 are read, with and without a key id") {
  Provider& p = provider();
  const auto got = p.read(p.token(claims({{"email", "ada@example.org"},
                                          {"email_verified", true},
                                          {"name", "Ada"},
                                          {"preferred_username", "ada"},
                                          {"groups", json::array{"a", "b", 3}}})));
  REQUIRE(got.has_value());
  CHECK(got->subject == "1234");
  CHECK(got->email == "ada@example.org");
  CHECK(got->email_verified);
  CHECK(got->name == "Ada");
  CHECK(got->preferred_username == "ada");
  CHECK(got->groups == std::vector<std::string>{"a", "b"});
  CHECK(p.read(p.ec.sign({{"alg", "ES256"}, {"kid", "e"}}, json::serialize(claims()))).has_value());
  CHECK(p.read(p.ec.sign({{"alg", "ES256"}}, json::serialize(claims()))).has_value());
  CHECK(p.read(p.rsa.sign({{"alg", "RS256"}, {"typ", "JWT"}}, json::serialize(claims()))).has_value());
  CHECK_FALSE(p.read(p.token(claims({{"email_verified", "false"}})))->email_verified);
  CHECK(p.read(p.token(claims({{"email_verified", "true"}})))->email_verified);
  CHECK_FALSE(p.read(p.token(claims()))->email_verified);
}

TEST_CASE("id token: no signature, and algorithms that anybody could use, are refused") {
  Provider& p = provider();
  for (const char* none : {"none", "None", "NONE", "", "HS256", "HS512", "RS384", "PS256", "ES384", "EdDSA", "rs256"}) {
    CAPTURE(none);
    CHECK(p.read(unsigned_token({{"alg", none}, {"kid", "r"}}, claims())).error() ==
          IdTokenError::algorithm_not_allowed);
  }
  CHECK(p.read(unsigned_token({{"kid", "r"}}, claims())).error() == IdTokenError::algorithm_not_allowed);
  CHECK(p.read(unsigned_token({{"alg", 5}}, claims())).error() == IdTokenError::algorithm_not_allowed);
  CHECK(p.read(unsigned_token({{"alg", "RS256"}, {"kid", "r"}}, claims())).error() == IdTokenError::bad_signature);
  // The public key, which everybody knows, as the secret of an HMAC.
  const std::string public_key = json::serialize(p.rsa.jwk());
  const SigningKey as_secret = SigningKey::symmetric(public_key);
  CHECK(p.read(as_secret.sign({{"alg", "HS256"}, {"kid", "r"}}, json::serialize(claims()))).error() ==
        IdTokenError::algorithm_not_allowed);
  // The other kind of key under that id.
  CHECK(p.read(p.ec.sign({{"alg", "ES256"}, {"kid", "r"}}, json::serialize(claims()))).error() ==
        IdTokenError::unknown_key);
  CHECK(p.read(p.rsa.sign({{"alg", "RS256"}, {"kid", "e"}}, json::serialize(claims()))).error() ==
        IdTokenError::unknown_key);
}

TEST_CASE("id token: a key set that contains the attacker's kinds of key does not help") {
  const SigningKey secret = SigningKey::symmetric("0123456789abcdef0123456789abcdef");
  const Jwks keys = Jwks::parse_jwks(key_set({secret.jwk({{"kid", "s"}}, true)})).value();
  CHECK(keys.keys().empty());
  CHECK(
      parse_id_token(secret.sign({{"alg", "HS256"}, {"kid", "s"}}, json::serialize(claims())), keys, wanted).error() ==
      IdTokenError::algorithm_not_allowed);
  const SigningKey small = SigningKey::rsa(1024);
  CHECK(Jwks::parse_jwks(key_set({small.jwk()}))->keys().empty());
  CHECK(Jwks::parse_jwks(key_set({provider().rsa.jwk({{"use", "enc"}})}))->keys().empty());
  const Jwks other_algorithm = Jwks::parse_jwks(key_set({provider().rsa.jwk({{"alg", "PS256"}})})).value();
  CHECK(parse_id_token(provider().token(claims()), other_algorithm, wanted).error() == IdTokenError::unknown_key);
  // A key within the token's own header is not a key of the provider.
  const SigningKey own = SigningKey::p256();
  const json::object header{{"alg", "ES256"}, {"jwk", own.jwk()}, {"jku", "https://evil.example/keys"}};
  CHECK(provider().read(own.sign(header, json::serialize(claims()))).error() == IdTokenError::bad_signature);
}

TEST_CASE("id token: changed, cut, mixed") {
  Provider& p = provider();
  const std::string good = p.token(claims());
  std::string changed = good;
  const std::size_t in_claims = good.find('.') + 10;
  changed[in_claims] = changed[in_claims] == 'A' ? 'B' : 'A';
  CHECK_FALSE(p.read(changed).has_value());
  const std::string other = p.token(claims({{"sub", "5678"}}));
  CHECK(p.read(good.substr(0, good.rfind('.')) + other.substr(other.rfind('.'))).error() ==
        IdTokenError::bad_signature);
  for (const std::string& bad :
       {std::string{}, std::string{"a.b.c"}, good + ".x", good.substr(0, good.rfind('.')), "." + good,
        std::string{".."}, std::string(20'000, 'a') + ".a.a", good + "\n", " " + good}) {
    CHECK_FALSE(p.read(bad).has_value());
  }
  CHECK(p.read(p.token(claims(), {{"alg", "RS256"}, {"kid", "r"}, {"crit", json::array{"exp"}}})).error() ==
        IdTokenError::critical_header);
  CHECK(p.read(p.token(claims(), {{"alg", "RS256"}, {"kid", "unknown"}})).error() == IdTokenError::unknown_key);
  CHECK(p.read(p.rsa.sign({{"alg", "RS256"}, {"kid", "r"}}, "not json")).error() == IdTokenError::malformed);
  CHECK(p.read(p.rsa.sign({{"alg", "RS256"}, {"kid", "r"}}, "[]")).error() == IdTokenError::malformed);
}

TEST_CASE("id token: from somebody else, for somebody else") {
  Provider& p = provider();
  CHECK(p.error_with({{"iss", "https://id.example/"}}) == IdTokenError::wrong_issuer);
  CHECK(p.error_with({{"iss", "https://evil.example"}}) == IdTokenError::wrong_issuer);
  CHECK(p.error_with({{"iss", nullptr}}) == IdTokenError::wrong_issuer);
  CHECK(p.error_with({{"aud", "other"}}) == IdTokenError::wrong_audience);
  CHECK(p.error_with({{"aud", nullptr}}) == IdTokenError::wrong_audience);
  CHECK(p.error_with({{"aud", json::array{}}}) == IdTokenError::wrong_audience);
  CHECK(p.error_with({{"aud", json::array{"other"}}}) == IdTokenError::wrong_audience);
  CHECK(p.error_with({{"aud", json::array{"client", "other"}}}) == IdTokenError::wrong_audience);  // and no azp
  CHECK(p.error_with({{"aud", json::array{"client", "other"}}, {"azp", "other"}}) == IdTokenError::wrong_audience);
  CHECK(p.error_with({{"azp", "other"}}) == IdTokenError::wrong_audience);
  CHECK(p.error_with({{"aud", 7}}) == IdTokenError::wrong_audience);
  CHECK(p.read(p.token(claims({{"aud", json::array{"client"}}}))).has_value());
  CHECK(p.read(p.token(claims({{"aud", json::array{"client", "other"}}, {"azp", "client"}}))).has_value());
}

TEST_CASE("id token: too old, too new, without times, replayed from another sign-in") {
  Provider& p = provider();
  CHECK(p.error_with({{"exp", now - 121}}) == IdTokenError::expired);
  CHECK(p.read(p.token(claims({{"exp", now - 100}}))).has_value());  // the clocks may differ
  CHECK(p.error_with({{"exp", nullptr}}) == IdTokenError::malformed);
  CHECK(p.error_with({{"exp", "never"}}) == IdTokenError::malformed);
  CHECK(p.error_with({{"exp", -1}}) == IdTokenError::malformed);
  CHECK(p.error_with({{"exp", 1e300}}) == IdTokenError::malformed);
  CHECK(p.read(p.token(claims({{"exp", static_cast<double>(now) + 10.5}}))).has_value());
  CHECK(p.error_with({{"iat", nullptr}}) == IdTokenError::malformed);
  CHECK(p.error_with({{"iat", now + 130}}) == IdTokenError::not_yet_valid);
  CHECK(p.error_with({{"nbf", now + 130}}) == IdTokenError::not_yet_valid);
  CHECK(p.error_with({{"nbf", "x"}}) == IdTokenError::malformed);
  CHECK(p.error_with({{"nonce", "nonce-2"}}) == IdTokenError::wrong_nonce);
  CHECK(p.error_with({{"nonce", nullptr}}) == IdTokenError::wrong_nonce);
  IdTokenExpectation without = wanted;
  without.nonce.clear();
  CHECK(p.read(p.token(claims({{"nonce", ""}})), without).error() == IdTokenError::wrong_nonce);
  CHECK(p.error_with({{"sub", nullptr}}) == IdTokenError::no_subject);
  CHECK(p.error_with({{"sub", ""}}) == IdTokenError::no_subject);
  CHECK(p.error_with({{"sub", std::string(256, 'x')}}) == IdTokenError::no_subject);
}

TEST_CASE("key set: what is none, and what is left out of one") {
  for (const char* bad : {"", "[]", "{}", R"({"keys":{}})", "{\"keys\":"})
    CHECK_FALSE(Jwks::parse_jwks(bad).has_value());
  const auto odd = Jwks::parse_jwks(
      R"({"keys":[1,null,{},{"kty":"RSA"},{"kty":"EC","crv":"P-384","x":"a","y":"b"},{"kty":"OKP"}]})");
  REQUIRE(odd.has_value());
  CHECK(odd->keys().empty());
  Provider& p = provider();
  // Two keys that fit and no id: nobody may choose.
  const Jwks two =
      Jwks::parse_jwks(key_set({p.ec.jwk({{"kid", "1"}}), SigningKey::p256().jwk({{"kid", "2"}})})).value();
  CHECK(two.find("", "ES256") == nullptr);
  CHECK(two.find("1", "ES256") != nullptr);
  // A private part that the provider published by mistake is not kept.
  const Jwks leaked = Jwks::parse_jwks(key_set({p.ec.jwk({{"kid", "1"}}, true)})).value();
  CHECK(leaked.keys().at(0).json.find("\"d\"") == std::string::npos);
}
