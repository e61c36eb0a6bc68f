#include "core/rtp/h264_frame.h"

#include "core/base/check.h"

namespace sealhall::rtp {
namespace {

constexpr std::array<std::uint8_t, 4> start_code{0, 0, 0, 1};
/// NAL unit header, and the part of the slice header that browsers read.
constexpr std::size_t clear_slice_bytes = 1 + 3;
constexpr std::uint8_t last_byte = 0x80;  // as the stop bit and the zeros of a slice's own end (section 7.3.2.11)

std::uint8_t type_of(std::uint8_t header) noexcept { return header & 0x1F; }
bool is_slice(std::uint8_t type) noexcept { return type >= 1 && type <= 5; }
/// Sequence and picture parameter set, access unit delimiter.
bool stays(std::uint8_t type) noexcept { return type >= 7 && type <= 9; }
/// SEI and filler data.
bool is_left_out(std::uint8_t type) noexcept { return type == 6 || type == 12; }

/// Where 00 00 01 begins at `from` or after it; the frame's size when nowhere.
std::size_t find_code(ByteView frame, std::size_t from) noexcept {
  for (std::size_t i = from; i + 2 < frame.size(); ++i) {
    if (frame[i] == 0 && frame[i + 1] == 0 && frame[i + 2] == 1) return i;
  }
  return frame.size();
}

/// Zeros in a row, at the end of what was written; more than two count as two.
class ZeroRun {
 public:
  explicit ZeroRun(ByteView before) noexcept {
    for (const std::uint8_t byte : before) add(byte);
  }
  void add(std::uint8_t byte) noexcept { zeros_ = byte == 0 ? std::min(zeros_ + 1, 2U) : 0U; }
  /// After two zeros 0, 1, 2 and 3 are not written as they are.
  [[nodiscard]] bool forbids(std::uint8_t byte) const noexcept { return zeros_ == 2 && byte <= 3; }

 private:
  unsigned zeros_ = 0;
};

}  // namespace

std::optional<std::size_t> h264_clear_prefix_size(ByteView frame) noexcept {
  std::size_t at = 0;
  while (at + start_code.size() + clear_slice_bytes <= std::min(frame.size(), max_h264_clear_prefix_size)) {
    if (!equal(frame.subspan(at, start_code.size()), start_code)) return std::nullopt;
    const std::size_t header = at + start_code.size();
    const std::uint8_t type = type_of(frame[header]);
    if (is_slice(type)) {
      const std::size_t end = header + clear_slice_bytes;
      if (find_code(frame.first(end), header) != end) return std::nullopt;
      return end;
    }
    if (!stays(type)) return std::nullopt;
    // The start code's first zero belongs to it, and no other one stands before it.
    const std::size_t next = find_code(frame, header);
    if (next == frame.size() || frame[next - 1] != 0 || frame[next - 2] == 0) return std::nullopt;
    at = next - 1;
  }
  return std::nullopt;
}

std::optional<Bytes> h264_normal(ByteView frame) {
  std::size_t code = find_code(frame, 0);
  if (std::ranges::any_of(frame.first(code), [](std::uint8_t byte) { return byte != 0; })) return std::nullopt;
  Bytes out;
  out.reserve(frame.size() + 4 * start_code.size());
  while (code + 3 < frame.size()) {
    const std::size_t header = code + 3;
    const std::uint8_t type = type_of(frame[header]);
    if (is_slice(type)) {
      append(out, start_code);
      append(out, frame.subspan(header));
      if (!h264_clear_prefix_size(out)) return std::nullopt;
      return out;
    }
    code = find_code(frame, header);
    if (code == frame.size() || !(stays(type) || is_left_out(type))) return std::nullopt;
    if (is_left_out(type)) continue;
    std::size_t end = code;
    while (frame[end - 1] == 0) --end;  // not beyond the header, which is not 0
    append(out, start_code);
    append(out, frame.subspan(header, end - header));
  }
  return std::nullopt;
}

Bytes h264_hide(ByteView sealed, std::size_t clear_prefix_size) {
  SEALHALL_CHECK(clear_prefix_size <= sealed.size());
  const ByteView clear = sealed.first(clear_prefix_size);
  Bytes out{clear.begin(), clear.end()};
  out.reserve(sealed.size() + sealed.size() / 64 + 16);
  ZeroRun run{clear};
  const auto put = [&](std::uint8_t byte) {
    if (run.forbids(byte)) {
      out.push_back(3);
      run.add(3);
    }
    out.push_back(byte);
    run.add(byte);
  };
  for (const std::uint8_t byte : sealed.subspan(clear_prefix_size)) put(byte);
  put(last_byte);
  return out;
}

std::optional<Bytes> h264_show(ByteView hidden, std::size_t clear_prefix_size) {
  if (hidden.size() <= clear_prefix_size || hidden.back() != last_byte) return std::nullopt;
  const ByteView clear = hidden.first(clear_prefix_size);
  Bytes out{clear.begin(), clear.end()};
  out.reserve(hidden.size());
  ZeroRun run{clear};
  for (std::size_t i = clear_prefix_size; i + 1 < hidden.size(); ++i) {
    const std::uint8_t byte = hidden[i];
    if (run.forbids(byte)) {
      // Only a 3, and only in front of what must be hidden.
      if (byte != 3 || hidden[i + 1] > 3) return std::nullopt;
      run.add(byte);
      continue;
    }
    out.push_back(byte);
    run.add(byte);
  }
  return out;
}

}  // namespace sealhall::rtp
