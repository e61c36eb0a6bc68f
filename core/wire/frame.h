// Frames on a stream socket: a 4-byte big-endian length and that many bytes of JSON. Sans-IO.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::wire {

/// Bytes of JSON in a frame. Must hold a whole channel message (core/wire/codec.h).
inline constexpr std::size_t max_frame_payload = 1024 * 1024;
inline constexpr std::size_t frame_header_size = 4;

/// Appends `payload` as one frame to `out`. `payload` is 1..max_frame_payload bytes: our own messages always are.
void append_frame(std::string_view payload, Bytes& out);

enum class FrameError : std::uint8_t {
  empty,      ///< a length of zero: no message is empty
  too_large,  ///< a length above max_frame_payload
};

/// Cuts a byte stream into frames. After an error the stream cannot be read on: close the connection.
class FrameReader {
 public:
  /// Takes the next bytes of the stream, however they were cut.
  void push(ByteView data);
  /// The payload of the next whole frame; nullopt when more bytes are needed. Call until it gives nullopt.
  expected<std::optional<std::string>, FrameError> next();
  /// Bytes held: never more than one unfinished frame when `next` was called until nullopt.
  [[nodiscard]] std::size_t buffered() const noexcept { return buffer_.size() - at_; }

 private:
  Bytes buffer_;
  std::size_t at_ = 0;  ///< where the next frame starts in buffer_
};

}  // namespace sealhall::wire
