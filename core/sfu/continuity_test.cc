// Whatever happens on the way to the server and whatever is chosen for a viewer: what the viewer gets is one stream a
// slot.
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "core/rtp/sequence.h"
#include "core/sfu/testing.h"

namespace sealhall::sfu {
namespace {

using namespace testing;  // NOLINT

/// One slot's packets in order of their numbers.
struct Stream {
  rtp::SeqUnwrapper sequences;
  std::map<std::uint64_t, Received> packets;
  std::size_t duplicates = 0;

  void add(Received received) {
    const std::uint64_t seq = rtp::value(sequences.unwrap(received.packet.sequence_number));
    if (!packets.emplace(seq, std::move(received)).second) ++duplicates;
  }
  [[nodiscard]] std::size_t holes() const {
    if (packets.empty()) return 0;
    return static_cast<std::size_t>(packets.rbegin()->first - packets.begin()->first + 1 - packets.size());
  }
};

struct Conditions {
  double loss = 0;
  double late = 0;
  double duplicate = 0;
  bool switch_source = false;
  bool change_rate = false;
};

/// Three senders of three layers, four viewers with two slots each, `steps` frames.
struct Run {
  Room room;
  std::vector<Client*> senders;
  std::vector<Client*> viewers;
  std::map<std::uint32_t, Stream> streams;  // by slot SSRC
  std::size_t lost = 0;

  explicit Run(std::uint64_t seed, const Conditions& conditions, int steps) : room({}, seed) {
    SeededRandom random{seed * 77};
    for (int i = 0; i < 3; ++i) {
      senders.push_back(&room.join(0, 0));
      room.publish(*senders.back(), 3, false);
    }
    for (int i = 0; i < 4; ++i) viewers.push_back(&room.join(0, 2));
    struct Late {
      Client* from;
      Bytes packet;
      Instant at;
    };
    std::deque<Late> late;
    std::map<Client*, std::vector<Received>> unacknowledged;
    for (int step = 0; step < steps; ++step) {
      if (step == 0 || (conditions.switch_source && random.chance(0.03))) {
        for (Client* viewer : viewers) {
          std::vector<std::pair<ParticipantNumber, std::uint32_t>> wishes;
          for (int i = 0; i < 2; ++i) {
            const std::uint32_t height =
                std::array<std::uint32_t, 4>{0, 180, 360, 720}[static_cast<std::size_t>(random.below(4))];
            wishes.emplace_back(senders[static_cast<std::size_t>(random.below(3))]->participant, height);
          }
          room.watch(*viewer, wishes);
        }
      }
      if (conditions.change_rate && random.chance(0.1)) {
        for (Client* viewer : viewers) {
          const rtp::rtcp::Message remb{
              rtp::rtcp::Remb{.sender_ssrc = 1, .bitrate_bps = 100'000 + random.below(3'000'000), .ssrcs = {}}};
          room.forwarder.on_rtcp(viewer->handle, {&remb, 1}, room.now);
        }
      }
      room.answer_key_requests();
      for (Client* sender : senders) {
        for (VideoEncoder& encoder : sender->camera) {
          for (Bytes& packet :
               encoder.frame(1 + static_cast<int>(random.below(4)), 60 + static_cast<std::size_t>(random.below(900)))) {
            if (random.chance(conditions.loss)) {
              ++lost;
            } else if (random.chance(conditions.late)) {
              late.push_back({sender, std::move(packet), room.now + milliseconds{random.below(120)}});
            } else {
              room.feed(*sender, packet);
              if (random.chance(conditions.duplicate)) room.feed(*sender, packet);
            }
          }
        }
      }
      room.flush();
      room.advance(milliseconds{random.below(10)});
      std::erase_if(late, [&](const Late& each) {
        if (each.at <= room.now) room.feed(*each.from, each.packet);
        return each.at <= room.now;
      });
      room.flush();
      room.advance(milliseconds{25 + random.below(8)});
      for (Client* viewer : viewers) {
        std::vector<Received> got = room.take(*viewer);
        if (conditions.change_rate) room.acknowledge(*viewer, got);
        for (Received& each : got) streams[each.packet.ssrc].add(std::move(each));
      }
    }
    // What still waits for its turn.
    room.advance(milliseconds{300});
    for (Client* viewer : viewers) {
      for (Received& each : room.take(*viewer)) streams[each.packet.ssrc].add(std::move(each));
    }
  }
};

/// Numbers used once, timestamps that never go back; after a change of the encoding a key frame first; a higher
/// temporal layer only after a frame that may be switched to.
void check_stream(const Stream& stream, bool lossless) {
  std::uint32_t timestamp = stream.packets.begin()->second.packet.timestamp;
  std::uint32_t encoding = 0;
  std::uint16_t picture = 0;
  std::uint64_t last_seq = 0;
  std::array<std::int64_t, 4> last_of_layer{-1, -1, -1, -1};
  std::int64_t last_number = -1;
  std::size_t backwards = 0;
  std::size_t not_started = 0;
  std::size_t pictures_wrong = 0;
  std::size_t undecodable = 0;
  std::size_t tl0_wrong = 0;
  std::optional<std::uint8_t> tl0;
  for (const auto& [seq, received] : stream.packets) {
    if (received.packet.payload.empty()) continue;  // a filler
    if (static_cast<std::int32_t>(received.packet.timestamp - timestamp) < 0) ++backwards;
    const std::optional<FrameMark> mark = frame_mark(received.packet.payload);
    REQUIRE(mark.has_value());
    const bool first = last_seq == 0;
    const bool new_source = mark->ssrc != encoding;
    // The same key frame may come again: a slot that was paused for a moment begins with it anew.
    const bool again = mark->key && mark->packet == 0;
    const bool new_frame = new_source || again || static_cast<std::int64_t>(mark->number) != last_number;
    if (new_source && !(mark->key && (mark->packet == 0 || !lossless))) ++not_started;
    if (new_frame) {
      if (!first && received.packet.timestamp == timestamp) ++backwards;
      if (!first && lossless && mark->descriptor.picture_id != ((picture + 1) & 0x7fff)) ++pictures_wrong;
      if (mark->temporal == 0) {
        if (tl0 && lossless && *mark->descriptor.tl0_picture_index != static_cast<std::uint8_t>(*tl0 + 1)) ++tl0_wrong;
        tl0 = mark->descriptor.tl0_picture_index;
      } else if (lossless && tl0 != mark->descriptor.tl0_picture_index) {
        ++tl0_wrong;
      }
      if (mark->key) last_of_layer.fill(mark->number);
      // In the pattern T0 T2 T1 T2 a frame of a layer needs the one of that layer before it, unless it is a sync frame.
      const std::int64_t distance = mark->temporal == 2 ? 2 : 4;
      if (lossless && mark->temporal != 0 && !mark->descriptor.layer_sync && !mark->key &&
          mark->number - last_of_layer[mark->temporal] > distance) {
        ++undecodable;
      }
      last_of_layer[mark->temporal] = mark->number;
    }
    encoding = mark->ssrc;
    last_number = mark->number;
    picture = mark->descriptor.picture_id.value_or(0);
    timestamp = received.packet.timestamp;
    last_seq = seq;
  }
  CHECK(backwards == 0);
  CHECK(not_started == 0);
  CHECK(pictures_wrong == 0);
  CHECK(tl0_wrong == 0);
  CHECK(undecodable == 0);
}

TEST_CASE(
    "continuity: without loss numbers, picture ids and TL0PICIDX have no hole, through switches of source and layer") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    const Run run{seed, {.switch_source = true, .change_rate = true}, 400};
    std::size_t packets = 0;
    for (const auto& [ssrc, stream] : run.streams) {
      packets += stream.packets.size();
      CHECK(stream.duplicates == 0);
      CHECK(stream.holes() == 0);
      check_stream(stream, true);
    }
    CHECK(packets > 2000);
  }
}

TEST_CASE("continuity: reordering and duplication leave no hole either") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    const Run run{seed, {.late = 0.05, .duplicate = 0.05}, 300};
    for (const auto& [ssrc, stream] : run.streams) {
      CHECK(stream.duplicates == 0);
      // A packet that comes after its slot has switched to another layer is lost; nothing needs it any more.
      CHECK(stream.holes() * 100 <= stream.packets.size());
      check_stream(stream, false);
    }
  }
}

TEST_CASE("continuity: loss, reordering, duplication, switches and changing bandwidth together") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    const Run run{
        seed, {.loss = 0.05, .late = 0.05, .duplicate = 0.02, .switch_source = true, .change_rate = true}, 400};
    for (const auto& [ssrc, stream] : run.streams) {
      CHECK(stream.duplicates == 0);
      check_stream(stream, false);
      // Holes are what was lost on the way here, never more.
      CHECK(stream.holes() <= run.lost);
      CHECK(stream.holes() * 5 <= stream.packets.size());
    }
  }
}

}  // namespace
}  // namespace sealhall::sfu
