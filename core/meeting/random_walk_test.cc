// Tested against everything that must always be true: thousands of seeded random steps through a meeting, every output
// checked.
#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::HostAction;

namespace {

/// Watches the outputs of a World in order and fails the test at the first one that breaks a promise.
class Watcher {
 public:
  explicit Watcher(World& w) : w_(w) {}

  void look() {
    for (; at_ < w_.log.size(); ++at_) std::visit([&](const auto& output) { see(output); }, w_.log[at_]);
    int hosts = 0;
    for (const auto& [number, p] : w_.meeting.participants()) hosts += p.role == wire::Role::host ? 1 : 0;
    REQUIRE(hosts <= 1);
    for (const ParticipantNumber number : removed) REQUIRE_FALSE(w_.meeting.participants().contains(number));
    if (w_.meeting.finished()) REQUIRE(open_.empty());
  }
  /// The log is forgotten, what was learned from it stays.
  void trim() {
    w_.log.clear();
    at_ = 0;
  }

  std::set<ParticipantNumber> removed;  ///< by the walk, before it sends the command
  std::uint32_t activations = 0;
  std::uint32_t joins = 0;
  std::uint32_t chats = 0;

 private:
  struct Link {
    bool joined = false;
    bool in_room = false;
    ParticipantNumber participant = 0;
    std::uint64_t join = 0;  ///< number of this join among all joins
    std::uint16_t sender_index = 0;
    std::set<std::uint32_t> generations;
    std::uint32_t active = 0;
  };

  void owns(Link& link, std::uint32_t generation) {
    REQUIRE(link.generations.insert(generation).second);
    const auto [it, is_new] = owners_.try_emplace({generation, link.sender_index}, link.join);
    REQUIRE((is_new || it->second == link.join));  // one join per (generation, sender index), for ever
  }

  void see(const Send& send) {
    for (const ConnectionId c : send.to) {
      REQUIRE_FALSE(closed_.contains(c));
      Link& link = links_[c];
      if (link.in_room) {
        // Of the main room's media keys nothing reaches who is in another room.
        REQUIRE_FALSE(std::holds_alternative<wire::NewGeneration>(send.message));
        REQUIRE_FALSE(std::holds_alternative<wire::ActivateGeneration>(send.message));
      } else if (!link.joined) {
        // The waiting room, and whoever was not let in: nothing but these.
        if (const auto* chat = std::get_if<wire::Chat>(&send.message)) {
          for (const wire::ChatMessage& m : chat->messages) REQUIRE(m.scope != wire::ChatScope::everyone);
        }
        REQUIRE(
            (std::holds_alternative<wire::Chat>(send.message) ||
             std::holds_alternative<wire::Acknowledged>(send.message) ||
             std::holds_alternative<wire::Waiting>(send.message) ||
             std::holds_alternative<wire::Joined>(send.message) || std::holds_alternative<wire::Error>(send.message) ||
             std::holds_alternative<wire::Ended>(send.message) || std::holds_alternative<wire::Pong>(send.message)));
      }
      if (const auto* m = std::get_if<wire::Joined>(&send.message)) {
        REQUIRE((!link.joined || link.in_room));
        REQUIRE_FALSE(removed.contains(m->participant));
        REQUIRE(admitted_.contains(m->participant));
        REQUIRE(m->generations.size() <= 8);
        link = {true, false, m->participant, ++joins, m->sender_index, {}, m->active_generation};
        bool has_active = false;
        for (const auto& g : m->generations) {
          owns(link, g.generation);
          has_active = has_active || g.generation == m->active_generation;
        }
        REQUIRE(has_active);
      } else if (const auto* n = std::get_if<wire::NewGeneration>(&send.message)) {
        REQUIRE_FALSE(removed.contains(link.participant));
        owns(link, n->sealed.generation);
      } else if (const auto* a = std::get_if<wire::ActivateGeneration>(&send.message)) {
        REQUIRE(link.generations.contains(a->generation));
        REQUIRE(a->generation >= link.active);
        link.active = a->generation;
        ++activations;
      }
    }
    if (const auto* a = std::get_if<wire::ActivateGeneration>(&send.message)) {
      REQUIRE(a->generation > active_);
      active_ = a->generation;
    }
    if (const auto* chat = std::get_if<wire::Chat>(&send.message)) {
      for (const wire::ChatMessage& m : chat->messages) see(m, send.to);
    }
    if (const auto* poll = std::get_if<wire::PollChanged>(&send.message)) {
      if (poll->poll.anonymous) {
        for (const wire::PollTally& tally : poll->poll.results) REQUIRE(tally.voters.empty());
      }
      if (poll->poll.state == wire::PollState::draft || (!poll->poll.results.empty() && !poll->poll.shared)) {
        for (const ConnectionId c : send.to) REQUIRE(is_host_now(c));
      }
    }
  }
  /// Chat is shown only when it is kept, and only to those whom it is for.
  void see(const wire::ChatMessage& m, const std::vector<ConnectionId>& to) {
    REQUIRE(w_.settled.contains(wire::encode(wire::Record{m})));
    ++chats;
    for (const ConnectionId c : to) {
      const Participant* p = person(c);
      if (p == nullptr) continue;  // has left within the same step
      if (m.scope == wire::ChatScope::direct) REQUIRE((m.from == p->number || m.to == p->number));
      if (m.scope == wire::ChatScope::hosts) REQUIRE((m.from == p->number || p->role >= wire::Role::cohost));
    }
  }
  const Participant* person(ConnectionId c) const {
    for (const auto& [number, p] : w_.meeting.participants()) {
      if (p.connection == c) return &p;
    }
    return nullptr;
  }
  bool is_host_now(ConnectionId c) const {
    const Participant* p = person(c);
    return p == nullptr || p->role >= wire::Role::cohost;
  }
  void see(const CloseConnection& close) { closed_.insert(close.connection); }
  void see(const OpenTransport& open) {
    REQUIRE_FALSE(removed.contains(open.participant));
    REQUIRE(open_.insert(open.participant).second);
    admitted_.insert(open.participant);
  }
  void see(const SetRemote& remote) {
    REQUIRE(open_.contains(remote.participant));
    REQUIRE(said_.insert(remote.attempt).second);  // once for each transport
  }
  void see(const CloseTransport& close) { REQUIRE(open_.erase(close.participant) == 1); }
  void see(const SetPublished& p) { REQUIRE(open_.contains(p.participant)); }
  void see(const SetSubscribed& s) { REQUIRE(open_.contains(s.participant)); }
  void see(const MakeKeys& make) { REQUIRE(make.after >= made_); }
  void see(const SealKeys& seal) {
    REQUIRE_FALSE(removed.contains(seal.participant));
    made_ = std::max(made_, seal.generation);
    sealed_for_.insert(seal.participant);
    const auto p = w_.meeting.participants().find(seal.participant);
    if (p != w_.meeting.participants().end()) REQUIRE(p->second.stage != Stage::waiting);
  }
  void see(const EraseKeys& erase) {
    if (erase.generation != 0) REQUIRE(erase.generation < w_.meeting.keys().active());
  }
  void see(const KeepRecord&) {}
  void see(const FileOffered&) {}
  void see(const FileWanted&) {}
  void see(const OpenRoom&) {}
  void see(const CloseRoom&) {}
  void see(const PlaceInRoom& place) {
    REQUIRE_FALSE(open_.contains(place.participant));
    links_[place.connection].in_room = true;
  }
  void see(const TakeFromRoom&) {}
  void see(const ResumeInRoom& resume) { links_[resume.request.connection].in_room = true; }
  void see(const Banned&) {}
  void see(const RecordingAsked&) {}
  void see(const PresenceChanged& change) {
    if (change.what == PresenceChanged::What::came) REQUIRE(came_.insert(change.participant).second);
    if (change.what == PresenceChanged::What::shares) REQUIRE(sharing_.insert(change.participant).second);
    if (change.what == PresenceChanged::What::stops_sharing) REQUIRE(sharing_.erase(change.participant) == 1);
    if (change.what == PresenceChanged::What::left) {
      REQUIRE_FALSE(sharing_.contains(change.participant));
      REQUIRE(came_.contains(change.participant));
      REQUIRE(left_.insert(change.participant).second);
    }
  }
  void see(const Finished&) {}

  World& w_;
  std::size_t at_ = 0;
  std::map<ConnectionId, Link> links_;
  std::map<std::pair<std::uint32_t, std::uint16_t>, std::uint64_t> owners_;
  std::set<ConnectionId> closed_;
  std::set<ParticipantNumber> open_;
  std::set<std::uint64_t> said_;  ///< attempts
  std::set<ParticipantNumber> admitted_;
  std::set<ParticipantNumber> sealed_for_;
  std::set<ParticipantNumber> came_;
  std::set<ParticipantNumber> sharing_;
  std::set<ParticipantNumber> left_;
  std::uint32_t active_ = 0;
  std::uint32_t made_ = 0;
};

class Walk {
 public:
  explicit Walk(std::uint64_t seed) : chance_(seed), w_(settings(seed), seed), watch_(w_) {}

  void run(int steps) {
    for (int i = 0; i < steps && !w_.meeting.finished(); ++i) {
      step();
      watch_.look();
      if (i % 64 == 0) watch_.trim();
    }
  }
  /// Everything answers again: what was owed must happen.
  void settle() {
    if (w_.meeting.finished()) return;
    w_.kms_answers = w_.media_answers = w_.store_answers = true;
    if (!std::exchange(kms_up_, true)) w_.feed(KmsReady{true});
    w_.settle();
    const std::uint32_t before = w_.meeting.keys().newest_made();
    w_.pass(45s);  // longer than any grace time
    for (int i = 0; i < 4 && w_.meeting.keys().active() != w_.meeting.keys().newest_made(); ++i) w_.pass(1s);
    watch_.look();
    if (w_.meeting.finished()) return;
    REQUIRE(w_.meeting.keys().newest_made() >= before);
    REQUIRE(w_.meeting.activities().ledger().waiting() == 0);
    REQUIRE(w_.meeting.keys().active() == w_.meeting.keys().newest_made());  // nothing is left half way
    for (const auto& [number, p] : w_.meeting.participants()) REQUIRE(p.stage != Stage::admitting);
  }
  [[nodiscard]] const Watcher& watcher() const { return watch_; }

 private:
  static Settings settings(std::uint64_t seed) {
    Settings s;
    if (seed % 3 == 0) s.passcode = "p";
    s.waiting_room = seed % 2 == 0;
    s.join_before_host = seed % 5 != 0;
    s.max_participants = 12;
    return s;
  }
  ConnectionId any_connection() {
    std::erase_if(connections_, [&](ConnectionId c) { return w_.closed.contains(c); });
    if (connections_.empty()) return w_.connect();
    return connections_[static_cast<std::size_t>(chance_.below(connections_.size()))];
  }
  ParticipantNumber any_participant() {
    const auto& all = w_.meeting.participants();
    if (all.empty() || chance_.chance(0.05)) return static_cast<ParticipantNumber>(chance_.below(50));
    return std::next(all.begin(), static_cast<std::ptrdiff_t>(chance_.below(all.size())))->first;
  }
  ConnectionId connection_of_somebody(wire::Role least) {
    for (const auto& [number, p] : w_.meeting.participants()) {
      if (p.stage == Stage::present && p.role >= least && chance_.chance(0.7)) return *p.connection;
    }
    return any_connection();
  }
  void join() {
    const ConnectionId c = w_.connect();
    wire::Join join = World::join_message("P");
    if (chance_.chance(0.9)) join.passcode = "p";
    std::optional<Account> account;
    if (chance_.chance(0.2))
      account = Account{"owner", "O", true, false};
    else if (chance_.chance(0.3))
      account = Account{"a" + std::to_string(chance_.below(5)), "A", false, false};
    if (chance_.chance(0.5) && !ever_.empty()) {
      const wire::Joined before = w_.joined(ever_[static_cast<std::size_t>(chance_.below(ever_.size()))]);
      if (!before.resume.empty()) join.resume = before.resume;
    }
    connections_.push_back(c);
    ever_.push_back(c);
    w_.feed(JoinRequest{c, join, "s" + std::to_string(chance_.below(4)), account});
  }
  void command() {
    const ConnectionId actor =
        connection_of_somebody(chance_.chance(0.8) ? wire::Role::cohost : wire::Role::participant);
    const auto action = chance_.chance(0.7) ? static_cast<HostAction>(chance_.below(13))  // not end_meeting
                                            : static_cast<HostAction>(14 + chance_.below(11));
    // Suspended, a walk would go nowhere for long.
    if (action == HostAction::suspend && chance_.chance(0.7)) return;
    const ParticipantNumber target = any_participant();
    // What a removal promises holds from the moment it is allowed.
    if (action == HostAction::remove || action == HostAction::ban) {
      Outbox ignored;
      const auto& all = w_.meeting.participants();
      const auto person = all.find(target);
      for (const auto& [number, p] : all) {
        if (p.connection != actor || person == all.end() || number == target) continue;
        const Target about{true, true, false, person->second.stage, person->second.role};
        if (may({p.stage, p.role}, action, about) == Verdict::allowed) watch_.removed.insert(target);
      }
    }
    w_.command(actor, action, chance_.chance(0.9) ? std::optional{target} : std::nullopt);
    // A command without its target was not carried out.
    if (w_.meeting.participants().contains(target)) watch_.removed.erase(target);
  }
  void media() {
    const ParticipantNumber number = any_participant();
    const auto it = w_.transports.find(number);
    const std::uint64_t attempt =
        it == w_.transports.end() || chance_.chance(0.1) ? chance_.below(20) : it->second.attempt;
    switch (chance_.below(4)) {
      case 0:
        return w_.feed(TransportUp{number, attempt});
      case 1:
        if (it != w_.transports.end() && it->second.attempt == attempt) lost(number);
        return w_.feed(TransportDown{number, attempt});
      case 2:
        return w_.feed(SlotsMoved{number, attempt, {}});
      default:
        return w_.feed(SpeakersMoved{{number}});
    }
  }
  void lost(ParticipantNumber number) {
    // A transport that the worker has lost needs no closing: pretend it was closed, so that the watcher's pairs stay
    // right.
    w_.log.emplace_back(CloseTransport{number, 0});
    w_.transports.erase(number);
  }
  void act() {
    const ConnectionId c = chance_.chance(0.3) ? connection_of_somebody(wire::Role::cohost) : any_connection();
    const std::uint64_t thing = 1 + chance_.below(30);
    switch (chance_.below(24)) {
      case 20:
        return w_.send(c, wire::Draw{.request = 1, .points = {1, 2, 3, 4}});
      case 22: {
        const auto p = w_.meeting.participants().find(any_participant());
        const bool ready = p != w_.meeting.participants().end() && p->second.ready;
        return w_.send(c, wire::ClientTransport{ready ? p->second.ready->local.ice_ufrag : "none", {}});
      }
      case 23:
        return w_.send(c, wire::RenewTransport{});
      case 21:
        return w_.send(c, wire::Erase{1, chance_.chance(0.9) ? std::optional{thing} : std::nullopt});
      case 16:
        w_.send(c, wire::PlanRooms{{{"A", {any_participant()}}, {"B", {}}}, chance_.chance(0.5)});
        return w_.send(c, wire::ControlRooms{wire::RoomsAction::open});
      case 17:
        return w_.send(c, wire::ControlRooms{wire::RoomsAction::close, static_cast<std::uint32_t>(chance_.below(20))});
      case 18:
        return w_.send(c, wire::EnterRoom{.request = 1,
                                          .room = static_cast<std::uint32_t>(chance_.below(3)),
                                          .hpke_public_key = Bytes(32, 1),
                                          .sender_nonce = Bytes(16, 2),
                                          .transport = {}});
      case 19:
        return w_.feed(LeftRoom{static_cast<std::uint32_t>(1 + chance_.below(2)), any_participant(), false});
      case 0:
      case 1:
      case 2:
        return w_.send(c, wire::SendChat{.request = thing,
                                         .scope = static_cast<wire::ChatScope>(chance_.below(4)),
                                         .to = any_participant(),
                                         .text = "t" + std::to_string(chance_.below(1000))});
      case 3:
        return w_.send(c, wire::EditChat{1, thing, "edited"});
      case 4:
        return w_.send(c, wire::DeleteChat{1, thing});
      case 5:
        return w_.send(c, wire::ReactToChat{1, thing, chance_.chance(0.5) ? "+1" : "-1", chance_.chance(0.7)});
      case 6:
        return w_.send(c, wire::ReadChat{thing, 10});
      case 7:
        return w_.send(c, wire::RaiseHand{chance_.chance(0.7)});
      case 8:
        return w_.send(c, wire::SetSpotlight{{any_participant()}});
      case 9:
        return w_.send(c, wire::SavePoll{1, {}, "P", chance_.chance(0.5), {{"Q", true, {"a", "b"}}}});
      case 10:
        return w_.send(c, wire::ControlPoll{1, 1 + chance_.below(4), static_cast<wire::PollAction>(chance_.below(5))});
      case 11:
        return w_.send(c, wire::Vote{1, 1 + chance_.below(4), {{{0}}}});
      case 12:
        return w_.send(c, wire::AskQuestion{1, "Q", chance_.chance(0.5)});
      case 13:
        return w_.send(c, wire::UpvoteQuestion{1, thing, chance_.chance(0.7)});
      case 14:
        return w_.send(c, wire::SetRecording{1, static_cast<wire::RecordingState>(chance_.below(3))});
      default:
        w_.store_works = chance_.chance(0.9);
        w_.store_answers = chance_.chance(0.7);
        return w_.settle();
    }
  }
  void kms() {
    if (kms_up_ && chance_.chance(0.3)) {
      kms_up_ = false;
      w_.kms_queue.clear();
      w_.feed(KmsLost{});
    } else if (!kms_up_) {
      kms_up_ = true;
      const bool forgot = chance_.chance(0.5);
      if (forgot) w_.kms_newest = 0;
      w_.feed(KmsReady{forgot});
    }
  }
  void step() {
    switch (chance_.below(17)) {
      case 13:
      case 14:
      case 15:
      case 16:
        return act();
      case 0:
      case 1:
        return join();
      case 2:
      case 3:
        return command();
      case 4: {
        const ConnectionId c = any_connection();
        return chance_.chance(0.5) ? w_.feed(Disconnected{c}) : w_.send(c, wire::Leave{});
      }
      case 5:
        return w_.acknowledge_keys(any_connection());
      case 6:
        return w_.pass(Duration{static_cast<std::int64_t>(chance_.below(3'000'000))});
      case 7:
        return media();
      case 8:
        return kms();
      case 9:
        w_.kms_answers = chance_.chance(0.8);
        return w_.settle();
      case 10:
        w_.media_answers = chance_.chance(0.8);
        return w_.settle();
      case 11:
        return w_.send(any_connection(), wire::Publish{{{wire::SourceKind::audio, "opus", {{"", 9, 0, 0, 0, 0}}}}});
      default:
        return chance_.chance(0.05) ? w_.pass(31min) : w_.send(any_connection(), wire::KeyReady{7});
    }
  }

  SeededRandom chance_;
  World w_;
  Watcher watch_;
  std::vector<ConnectionId> connections_;  ///< not closed by the meeting
  std::vector<ConnectionId> ever_;
  bool kms_up_ = true;
};

}  // namespace

TEST_CASE("meeting: random walks keep every promise") {
  std::uint32_t joins = 0;
  std::uint32_t activations = 0;
  std::size_t removals = 0;
  std::uint32_t chats = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Walk walk{seed};
    for (int round = 0; round < 4; ++round) {
      walk.run(330);
      walk.settle();
    }
    joins += walk.watcher().joins;
    activations += walk.watcher().activations;
    removals += walk.watcher().removed.size();
    chats += walk.watcher().chats;
  }
  // The walk must really have been somewhere.
  CHECK(joins > 2500);
  CHECK(activations > 2000);
  CHECK(removals > 100);
  CHECK(chats > 1000);
}

TEST_CASE("meeting: whoever is removed cannot open what is sealed two seconds later, whatever the others do") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    SeededRandom chance{seed};
    World w{{}, seed};
    const auto host = w.join_host();
    std::vector<ConnectionId> people;
    for (int i = 0; i < 12; ++i) people.push_back(w.join("P"));
    w.pass(1s);
    for (int i = 0; i < 6; ++i) {
      const ParticipantNumber victim = w.joined(people[static_cast<std::size_t>(i) * 2]).participant;
      const std::uint32_t known = w.meeting.keys().newest_made();
      w.command(host, HostAction::remove, victim);
      // Others come, go, acknowledge or stay silent meanwhile.
      const Instant end = w.now + 2s;
      while (w.now < end) {
        if (chance.chance(0.3)) w.acknowledge_keys(people[static_cast<std::size_t>(chance.below(people.size()))]);
        if (chance.chance(0.2)) w.join("new");
        if (chance.chance(0.1)) w.command(host, HostAction::new_keys);
        w.pass(std::min<Duration>(end - w.now, Duration{static_cast<std::int64_t>(chance.below(400'000))}));
      }
      CHECK(w.meeting.keys().active() > known);
    }
  }
}
