#include "core/envelope/context.h"

namespace sealhall::envelope {
namespace {

constexpr std::uint8_t context_version = 1;

}  // namespace

expected<Bytes, EnvelopeError> encode_context(const Context& context) {
  if (context.account_id.empty() || context.kind.empty()) return unexpected(EnvelopeError::bad_context);
  Bytes out{context_version};
  for (const std::string* part : {&context.account_id, &context.kind, &context.object_id, &context.field}) {
    if (part->size() > max_context_part) return unexpected(EnvelopeError::bad_context);
    std::array<std::uint8_t, 2> length{};
    store_u16(length.data(), static_cast<std::uint16_t>(part->size()));
    append(out, length);
    append(out, as_bytes(*part));
  }
  return out;
}

}  // namespace sealhall::envelope
