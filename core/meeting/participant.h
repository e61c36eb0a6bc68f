// What a meeting knows about one join.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/meeting/permissions.h"
#include "core/meeting/types.h"

namespace sealhall::meeting {

struct Participant {
  ParticipantNumber number = 0;
  std::string name;
  std::string account;     ///< empty for guests
  std::string registrant;  ///< JoinRequest::registrant, maybe empty
  wire::Role role = wire::Role::participant;
  wire::ClientKind client = wire::ClientKind::native;
  wire::OuterLeg outer_leg = wire::OuterLeg::none_outside;
  Stage stage = Stage::waiting;
  std::uint32_t room = 0;       ///< with `in_room`: which
  bool waits_for_host = false;  ///< waiting only because the host is not there yet
  bool had_keys = false;        ///< was sent `Joined` at some time, so holds generations
  std::optional<ConnectionId> connection;
  std::string resume_secret;
  std::string device;  ///< wire::Join::device, maybe empty
  Instant deadline{};  ///< of admission, or of the grace time

  // Of the current join; a resumed one brings its own.
  std::optional<std::uint16_t> sender_index;
  Bytes hpke_public_key;
  Bytes sender_nonce;
  std::optional<wire::TransportParameters> remote;  ///< from the join; else the client says it of every transport
  std::uint32_t audio_slots = 0;
  std::uint32_t video_slots = 0;

  // Media.
  std::uint64_t attempt = 0;  ///< of the transport; 0: none
  std::optional<TransportReady> ready;
  std::optional<Instant> reopen_at;  ///< the transport was lost: make it again then
  std::uint32_t losses = 0;          ///< in a row
  bool remote_said = false;          ///< by the client, of this transport
  std::vector<std::string> codecs;   ///< it decodes in this transport besides VP8: some of wire::other_video_codecs
  bool codecs_told = false;          ///< it knows which ones everybody decodes
  bool connected = false;
  bool audio_muted = false;
  bool video_muted = false;
  bool asked_to_unmute = false;  ///< by a host: may switch the microphone on although participants may not
  std::vector<wire::PublishedSource> sources;
  bool told_to_share = false;  ///< whether that a screen is among them was told last
  std::vector<wire::VideoWish> wishes;

  wire::RecordingState recording = wire::RecordingState::off;
  wire::ConsentState consent = wire::ConsentState::not_asked;

  /// In the main room or in a breakout room.
  [[nodiscard]] bool is_somewhere() const noexcept { return stage == Stage::present || stage == Stage::in_room; }
  /// Pictures may reach it. One that has not said where its transport ends gets nothing yet.
  [[nodiscard]] bool receives_pictures() const noexcept {
    return attempt != 0 && video_slots != 0 && (remote || remote_said);
  }
  /// Admitted at some time: the others know of it, until it is gone.
  [[nodiscard]] bool in_roster() const noexcept { return had_keys; }
  [[nodiscard]] wire::RosterEntry roster_entry() const;
};

[[nodiscard]] constexpr bool is_audio(wire::SourceKind kind) noexcept {
  return kind == wire::SourceKind::audio || kind == wire::SourceKind::share_audio;
}
[[nodiscard]] constexpr bool is_share(wire::SourceKind kind) noexcept {
  return kind == wire::SourceKind::share || kind == wire::SourceKind::share_audio;
}
/// True when the list is one that the product's clients may send: kinds once, codecs and layers that fit, SSRCs unique.
[[nodiscard]] bool acceptable(const std::vector<wire::PublishedSource>& sources);
/// True when every wish names another video slot out of `slots`.
[[nodiscard]] bool acceptable(const std::vector<wire::VideoWish>& wishes, const std::vector<wire::Slot>& slots);

}  // namespace sealhall::meeting
