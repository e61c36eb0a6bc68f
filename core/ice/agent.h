// The client's end of ICE: a controlling agent towards one ICE-lite server, over UDP and over a relay (RFC 8445, RFC
// 7675).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "core/ice/address.h"
#include "core/ice/credentials.h"
#include "core/ice/stun.h"

namespace sealhall::ice {

/// Names a way to the server for the life of an agent: one local socket (or relay) and one remote candidate.
enum class PathId : std::uint32_t {};
enum class PathKind : std::uint8_t {
  udp,    ///< direct; preferred whenever it works
  relay,  ///< through TURN; used while no UDP path works
};

struct AgentConfig {
  Credentials local;
  Credentials remote;
  /// First retransmission of a check; doubles up to `max_rto`. Smaller finds a path sooner under loss, larger sends
  /// less.
  Duration initial_rto = std::chrono::milliseconds{100};
  Duration max_rto = std::chrono::milliseconds{800};
  /// How long UDP is preferred at the start while only the relay has answered.
  Duration udp_head_start = std::chrono::milliseconds{600};
  /// RFC 7675 section 5.1: mean interval of consent checks, randomised by +-20 %.
  Duration consent_interval = std::chrono::seconds{5};
  Duration consent_timeout = std::chrono::seconds{30};
  /// Interval of checks on the selected path while media is expected to flow; after a late answer `urgent_interval`.
  Duration liveness_interval = std::chrono::milliseconds{400};
  Duration urgent_interval = std::chrono::milliseconds{75};
  /// A selected path with no answer for so long, and with `dead_after_probes` unanswered checks, is left.
  Duration dead_after = std::chrono::milliseconds{900};
  std::uint32_t dead_after_probes = 8;
  /// While on the relay: how often UDP is tried, and how long it must answer without a miss before media goes back to
  /// it.
  Duration udp_retry_interval = std::chrono::milliseconds{1500};
  Duration udp_stable_after = std::chrono::seconds{3};
  /// Each time UDP fails again soon after a return, the stable time doubles up to this.
  Duration udp_stable_max = std::chrono::seconds{20};
};

struct AgentTransmit {
  PathId path{};
  Address to;
  Bytes data;
};
enum class AgentEventKind : std::uint8_t {
  path_valid,     ///< a first check on the path was answered
  path_selected,  ///< media goes over this path from now on
  path_suspect,   ///< the selected path answers late: a good moment to make a relay ready
  path_dead,      ///< the path does not answer any more
  failed,         ///< no path has answered for the consent timeout
};
struct AgentEvent {
  AgentEventKind kind{};
  PathId path{};
};
/// What an agent wants done, in order. The caller owns it, empties it, and may reuse it.
struct AgentOutbox {
  std::vector<AgentTransmit> transmits;
  std::vector<AgentEvent> events;
};

/// Sans-IO. Feed with `add_path`, `on_datagram` and, when `next_deadline` has passed, `handle_timeout`.
class Agent {
 public:
  /// `random` must outlive the agent and be fit for secrets: transaction ids must not be guessable.
  Agent(AgentConfig config, RandomSource& random);

  /// Starts checking `remote` over a new path. At most 32 paths; nullopt beyond.
  std::optional<PathId> add_path(PathKind kind, const Address& remote, Instant now, AgentOutbox& out);
  /// The socket or relay of the path is gone. Another valid path is selected at once when this one was selected.
  void remove_path(PathId path, Instant now, AgentOutbox& out);

  /// A STUN message that came over `path` from `from`. What is not an answer to a check of ours, or a check with our
  /// password, changes nothing. Returns true when it was authenticated.
  bool on_datagram(PathId path, const Address& from, ByteView datagram, Instant now, AgentOutbox& out);

  /// Tells whether media should be flowing: then a dead path is noticed in about a second, otherwise by consent only.
  void set_media_expected(bool expected, Instant now) noexcept;

  /// The path nominated and confirmed; nullopt before the first.
  [[nodiscard]] std::optional<PathId> selected() const noexcept { return selected_; }
  /// Where to send now: the selected path, or before that the best valid one (RFC 8445 section 12.1 allows it).
  [[nodiscard]] std::optional<PathId> send_path() const noexcept;
  [[nodiscard]] std::optional<Address> remote(PathId path) const noexcept;
  [[nodiscard]] std::optional<PathKind> kind(PathId path) const noexcept;
  /// Smoothed round trip time of the path's checks; nullopt before the first answer.
  [[nodiscard]] std::optional<Duration> round_trip(PathId path) const noexcept;
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  /// When `handle_timeout` must next be called; nullopt when there is no path.
  [[nodiscard]] std::optional<Instant> next_deadline() const noexcept;
  void handle_timeout(Instant now, AgentOutbox& out);

 private:
  struct Probe {
    stun::TransactionId transaction{};
    Instant sent{};
    bool nominating = false;
  };
  struct Path {
    PathId id{};
    PathKind kind{};
    Address remote;
    bool valid = false;         // has answered, and is not dead
    bool suspect = false;       // told by an event
    std::uint32_t answers = 0;  // in the present run of being valid
    Instant valid_since{};
    Instant last_answer{};
    Instant next_check{};
    Duration rto{};             // while not valid
    std::vector<Probe> probes;  // not answered yet, oldest first, bounded
    std::optional<Duration> srtt;
  };

  [[nodiscard]] Path* find(PathId id) noexcept;
  [[nodiscard]] const Path* find(PathId id) const noexcept;
  [[nodiscard]] const Path* best_valid() const noexcept;
  [[nodiscard]] bool has_kind(PathKind kind) const noexcept;
  [[nodiscard]] bool in_use(const Path& path) const noexcept { return selected_ == path.id || nominating_ == path.id; }
  /// How late an answer is when it counts as missing.
  [[nodiscard]] Duration patience(const Path& path) const noexcept;
  [[nodiscard]] Duration idle_interval(const Path& path) noexcept;
  [[nodiscard]] Duration check_interval(Path& path, Instant now) noexcept;
  [[nodiscard]] std::size_t overdue(const Path& path, Instant now) const noexcept;
  void send_check(Path& path, Instant now, AgentOutbox& out);
  void on_answer(Path& path, std::size_t probe, Instant now, AgentOutbox& out);
  void answer_request(const Path& path, const stun::Message& request, AgentOutbox& out) const;
  void judge(Path& path, Instant now, AgentOutbox& out);
  void lose(Path& path, Instant now, AgentOutbox& out);
  void choose(Instant now, AgentOutbox& out);
  void nominate(PathId id, Instant now, AgentOutbox& out);

  AgentConfig config_;
  RandomSource& random_;
  std::uint64_t tie_breaker_ = 0;
  std::vector<Path> paths_;
  std::uint32_t next_id_ = 1;
  std::optional<PathId> selected_;
  std::optional<PathId> nominating_;
  Instant started_{};
  Instant last_answer_{};  // on any path
  Instant udp_selected_at_{};
  Duration udp_stable_{};
  bool media_expected_ = false;
  bool failed_ = false;
};

}  // namespace sealhall::ice
