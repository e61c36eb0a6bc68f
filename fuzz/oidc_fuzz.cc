// deps: server_identity
// What a provider sends: discovery, key sets, userinfo, and ID tokens with a key that cannot have signed them. And the
// values of policies and roles as texts.
#include "core/base/bytes.h"
#include "core/base/check.h"
#include "server/identity/oidc_sign_in.h"
#include "server/identity/oidc_token.h"
#include "server/identity/policies.h"
#include "server/identity/roles.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(ByteView{data, size});
  if (const auto keys = identity::Jwks::parse_jwks(text)) {
    for (const auto& key : keys->keys()) SEALHALL_CHECK(key.json.find("\"d\":") == std::string::npos);
  }
  static const identity::Jwks keys =
      identity::Jwks::parse_jwks(
          R"({"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]})")
          .value();
  const identity::IdTokenExpectation wanted{"https://id.example", "client", "nonce", UnixMicros{1'800'000'000'000'000}};
  SEALHALL_CHECK(!identity::parse_id_token(text, keys, wanted));
  static const identity::OidcProvider provider{"idp", "", "https://id.example", "client"};
  if (const auto found = identity::parse_discovery(text, provider))
    SEALHALL_CHECK(found->token.starts_with("https://"));
  static_cast<void>(identity::parse_userinfo(text, "1"));
  for (const identity::PolicyRule& rule : identity::policy_rules()) {
    const auto value = identity::parse_policy_value(rule, text);
    if (value) SEALHALL_CHECK(identity::parse_policy_value(rule, identity::policy_json(*value)) == *value);
  }
  if (const auto permissions = identity::parse_permissions(text)) {
    SEALHALL_CHECK(identity::parse_permissions(identity::text_of(*permissions)) == *permissions);
  }
  return 0;
}
