// Writes down what meetings were held and who was there: hears what happens in live meetings, seals names and topics,
// and closes after a crash what was open.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/wire/media_channel.h"
#include "io/net/clock.h"
#include "io/net/timer.h"
#include "server/control/live_events.h"
#include "server/v2/run_content.h"
#include "store/history.h"
#include "store/quality.h"

namespace sealhall::control {

class HistoryKeeper {
 public:
  /// What the schedule knows of a meeting; nullopt when it knows nothing. Answers always.
  using Describe =
      std::function<void(const std::string& meeting_id, std::function<void(std::optional<v2::RunContent>)> done)>;
  struct Parts {
    io::Loop& loop;
    store::Engine& engine;
    vault::Vault& vault;
    const io::WallClock& clock;
    Describe describe;
  };
  /// How exactly the end of a meeting is known that a crash has ended. Shorter costs a write more often.
  static constexpr Duration seen_every = std::chrono::seconds{20};
  static constexpr Duration forget_every = std::chrono::hours{1};

  /// Closes what was open. The parts must outlive the keeper.
  explicit HistoryKeeper(Parts parts);

  void saw(const LiveEvent& event);
  void published(const Bytes& uuid, const meeting::SetPublished& sources);
  /// How well media went for somebody in the last seconds.
  void went(const Bytes& uuid, meeting::ParticipantNumber participant, const wire::media::TransportQuality& quality);

 private:
  /// A write that waits until what it needs is sealed, and until those before it are on their way.
  struct Step {
    std::function<void()> act;
    bool ready = false;
  };
  struct Run {
    store::MeetingRun row;
    std::deque<std::shared_ptr<Step>> steps;
    std::int64_t visits = 0;
    struct Here {
      std::int64_t visit = 0;
      std::int64_t used = 0;
    };
    std::map<meeting::ParticipantNumber, Here> here;
  };

  void tick();
  void start(const LiveEvent& event);
  void came(const std::shared_ptr<Run>& run, const LiveEvent& event);
  void later(const std::shared_ptr<Run>& run, std::function<void()> act);
  void flush(const std::shared_ptr<Run>& run);

  Parts parts_;
  store::History history_;
  store::Quality quality_;
  store::Schedule schedule_;
  Instant forget_at_{};
  std::map<std::string, std::shared_ptr<Run>> running_;  ///< by uuid
  io::Ticker tick_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sealhall::control
