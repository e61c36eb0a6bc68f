// deps: core_sframe
// SFrame headers: whatever is accepted is written back identically, and is minimal.
#include <algorithm>

#include "core/base/check.h"
#include "core/sframe/header.h"
#include "core/sframe/kid.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealhall;
  const ByteView input{data, size};
  const auto parsed = sframe::parse_header(input);
  if (!parsed) return 0;
  std::array<std::uint8_t, sframe::max_header_size> room{};
  const std::size_t written = sframe::write_header(parsed->header, room);
  SEALHALL_CHECK(written == parsed->size && written == sframe::header_size(parsed->header));
  SEALHALL_CHECK(equal(ByteView{room}.first(written), input.first(written)));
  if (const auto kid = sframe::split_kid(parsed->header.key_id)) {
    SEALHALL_CHECK(sframe::make_kid(kid->context, kid->sender_index, kid->generation_bits) == parsed->header.key_id);
  }
  return 0;
}
