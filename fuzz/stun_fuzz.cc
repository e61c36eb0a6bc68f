// deps: core_ice
// STUN messages of anybody: parsing, looking at every attribute, integrity with a key the input cannot know.
#include "core/base/check.h"
#include "core/ice/address.h"
#include "core/ice/stun.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (const auto address = ice::Address::parse(as_text({data, size}), 1))
    SEALHALL_CHECK(ice::Address::parse(address->ip_text(), 1) == *address);
  const auto message = stun::parse({data, size});
  if (!message) return 0;
  for (const std::uint16_t type : {stun::attribute::xor_mapped_address, stun::attribute::xor_peer_address}) {
    const auto address = message->xor_address(type);
    if (address) SEALHALL_CHECK(ice::Address::parse(address->ip_text(), address->port) == *address);
    // CreatePermission may name several.
    message->each(type, [&](ByteView value) {
      const auto one = message->read_xor_address(value);
      if (one) SEALHALL_CHECK(ice::Address::parse(one->ip_text(), one->port) == *one);
    });
  }
  static_cast<void>(message->error_code());
  static_cast<void>(message->u64(stun::attribute::ice_controlling));
  const auto unknown = stun::unknown_required(*message, {});
  SEALHALL_CHECK(unknown.count <= unknown.types.size());
  static_cast<void>(stun::verify_integrity(*message, as_bytes("key")));
  return 0;
}
