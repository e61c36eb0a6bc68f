// deps: server_identity
// A browser's answer of anybody: CBOR, authenticator data, attestation objects, assertions.
#include "core/base/check.h"
#include "server/identity/cbor.h"
#include "server/identity/webauthn.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input{data, size};
  if (const auto parsed = identity::parse_cbor(input)) {
    SEALHALL_CHECK(parsed->size > 0 && parsed->size <= size);
    // One item is one item: what follows changes nothing.
    SEALHALL_CHECK(identity::parse_cbor(input.first(parsed->size)).has_value());
  }
  if (const auto parsed = identity::parse_authenticator_data(input)) {
    SEALHALL_CHECK(parsed->rp_id_hash.size() == 32);
    SEALHALL_CHECK(!parsed->has_credential || !parsed->credential_id.empty());
  }
  static const identity::PasskeyExpectation wanted{"Y2hhbGxlbmdl", {"https://a.example"}, "a.example"};
  static const std::string client_data =
      R"({"type":"webauthn.create","challenge":"Y2hhbGxlbmdl","origin":"https://a.example"})";
  static_cast<void>(identity::register_passkey(as_bytes(client_data), input, wanted));
  static_cast<void>(identity::register_passkey(input, {}, wanted));
  return 0;
}
