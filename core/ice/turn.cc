#include "core/ice/turn.h"

#include "core/base/check.h"
#include "core/ice/stun.h"

namespace sealhall::turn {

void StreamParser::feed(ByteView bytes) {
  if (at_ > 0) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
  }
  append(buffer_, bytes);
}

expected<std::optional<Frame>, TurnError> StreamParser::next() noexcept {
  const ByteView left = ByteView{buffer_}.subspan(at_);
  if (left.size() < 4) return std::nullopt;
  Frame frame;
  std::size_t whole = 0;
  const std::size_t length = load_u16(&left[2]);
  if ((left[0] & 0xC0) == 0) {  // STUN, RFC 8489 section 6.2.2
    if (length % 4 != 0) return unexpected(TurnError::bad_frame);
    whole = stun::header_size + length;
    if (left.size() >= 8 && load_u32(&left[4]) != stun::magic_cookie) return unexpected(TurnError::bad_frame);
  } else if ((left[0] & 0xF0) == 0x40) {  // ChannelData, RFC 8656 section 12.4
    frame.channel_data = true;
    frame.channel = load_u16(left.data());
    whole = 4 + ((length + 3) & ~std::size_t{3});
  } else {
    return unexpected(TurnError::bad_frame);
  }
  if (whole > max_frame_size) return unexpected(TurnError::frame_too_large);
  if (left.size() < whole) return std::nullopt;
  frame.bytes = frame.channel_data ? left.subspan(4, length) : left.first(whole);
  at_ += whole;
  return frame;
}

void append_channel_data(Bytes& to, std::uint16_t channel, ByteView data) {
  SEALHALL_CHECK(data.size() <= 0xFFFF);
  std::array<std::uint8_t, 4> head{};
  store_u16(head.data(), channel);
  store_u16(head.data() + 2, static_cast<std::uint16_t>(data.size()));
  append(to, head);
  append(to, data);
  to.insert(to.end(), (4 - data.size() % 4) % 4, std::uint8_t{0});
}

}  // namespace sealhall::turn
