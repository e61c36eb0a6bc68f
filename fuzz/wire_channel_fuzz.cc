// deps: core_wire
// The channels between our own processes, both directions, and the look at the type of a first message.
#include <string_view>

#include "core/base/check.h"
#include "core/wire/codec.h"

using namespace sealhall;

namespace {
template <class Decode>
void try_decode(std::string_view text, Decode decode) {
  if (auto message = decode(text)) {
    const std::string once = wire::encode(*message);
    auto again = decode(once);
    SEALHALL_CHECK(again.has_value() && wire::encode(*again) == once);
    SEALHALL_CHECK(!wire::type_of(text).empty());
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  try_decode(text, wire::decode_media_control);
  try_decode(text, wire::decode_media_worker);
  try_decode(text, wire::decode_kms_control);
  try_decode(text, wire::decode_kms);
  try_decode(text, wire::decode_keys_command);
  try_decode(text, wire::decode_keys_answer);
  return 0;
}
