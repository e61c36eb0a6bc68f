// deps: core_wire
// Messages of clients, media workers and kms: what decodes encodes to a text that decodes to the same again. The first
// byte says which direction; what is accepted is within every limit, so that encoding it cannot grow without bound.
#include <string>

#include "core/base/check.h"
#include "core/wire/codec.h"
#include "core/wire/json_codec.h"

using namespace sealhall;
using namespace sealhall::wire;

namespace {

template <class Decode>
void check(std::string_view json, std::size_t limit, Decode decode) {
  const auto message = decode(json);
  if (!message) return;
  SEALHALL_CHECK(json.size() <= limit);
  const std::string text = encode(*message);
  const auto again = decode(text);
  SEALHALL_CHECK(again.has_value() && encode(*again) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view json = as_text({data + 1, size - 1});
  static_cast<void>(type_of(json));
  switch (data[0] % 6) {
    case 0:
      check(json, max_client_message_size, [](std::string_view text) { return decode_client(text); });
      break;
    case 1:
      check(json, max_server_message_size, [](std::string_view text) { return decode_server(text); });
      break;
    case 2:
      check(json, max_channel_message_size, [](std::string_view text) { return decode_media_control(text); });
      break;
    case 3:
      check(json, max_channel_message_size, [](std::string_view text) { return decode_media_worker(text); });
      break;
    case 4:
      check(json, max_channel_message_size, [](std::string_view text) { return decode_kms_control(text); });
      break;
    default:
      check(json, max_channel_message_size, [](std::string_view text) { return decode_kms(text); });
      break;
  }
  return 0;
}
