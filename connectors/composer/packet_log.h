// Encoded packets one behind the other in a sealed container: what a composition is made of before it is one file.
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "io/sealed/sealed_file.h"

namespace sealhall::composer {

struct Packet {
  std::int64_t time = 0;  ///< in the units of its stream: frames of video, samples of sound
  bool key_frame = false;
  Bytes data;
};

/// Layout of a packet: size 4, time 8, key frame 1, data; big-endian.
inline constexpr std::size_t packet_header = 13;
/// Larger is damage.
inline constexpr std::size_t most_packet = 16U << 20;

inline expected<void, io::FileError> append_packet(io::SealedFileWriter& file, const Packet& packet) {
  Bytes head(packet_header);
  store_u32(head.data(), static_cast<std::uint32_t>(packet.data.size()));
  store_u64(head.data() + 4, static_cast<std::uint64_t>(packet.time));
  head[12] = packet.key_frame ? 1 : 0;
  if (auto written = file.write(head); !written) return written;
  return file.write(packet.data);
}

class PacketReader {
 public:
  explicit PacketReader(io::SealedFileReader file) : file_(std::move(file)) {}
  /// nullopt at the end.
  std::optional<Packet> next() {
    const ByteView head = take(packet_header);
    if (head.empty()) return std::nullopt;
    const std::uint32_t size = load_u32(head.data());
    Packet packet{.time = static_cast<std::int64_t>(load_u64(head.data() + 4)), .key_frame = head[12] != 0, .data = {}};
    if (size > most_packet) return std::nullopt;
    const ByteView data = take(size);
    if (data.size() != size) return std::nullopt;
    packet.data.assign(data.begin(), data.end());
    return packet;
  }

 private:
  ByteView take(std::size_t size) {
    while (buffer_.size() - at_ < size) {
      const std::uint64_t left = file_.size() - read_;
      if (left == 0) return {};
      buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
      at_ = 0;
      const auto piece = static_cast<std::size_t>(std::min<std::uint64_t>(left, 4 * envelope::segment_size));
      const auto bytes = file_.read(read_, piece);
      if (!bytes) return {};
      read_ += piece;
      append(buffer_, *bytes);
    }
    at_ += size;
    return ByteView{buffer_}.subspan(at_ - size, size);
  }
  io::SealedFileReader file_;
  std::uint64_t read_ = 0;
  Bytes buffer_;
  std::size_t at_ = 0;
};

}  // namespace sealhall::composer
