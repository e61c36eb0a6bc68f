// deps: core_wire
// Whatever a client sends: decoding never fails badly, and what decodes encodes to something that decodes to the same.
#include <string_view>

#include "core/base/check.h"
#include "core/wire/codec.h"
#include "core/wire/records.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  if (auto message = wire::decode_client(text)) {
    const std::string once = wire::encode(*message);
    auto again = wire::decode_client(once);
    SEALHALL_CHECK(again.has_value() && wire::encode(*again) == once);
  }
  if (auto message = wire::decode_server(text)) {
    const std::string once = wire::encode(*message);
    auto again = wire::decode_server(once);
    SEALHALL_CHECK(again.has_value() && wire::encode(*again) == once);
  }
  if (auto record = wire::decode_record(text)) {
    const std::string once = wire::encode(*record);
    auto again = wire::decode_record(once);
    SEALHALL_CHECK(again.has_value() && wire::encode(*again) == once);
  }
  return 0;
}
