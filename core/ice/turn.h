// TURN: error codes, lifetimes, and the framing of STUN messages and ChannelData on a stream (RFC 8656 sections 12 and
// 17).
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"

namespace sealhall::turn {

enum class TurnError : std::uint8_t {
  bad_frame,        ///< the stream holds neither a STUN message nor ChannelData
  frame_too_large,  ///< a frame is larger than `max_frame_size`
  malformed,        ///< a STUN message inside the stream is broken
  refused,          ///< the other side answered with an error
  unauthorised,     ///< the credentials were refused
  timed_out,        ///< no answer in time
  too_many_errors,  ///< a client kept sending what was refused
};

inline constexpr std::uint16_t first_channel = 0x4000;  // RFC 8656 section 12
inline constexpr std::uint16_t last_channel = 0x4FFF;
/// What a frame may hold. Larger costs memory a connection; smaller would refuse datagrams of the media path.
inline constexpr std::size_t max_frame_size = 4096;
inline constexpr Duration default_lifetime = std::chrono::minutes{10};  // RFC 8656 section 3.2
inline constexpr Duration max_lifetime = std::chrono::hours{1};
inline constexpr Duration permission_lifetime = std::chrono::minutes{5};  // RFC 8656 section 9
inline constexpr Duration channel_lifetime = std::chrono::minutes{10};    // RFC 8656 section 12

/// A piece of a TURN stream: a whole STUN message, or the data of one ChannelData message.
struct Frame {
  bool channel_data = false;
  std::uint16_t channel = 0;  ///< for ChannelData
  ByteView bytes;             ///< the STUN message, or the data without header and padding
};

/// Cuts a byte stream into frames. Holds at most one frame that is not complete yet.
class StreamParser {
 public:
  /// Appends what arrived.
  void feed(ByteView bytes);
  /// The next whole frame; nullopt when more bytes are needed. The view is valid until the next call of `feed`.
  expected<std::optional<Frame>, TurnError> next() noexcept;
  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size() - at_; }

 private:
  Bytes buffer_;
  std::size_t at_ = 0;
};

/// Appends ChannelData for a stream: header, data, padding to 4 bytes (RFC 8656 section 12.5). `data` at most 65535
/// bytes.
void append_channel_data(Bytes& to, std::uint16_t channel, ByteView data);

}  // namespace sealhall::turn
