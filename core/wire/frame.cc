#include "core/wire/frame.h"

#include "core/base/check.h"

namespace sealhall::wire {

void append_frame(std::string_view payload, Bytes& out) {
  SEALHALL_CHECK(!payload.empty() && payload.size() <= max_frame_payload);
  const std::size_t at = out.size();
  out.resize(at + frame_header_size);
  store_u32(&out[at], static_cast<std::uint32_t>(payload.size()));
  append(out, as_bytes(payload));
}

void FrameReader::push(ByteView data) {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  append(buffer_, data);
}

expected<std::optional<std::string>, FrameError> FrameReader::next() {
  if (buffered() < frame_header_size) return std::nullopt;
  const std::size_t size = load_u32(&buffer_[at_]);
  if (size == 0) return unexpected(FrameError::empty);
  if (size > max_frame_payload) return unexpected(FrameError::too_large);
  if (buffered() - frame_header_size < size) {
    // Move the unfinished frame to the front, so that a long-lived stream does not keep what it has read.
    if (at_ != 0) {
      buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
      at_ = 0;
    }
    return std::nullopt;
  }
  std::string payload{as_text(ByteView{buffer_}.subspan(at_ + frame_header_size, size))};
  at_ += frame_header_size + size;
  return std::optional<std::string>{std::move(payload)};
}

}  // namespace sealhall::wire
