#include "client/cli/stats_report.h"

#include <algorithm>

#include "client/cli/json_line.h"
#include "client/engine/contexts.h"
#include "core/wire/codec.h"

namespace sealhall::cli {

namespace {
double millis(Duration d) { return static_cast<double>(d.count()) / 1000.0; }
}  // namespace

std::string state_word(client::SessionState state) {
  switch (state) {
    case client::SessionState::idle:
      return "idle";
    case client::SessionState::connecting:
      return "connecting";
    case client::SessionState::waiting:
      return "waiting";
    case client::SessionState::joined:
      return "joined";
    case client::SessionState::reconnecting:
      return "reconnecting";
    case client::SessionState::ended:
      return "ended";
  }
  return "unknown";
}

std::string StatsReport::line(const StatsInput& input) {
  const double seconds = std::max(0.001, to_seconds(input.since_start - last_));
  last_ = input.since_start;
  const client::SessionStats& s = input.session;
  JsonObject line;
  line.add("type", "stats")
      .add("t", to_seconds(input.since_start))
      .add("state", input.state)
      .add("participant", input.self);
  if (s.path) {
    line.add("path", *s.path == ice::PathKind::udp ? "udp" : "relay");
  } else {
    line.add("path", "");
  }
  line.add("server_port", s.server_port).add("cipher", s.cipher);
  if (s.round_trip) {
    line.add("rtt_ms", millis(*s.round_trip));
  } else {
    line.raw("rtt_ms", "null");
  }
  line.add("generation", s.generation.value_or(0))
      .add("in_bps",
           static_cast<double>(s.transport.bytes_in - std::min(s.transport.bytes_in, bytes_in_)) * 8 / seconds)
      .add("out_bps",
           static_cast<double>(s.transport.bytes_out - std::min(s.transport.bytes_out, bytes_out_)) * 8 / seconds)
      .add("packets_in", s.transport.packets_in)
      .add("packets_out", s.transport.packets_out)
      .add("target_bps", s.congestion.target.bps())
      .add("upstream_loss", s.congestion.loss)
      .add("queue_delay_ms", millis(s.congestion.queue_delay))
      .add("dropped_unauthenticated", s.transport.dropped_unauthenticated)
      .add("dropped_replayed", s.transport.dropped_replayed)
      .add("reconnects", s.reconnects)
      .add("path_changes", s.path_changes)
      .add("unsealed_drops", s.unsealed_drops)
      .add("left_out", input.left_out);
  bytes_in_ = s.transport.bytes_in;
  bytes_out_ = s.transport.bytes_out;

  JsonArray own;
  for (const client::EncodingStats& e : s.sent) {
    Before& b = before_["own/" + std::string(wire::word_of(e.kind)) + "/" + e.rid];
    JsonObject o;
    o.add("kind", wire::word_of(e.kind)).add("layer", e.rid);
    if (client::is_video(e.kind)) o.add("width", e.width).add("height", e.height).add("wanted", e.wanted);
    o.add("bitrate_bps", static_cast<double>(e.bytes - b.bytes) * 8 / seconds)
        .add("fps", static_cast<double>(e.frames - b.frames) / seconds)
        .add("frames", e.frames)
        .add("key_frames", e.key_frames)
        .add("packets", e.packets)
        .add("retransmissions", e.retransmissions)
        .add("plis", e.plis)
        .add("loss", e.loss)
        .add("jitter_ms", millis(e.jitter));
    b.bytes = e.bytes;
    b.frames = e.frames;
    own.add(o);
  }
  line.raw("own", own.text());

  std::map<wire::ParticipantNumber, std::vector<const client::StreamStats*>> streams;
  for (const client::StreamStats& stream : s.received) streams[stream.participant].push_back(&stream);
  JsonArray remote;
  for (const auto& [number, entry] : input.roster) {
    if (number == input.self) continue;
    JsonObject o;
    o.add("participant", number)
        .add("name", entry.name)
        .add("role", wire::word_of(entry.role))
        .add("client", wire::word_of(entry.client))
        .add("outer_leg", wire::word_of(entry.outer_leg))
        .add("connected", entry.connected);
    const client::DecodeStats decoded = input.decoded ? input.decoded(number) : client::DecodeStats{};
    const bool has_video = decoded.video_frames > 0 || std::ranges::any_of(entry.sources, client::is_video);
    o.add("frames_decoded", has_video ? decoded.video_frames : decoded.audio_frames);
    std::uint64_t decrypt_failures = 0;
    double all_packets = 0;
    double all_expected = 0;
    std::uint64_t undecryptable = 0;
    std::uint64_t wrong_sender = 0;
    std::uint64_t replayed = 0;
    for (const client::StreamStats* stream : streams[number]) {
      Before& b = before_[std::to_string(number) + "/" + std::string(wire::word_of(stream->kind))];
      const auto packets = static_cast<double>(stream->packets - std::min(stream->packets, b.packets));
      const auto expected = static_cast<double>(stream->expected - std::min(stream->expected, b.expected));
      all_packets += packets;
      all_expected += expected;
      JsonObject m;
      m.add("packets", stream->packets)
          .add("lost", stream->expected > stream->packets ? stream->expected - stream->packets : std::uint64_t{0})
          .add("loss", expected > 0 ? std::clamp(1.0 - packets / expected, 0.0, 1.0) : 0.0)
          .add("jitter_ms", millis(stream->jitter))
          .add("bitrate_bps", static_cast<double>(stream->bytes - std::min(stream->bytes, b.bytes)) * 8 / seconds)
          .add("frames", stream->frames);
      if (client::is_video(stream->kind)) {
        m.add("layer", stream->rid)
            .add("width", stream->width)
            .add("height", stream->height)
            .add("fps", static_cast<double>(stream->frames - std::min(stream->frames, b.frames)) / seconds)
            .add("key_frames", stream->key_frames)
            .add("skipped", stream->skipped_pictures)
            .add("nacks", stream->nacks)
            .add("retransmitted", stream->retransmitted)
            .add("plis", stream->plis)
            .add("decoded", decoded.video_frames)
            .add("decode_errors", decoded.video_failed)
            .add("delay_ms", millis(stream->video_delay));
      } else {
        m.add("decoded", decoded.audio_frames)
            .add("level_dbov", -static_cast<int>(decoded.level))
            .add("concealed", stream->audio.concealed)
            .add("recovered_by_fec", stream->audio.recovered_by_fec)
            .add("late", stream->audio.late)
            .add("delay_ms", millis(stream->audio.current_delay));
      }
      m.add("current", stream->current);
      b = {.packets = stream->packets, .expected = stream->expected, .bytes = stream->bytes, .frames = stream->frames};
      o.add(wire::word_of(stream->kind), m);
      decrypt_failures += stream->decrypt_failures;
      undecryptable += stream->undecryptable;
      wrong_sender += stream->wrong_sender;
      replayed += stream->replayed;
    }
    o.add("loss", all_expected > 0 ? std::clamp(1.0 - all_packets / all_expected, 0.0, 1.0) : 0.0)
        .add("decrypt_failures", decrypt_failures)
        .add("undecryptable", undecryptable)
        .add("wrong_sender", wrong_sender)
        .add("replayed", replayed);
    remote.add(o);
  }
  line.raw("remotes", remote.text());
  JsonArray events;
  for (const std::string& event : input.events) events.raw(event);
  line.raw("events", events.text());
  return line.text();
}

}  // namespace sealhall::cli
