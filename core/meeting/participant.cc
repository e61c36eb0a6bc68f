// Tested in meeting_test.cc
#include "core/meeting/participant.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sealhall::meeting {
namespace {

bool fits(std::string_view codec, bool audio) {
  if (audio) return codec == "opus";
  return codec == "vp8" || std::ranges::find(wire::other_video_codecs, codec) != wire::other_video_codecs.end();
}

}  // namespace

wire::RosterEntry Participant::roster_entry() const {
  wire::RosterEntry entry;
  entry.participant = number;
  entry.name = name;
  entry.role = role;
  entry.client = client;
  entry.outer_leg = outer_leg;
  entry.sender_index = sender_index.value_or(0);
  entry.sender_nonce = sender_nonce;
  entry.audio_muted = audio_muted;
  entry.video_muted = video_muted;
  entry.connected = connected && stage == Stage::present;
  for (const wire::PublishedSource& source : sources) entry.sources.push_back(source.kind);
  entry.recording = recording;
  entry.consent = consent;
  if (room != 0) entry.room = room;
  return entry;
}

bool acceptable(const std::vector<wire::PublishedSource>& sources) {
  std::vector<wire::SourceKind> kinds;
  std::vector<std::uint32_t> ssrcs;
  const auto is_new = [](auto& seen, auto value) {
    if (std::ranges::find(seen, value) != seen.end()) return false;
    seen.push_back(value);
    return true;
  };
  for (const wire::PublishedSource& source : sources) {
    if (!is_new(kinds, source.kind)) return false;
    const bool audio = is_audio(source.kind);
    if (!fits(source.codec, audio)) return false;
    if (source.encodings.empty() || source.encodings.size() > (audio ? 1U : 3U)) return false;
    std::vector<std::string_view> rids;
    for (const wire::Encoding& encoding : source.encodings) {
      constexpr std::array<std::string_view, 3> layers{"q", "h", "f"};
      const bool named = std::ranges::find(layers, encoding.rid) != layers.end();
      if (audio ? !encoding.rid.empty() : !named && !(encoding.rid.empty() && source.encodings.size() == 1))
        return false;
      if (!is_new(rids, std::string_view{encoding.rid})) return false;
      if (encoding.ssrc == 0 || !is_new(ssrcs, encoding.ssrc)) return false;
      if (encoding.rtx_ssrc != 0 && !is_new(ssrcs, encoding.rtx_ssrc)) return false;
    }
  }
  return true;
}

bool acceptable(const std::vector<wire::VideoWish>& wishes, const std::vector<wire::Slot>& slots) {
  std::vector<std::uint32_t> used;
  for (const wire::VideoWish& wish : wishes) {
    if (wish.kind != wire::SourceKind::camera && wish.kind != wire::SourceKind::share) return false;
    const auto slot = std::ranges::find_if(slots, [&](const wire::Slot& s) { return s.video && s.slot == wish.slot; });
    if (slot == slots.end() || std::ranges::find(used, wish.slot) != used.end()) return false;
    used.push_back(wish.slot);
  }
  return true;
}

}  // namespace sealhall::meeting
