// A meeting with pretended kms, media workers and connections around it, for tests: everything answers when told to.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/meeting/meeting.h"

namespace sealhall::meeting::testing {

using namespace std::chrono_literals;

class World {
 public:
  explicit World(Settings settings = {}, std::uint64_t seed = 1, Times times = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  SeededRandom random;
  PasscodeGuard passcodes;
  Instant now{1h};
  Meeting meeting;

  // What the outside saw.
  std::map<ConnectionId, std::vector<wire::ServerMessage>> inbox;
  std::set<ConnectionId> closed;
  std::vector<Output> log;  ///< every output in order
  std::map<ParticipantNumber, OpenTransport> transports;
  std::map<ParticipantNumber, SetPublished> published;
  std::map<ParticipantNumber, SetSubscribed> subscribed;
  std::deque<Output> kms_queue;  ///< requests that kms has not answered
  std::deque<OpenTransport> media_queue;
  std::deque<KeepRecord> store_queue;  ///< records that the store has not answered
  std::set<std::string> settled;       ///< as JSON: every version that the store has said it keeps
  std::map<std::pair<std::string, std::uint64_t>, wire::Record> records;  ///< what it holds
  std::vector<PresenceChanged> presence;
  std::vector<RecordingAsked> recording_asked;
  std::vector<FileOffered> offered;
  std::vector<FileWanted> wanted;
  std::vector<std::string> banned;
  bool store_answers = true;
  bool store_works = true;
  bool kms_answers = true;
  bool media_answers = true;
  std::uint32_t kms_newest = 0;
  bool finished = false;

  ConnectionId connect() { return ConnectionId{next_connection_++}; }

  void feed(Input input);
  /// Answers kms and media as far as they are switched on.
  void settle();
  void answer_kms(Outbox& out);
  static TransportReady ready_for(const OpenTransport& open);
  void pass(Duration d);

  static wire::Join join_message(std::string name);
  ConnectionId join(std::string name, std::optional<Account> account = std::nullopt);
  ConnectionId join_host();
  ConnectionId join_again(const wire::Joined& before, std::string name = "again");
  void send(ConnectionId c, wire::ClientMessage message);
  void command(ConnectionId c, wire::HostAction action, std::optional<ParticipantNumber> p = std::nullopt);
  void acknowledge_keys(ConnectionId c);

  template <class T>
  std::vector<const T*> all(ConnectionId c) const {
    std::vector<const T*> out;
    if (const auto it = inbox.find(c); it != inbox.end()) {
      for (const auto& m : it->second) {
        if (const T* t = std::get_if<T>(&m)) out.push_back(t);
      }
    }
    return out;
  }
  template <class T>
  const T* last(ConnectionId c) const {
    const auto list = all<T>(c);
    return list.empty() ? nullptr : list.back();
  }
  wire::Joined joined(ConnectionId c) const;
  std::optional<wire::ErrorCode> error(ConnectionId c) const;
  std::optional<wire::EndReason> ended(ConnectionId c) const;
  /// The roster as this connection knows it: Joined and every update.
  std::map<ParticipantNumber, wire::RosterEntry> roster(ConnectionId c) const;
  template <class T>
  std::size_t count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(log, [](const Output& o) { return std::holds_alternative<T>(o); }));
  }

 private:
  static Settings with_ids(Settings s);
  void take(Outbox& out);
  std::uint64_t next_connection_ = 1;
};

}  // namespace sealhall::meeting::testing
