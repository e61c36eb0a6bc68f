// Who is shown where at a moment of a recording: gallery or speaker, a shared screen first. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/recording/journal.h"
#include "core/wire/recorder_channel.h"

namespace sealhall::composer {

struct Rect {
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  bool operator==(const Rect&) const noexcept = default;
};
struct Tile {
  Rect at;
  wire::ParticipantNumber participant = 0;
  bool share = false;  ///< the shared screen instead of the camera
  bool operator==(const Tile&) const noexcept = default;
};

/// What is known of a moment.
struct Moment {
  std::vector<wire::ParticipantNumber> present;  ///< in the order in which they came
  std::vector<wire::ParticipantNumber> loudest;  ///< loudest first
  std::vector<wire::ParticipantNumber> sharing;  ///< who share a screen
};

/// At most so many people at once; those who spoke last come first then.
inline constexpr std::size_t most_tiles = 25;

/// Tiles of even place and size inside of width x height (both even).
std::vector<Tile> arrange(const Moment& moment, wire::recorder::Layout layout, std::uint32_t width,
                          std::uint32_t height);

/// The rectangle of aspect `width:height` that fills `into` best without cutting, centred, even.
Rect fit(std::uint32_t width, std::uint32_t height, const Rect& into);

/// Follows a timeline. Times must ascend.
class SceneClock {
 public:
  explicit SceneClock(std::vector<recording::TimelineLine> lines);
  /// Somebody who has a track but whose coming is not in the timeline (its end was lost).
  void assume(wire::ParticipantNumber participant, const std::string& name, std::uint64_t from_ms, std::uint64_t to_ms);
  const Moment& at(std::uint64_t ms);
  [[nodiscard]] std::string name_of(wire::ParticipantNumber participant) const;

 private:
  struct Assumed {
    wire::ParticipantNumber participant = 0;
    std::uint64_t from_ms = 0;
    std::uint64_t to_ms = 0;
  };
  std::vector<recording::TimelineLine> lines_;
  std::vector<Assumed> assumed_;
  std::size_t next_ = 0;
  std::vector<wire::ParticipantNumber> came_;
  std::vector<wire::ParticipantNumber> ever_;
  std::map<wire::ParticipantNumber, std::string> names_;
  Moment moment_;
};

}  // namespace sealhall::composer
