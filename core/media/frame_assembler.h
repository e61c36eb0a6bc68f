// Puts VP8 frames together from RTP packets in any order (RFC 7741 section 4.4): memory bounded, duplicates harmless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/rtp/sequence.h"
#include "core/rtp/vp8.h"

namespace sealhall::media {

struct VideoPacket {
  std::uint16_t sequence_number = 0;
  std::uint32_t timestamp = 0;
  bool marker = false;
  bool retransmitted = false;  ///< came as RTX
  ByteView payload;            ///< VP8 payload descriptor and bytes of a sealed frame; copied
};

/// A complete frame; whether it can be decoded is the `FrameSequencer`'s question.
struct AssembledFrame {
  Bytes data;  ///< without payload descriptors
  rtp::SeqNo first{};
  rtp::SeqNo last{};
  std::uint32_t timestamp = 0;
  rtp::Vp8Descriptor descriptor;  ///< of the first packet
  bool key_frame = false;
  bool retransmitted = false;  ///< at least one packet came as RTX
  Instant first_arrival{};
  Instant complete_at{};
};

class FrameAssembler {
 public:
  enum class Insert : std::uint8_t {
    kept,       ///< stored, or part of the frame that is returned
    duplicate,  ///< was here before
    late,       ///< before the cleared position, or more than the capacity behind the newest packet
    malformed,  ///< the payload descriptor is unreadable, or the payload too long for a packet
  };
  struct Result {
    Insert insert = Insert::kept;
    std::optional<AssembledFrame> frame;  ///< the frame that this packet completed
  };
  /// `max_packets` is rounded up to a power of two; at most that many payloads of 1500 bytes are held.
  explicit FrameAssembler(std::size_t max_packets);

  Result insert(const VideoPacket& packet, Instant now);
  /// The number was used by a packet without media.
  void insert_padding(std::uint16_t sequence_number);
  /// True when all numbers strictly between `a` and `b` were padding.
  [[nodiscard]] bool only_padding_between(rtp::SeqNo a, rtp::SeqNo b) const noexcept;
  /// Everything up to and including `last` is done with: packets are freed, later arrivals are `late`.
  void clear_to(rtp::SeqNo last) noexcept;
  [[nodiscard]] std::size_t packets_held() const noexcept { return held_; }
  /// Packets of frames that were thrown away because newer ones needed their place.
  [[nodiscard]] std::uint64_t evicted() const noexcept { return evicted_; }

 private:
  enum class Use : std::uint8_t { free, media, done, padding };
  struct Slot {
    Use use = Use::free;
    bool marker = false;
    bool frame_start = false;
    bool key_frame = false;
    bool retransmitted = false;
    rtp::SeqNo sequence{};
    std::uint32_t timestamp = 0;
    Instant arrival{};
    rtp::Vp8Descriptor descriptor;
    Bytes bytes;  // keeps its capacity
  };
  [[nodiscard]] std::size_t index_of(rtp::SeqNo s) const noexcept {
    return static_cast<std::size_t>(rtp::value(s)) & (slots_.size() - 1);
  }
  [[nodiscard]] const Slot* media_at(rtp::SeqNo s) const noexcept;
  Slot* claim(std::uint16_t wire, rtp::SeqNo& sequence, Insert& outcome);
  void release(Slot& slot) noexcept;
  std::optional<AssembledFrame> try_complete(rtp::SeqNo around);

  std::vector<Slot> slots_;
  rtp::SeqUnwrapper sequences_;
  std::optional<rtp::SeqNo> cleared_to_;
  std::size_t held_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace sealhall::media
