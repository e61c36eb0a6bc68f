// Google Congestion Control: the sender's estimate of what its path carries (draft-ietf-rmcat-gcc-02, with a trendline
// filter).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/data_rate.h"
#include "core/base/time.h"
#include "core/congestion/acknowledged_rate.h"
#include "core/congestion/delay_control.h"
#include "core/congestion/loss_control.h"
#include "core/congestion/probing.h"
#include "core/congestion/send_history.h"
#include "core/rtp/rtcp.h"

namespace sealhall::congestion {

struct SentPacket {
  std::uint16_t transport_sequence = 0;
  std::uint16_t size = 0;   ///< bytes on the wire with RTP header and SRTP tag
  std::uint32_t probe = 0;  ///< the probe cluster it belongs to, 0 for none
  Instant at{};             ///< the same for all packets of one GSO run
};

struct ControllerStats {
  DataRate target;
  DataRate delay_based;
  DataRate loss_based;
  DataRate acknowledged;  ///< what arrived at the other side lately; zero while unknown
  double loss = 0.0;      ///< part of packets lost lately, 0..1
  Duration rtt{};
  Duration queue_delay{};  ///< how far the path's delay is above its lowest
  bool overuse = false;    ///< the delay detector's last word
  bool application_limited = false;
  std::uint64_t feedback_messages = 0;
  std::uint64_t unknown_packets = 0;  ///< reported, but never sent or forgotten
};

/// One path of one sender. Sans-IO, fixed memory, nothing allocated after construction.
/// For every packet: give it the next transport-wide number, send it, `on_packet_sent`. For every feedback:
/// `on_feedback`. After either and when `next_deadline` has passed (`due`): read `target`, and hand `take_probe` to the
/// pacer.
class Controller {
 public:
  struct Config {
    DataRate start = DataRate::kbps(300);
    DataRate min = DataRate::kbps(30);
    DataRate max = DataRate::kbps(8000);
  };
  Controller() noexcept : Controller(Config{}) {}
  explicit Controller(const Config& config) noexcept;

  void on_packet_sent(const SentPacket& packet) noexcept;
  void on_feedback(const rtp::rtcp::TransportFeedback& feedback, Instant now) noexcept;
  /// A round trip measured elsewhere (receiver report, STUN); feedback gives its own too.
  void on_rtt(Duration rtt, Instant now) noexcept;
  /// REMB of the peer: the target stays below it until one comes that is higher; forgotten after 10 s.
  void on_remb(DataRate bound, Instant now) noexcept;
  /// The most that the application could use now (all layers of everything wished). No probe goes above twice this, and
  /// probing stops when the target covers it.
  void set_wanted(DataRate wanted, Instant now) noexcept;
  void set_bounds(DataRate min, DataRate max) noexcept;

  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  void due(Instant now) noexcept;

  /// What may be sent, everything counted: media, retransmission, padding.
  [[nodiscard]] DataRate target() const noexcept { return target_; }
  /// A probe to send now: give it to `media::Pacer::start_probe` and mark its packets with its id.
  [[nodiscard]] std::optional<Probe> take_probe(Instant now) noexcept;
  [[nodiscard]] ControllerStats stats() const noexcept;

 private:
  void update_target(Instant now) noexcept;
  [[nodiscard]] Instant arrival_base(std::int32_t reference_time) noexcept;
  void note_rtt(Duration sample) noexcept;

  Config config_;
  SendHistory history_;
  DelayControl delay_;
  LossControl loss_;
  AcknowledgedRate acknowledged_;
  Probing probing_;
  DataRate target_;
  DataRate wanted_ = DataRate::unlimited();
  DataRate remb_ = DataRate::unlimited();
  std::optional<Instant> remb_at_;
  Duration rtt_ = std::chrono::milliseconds{200};
  bool rtt_known_ = false;
  bool started_ = false;
  std::optional<std::int64_t> reference_;  // of the newest feedback, unwrapped, in 64 ms
  std::optional<Instant> last_feedback_;
  std::optional<Instant> unanswered_since_;  // first packet sent after the last feedback
  std::optional<Instant> outage_cut_at_;
  Instant probe_settles_at_{};
  std::uint64_t feedback_messages_ = 0;
  std::uint64_t unknown_packets_ = 0;
};
static_assert(sizeof(Controller) <= 8192, "the SFU has one for every receiver");

}  // namespace sealhall::congestion
