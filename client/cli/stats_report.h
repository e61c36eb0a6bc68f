// The JSON line of --stats: how the last second went, for us and for every remote participant.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "client/engine/decoder.h"
#include "client/engine/meeting_session.h"

namespace sealhall::cli {

/// What a line is made from.
struct StatsInput {
  Duration since_start{};
  std::string state;
  wire::ParticipantNumber self = 0;
  client::SessionStats session;
  std::map<wire::ParticipantNumber, wire::RosterEntry> roster;
  std::function<client::DecodeStats(wire::ParticipantNumber)> decoded;
  std::uint64_t left_out = 0;
  std::vector<std::string> events;  ///< JSON objects: what happened since the line before
};

/// Remembers the counters of the line before: rates, loss and frames a second are of the time between two lines.
class StatsReport {
 public:
  /// {"type":"stats","t":..,"state":..,"path":"udp"|"relay"|"",..,"own":[..],"remotes":[..],"events":[..]}
  std::string line(const StatsInput& input);

 private:
  struct Before {
    std::uint64_t packets = 0;
    std::uint64_t expected = 0;
    std::uint64_t bytes = 0;
    std::uint64_t frames = 0;
  };
  std::map<std::string, Before> before_;
  Duration last_{};
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

std::string state_word(client::SessionState state);

}  // namespace sealhall::cli
