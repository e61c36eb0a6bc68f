// deps: server_identity
// What a provider sends: key sets and ID tokens, with a key that cannot have signed them.
#include "core/base/bytes.h"
#include "core/base/check.h"
#include "server/identity/oidc_token.h"

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
  return 0;
}
