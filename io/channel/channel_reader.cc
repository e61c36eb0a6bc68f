#include "core/base/check.h"
#include "io/channel/channel.h"

namespace sealhall::io {

void ChannelReader::feed(ByteView data) {
  if (at_ > 0) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
  }
  append(buffer_, data);
}

expected<std::optional<std::string_view>, NetError> ChannelReader::next() {
  const ByteView rest = ByteView{buffer_}.subspan(at_);
  if (rest.size() < 4) {
    // Nothing is kept for a peer that is silent between messages.
    if (rest.empty()) {
      buffer_ = {};
      at_ = 0;
    }
    return std::nullopt;
  }
  const std::size_t size = load_u32(rest.data());
  if (size > channel_message_limit) return unexpected(NetError::protocol);
  if (rest.size() - 4 < size) return std::nullopt;
  at_ += 4 + size;
  return as_text(rest.subspan(4, size));
}

}  // namespace sealhall::io
