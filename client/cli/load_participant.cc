#include "client/cli/load_participant.h"

#include "io/net/clock.h"

namespace sealhall::cli {

namespace {

/// Bytes in front of the time in a prepared frame: what a VP8 key frame keeps in the clear (RFC 6386 section 9.1).
constexpr std::size_t stamp_offset = 10;
constexpr std::size_t audio_size = 100;  // 40 kbit/s at 50 frames a second
constexpr Duration audio_interval = std::chrono::milliseconds{20};

std::uint64_t wall_micros() { return static_cast<std::uint64_t>(io::SystemWallClock().now()); }

}  // namespace

LoadParticipant::LoadParticipant(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random,
                                 client::SessionConfig config, LoadMedia media, LoadTotals& totals)
    : loop_(loop), media_(media), totals_(totals) {
  config.playout = false;
  config.sources.clear();
  if (media_.sends) {
    config.sources.push_back(
        {wire::SourceKind::audio, {{.rid = "", .width = 0, .height = 0, .most = DataRate::kbps(48)}}});
    if (media_.video_kbps > 0) {
      config.sources.push_back(
          {wire::SourceKind::camera,
           {{.rid = "f", .width = 1280, .height = 720, .most = DataRate::kbps(media_.video_kbps)}}});
      config.congestion.start = DataRate::kbps(media_.video_kbps + 200);
    }
  }
  session_ = std::make_unique<client::MeetingSession>(loop, tls, random, std::move(config),
                                                      static_cast<client::SessionEvents&>(*this));
}

void LoadParticipant::start() {
  started_ = loop_.now();
  session_->start();
}

void LoadParticipant::on_state(client::SessionState state) {
  if (state == client::SessionState::joined && !std::exchange(told_join_, true))
    totals_.join.add(loop_.now() - started_);
}

void LoadParticipant::on_ended(const client::SessionEnd& end) {
  ++totals_.ended;
  if (end.kind != client::SessionEnd::Kind::left) totals_.last_problem = end.message;
}

void LoadParticipant::on_media_connected() {
  const Instant now = loop_.now();
  if (!std::exchange(told_media_, true)) totals_.media.add(now - started_);
  if (!media_.sends) return;
  // Everybody has a phase of their own, as people do.
  if (!next_audio_) next_audio_ = now + audio_interval;
  if (!next_video_ && media_.video_kbps > 0) next_video_ = now + std::chrono::milliseconds{30};
}

void LoadParticipant::on_frame(const client::OpenedFrame& frame) {
  ++totals_.frames_received;
  if (!std::exchange(told_frame_, true)) totals_.first_frame.add(loop_.now() - started_);
  if (frame.data.size() < stamp_offset + 8) return;
  const std::uint64_t sent = load_u64(&frame.data[stamp_offset]);
  totals_.latency.add(Duration{static_cast<std::int64_t>(wall_micros() - sent)});
}

void LoadParticipant::on_key_frame_wanted(wire::SourceKind /*kind*/, std::size_t /*encoding*/) {
  key_frame_wanted_ = true;
}

void LoadParticipant::tick(Instant now) {
  // What a stopped process has missed is not made up for.
  const auto due = [now](std::optional<Instant>& next, Duration interval) {
    if (!next || *next > now) return false;
    *next += interval;
    if (now - *next > std::chrono::milliseconds{200}) *next = now;
    return true;
  };
  while (due(next_audio_, audio_interval)) send_audio(now);
  while (due(next_video_, Duration{1'000'000 / media_.fps})) send_video(now);
}

void LoadParticipant::send_audio(Instant now) {
  frame_.assign(audio_size, 0x5a);
  store_u64(&frame_[stamp_offset], wall_micros());
  session_->send_audio(wire::SourceKind::audio, {.captured = now, .frame = frame_, .level = 30, .voice = true});
  ++totals_.frames_sent;
}

void LoadParticipant::send_video(Instant now) {
  const bool key = std::exchange(key_frame_wanted_, false);
  const std::size_t size = std::max<std::size_t>(64, media_.video_kbps * 125ULL / media_.fps) * (key ? 3 : 1);
  frame_.assign(size, 0xa5);
  // The frame tag and, on key frames, start code and size: all that anybody on the way looks at.
  frame_[0] = key ? 0x10 : 0x11;
  if (key) {
    const std::array<std::uint8_t, 10> head{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02};  // 1280x720
    std::ranges::copy(head, frame_.begin());
  }
  store_u64(&frame_[stamp_offset], wall_micros());
  session_->send_video(wire::SourceKind::camera, 0, {.captured = now, .frame = frame_, .key_frame = key, .info = {}});
  ++totals_.frames_sent;
}

}  // namespace sealhall::cli
