// Receiver's side of transport-wide congestion control: arrivals in, TransportFeedback messages out
// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/time.h"
#include "core/rtp/rtcp.h"
#include "core/rtp/sequence.h"

namespace sealhall::congestion {

/// Sans-IO. Call `on_packet` for every packet that carried a transport-wide sequence number; whenever `next_deadline`
/// has passed call `due`, which gives one message (call again until it gives none). Fixed memory: arrivals older than
/// the window are reported lost, numbers that jump forward by more than the window start a new one.
class TransportFeedbackBuilder {
 public:
  struct Config {
    Duration interval = std::chrono::milliseconds{50};  ///< 50..100 ms; shorter reacts sooner and costs more
    std::size_t max_arrivals = 200;                     ///< in one message, so that it fits into a packet
  };
  TransportFeedbackBuilder(std::uint32_t sender_ssrc, std::uint32_t media_ssrc) noexcept
      : TransportFeedbackBuilder(sender_ssrc, media_ssrc, Config{}) {}
  TransportFeedbackBuilder(std::uint32_t sender_ssrc, std::uint32_t media_ssrc, const Config& config) noexcept;

  void on_packet(std::uint16_t transport_sequence, Instant now) noexcept;
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept { return deadline_; }
  [[nodiscard]] std::optional<rtp::rtcp::TransportFeedback> due(Instant now);

  static constexpr std::size_t window = 1024;  ///< sequence numbers remembered

 private:
  std::uint32_t sender_ssrc_;
  std::uint32_t media_ssrc_;
  Config config_;
  rtp::SeqUnwrapper sequences_;
  std::array<std::uint32_t, window> ticks_{};  // arrival in 250 us, low bits, never 0; 0: not received
  std::uint64_t begin_ = 0;                    // first number that was not reported yet
  std::uint64_t end_ = 0;                      // one past the highest number received
  bool started_ = false;
  std::uint8_t count_ = 0;
  std::optional<Instant> deadline_;
};

}  // namespace sealhall::congestion
