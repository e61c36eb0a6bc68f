#include "tests/support/meeting_world.h"

#include <algorithm>
#include <utility>

namespace sealhall::meeting::testing {

World::World(Settings settings, std::uint64_t seed, Times times)
    : random(seed), meeting(with_ids(std::move(settings)), times, random, passcodes, now) {}
World::~World() = default;

void World::feed(Input input) {
  Outbox out;
  meeting.handle(input, now, out);
  take(out);
  settle();
}

void World::settle() {
  while ((kms_answers && !kms_queue.empty()) || (media_answers && !media_queue.empty()) ||
         (store_answers && !store_queue.empty())) {
    Outbox out;
    if (store_answers && !store_queue.empty()) {
      const KeepRecord keep = std::move(store_queue.front());
      store_queue.pop_front();
      if (store_works) {
        const std::pair key{std::string{wire::kind_of(keep.record)}, wire::number_of(keep.record)};
        records.insert_or_assign(key, keep.record);
        settled.insert(wire::encode(keep.record));
      }
      meeting.handle(Kept{keep.request, store_works}, now, out);
    } else if (kms_answers && !kms_queue.empty()) {
      answer_kms(out);
    } else {
      const OpenTransport open = media_queue.front();
      media_queue.pop_front();
      meeting.handle(ready_for(open), now, out);
    }
    take(out);
  }
}

void World::answer_kms(Outbox& out) {
  const Output request = kms_queue.front();
  kms_queue.pop_front();
  if (const auto* make = std::get_if<MakeKeys>(&request)) {
    kms_newest = std::max(kms_newest, make->after) + 1;
    meeting.handle(KeysMade{make->request, kms_newest}, now, out);
  } else if (const auto* seal = std::get_if<SealKeys>(&request)) {
    meeting.handle(KeysSealed{seal->request, {seal->generation, Bytes(32), Bytes(48)}}, now, out);
  }
}

TransportReady World::ready_for(const OpenTransport& open) {
  TransportReady ready;
  ready.participant = open.participant;
  ready.attempt = open.attempt;
  ready.local.ice_ufrag = "ufrag" + std::to_string(open.attempt);
  std::uint32_t ssrc = 1000;
  for (std::uint32_t i = 0; i < open.audio_slots; ++i) ready.slots.push_back({i, false, ssrc++, 0});
  for (std::uint32_t i = 0; i < open.video_slots; ++i) {
    ready.slots.push_back({open.audio_slots + i, true, ssrc, ssrc + 1});
    ssrc += 2;
  }
  return ready;
}

void World::pass(Duration d) {
  const Instant end = now + d;
  for (auto next = meeting.next_deadline(); next && *next <= end; next = meeting.next_deadline()) {
    now = std::max(now, *next);
    feed(Timeout{});
  }
  now = end;
}

wire::Join World::join_message(std::string name) {
  wire::Join join;
  join.meeting_id = "m";
  join.name = std::move(name);
  join.hpke_public_key = Bytes(32, 1);
  join.sender_nonce = Bytes(16, 2);
  join.audio_slots = 2;
  join.video_slots = 4;
  return join;
}

ConnectionId World::join(std::string name, std::optional<Account> account) {
  const ConnectionId c = connect();
  feed(JoinRequest{c, join_message(std::move(name)), "test", std::move(account)});
  return c;
}

ConnectionId World::join_host() { return join("Host", Account{"owner", "Owner", true, false}); }

ConnectionId World::join_again(const wire::Joined& before, std::string name) {
  const ConnectionId c = connect();
  wire::Join join = join_message(std::move(name));
  join.resume = before.resume;
  join.sender_nonce = Bytes(16, 3);
  feed(JoinRequest{c, join, "test", std::nullopt});
  return c;
}

void World::send(ConnectionId c, wire::ClientMessage message) { feed(Message{c, std::move(message)}); }

void World::command(ConnectionId c, wire::HostAction action, std::optional<ParticipantNumber> p) {
  send(c, wire::HostCommand{action, p});
}

void World::acknowledge_keys(ConnectionId c) {
  // The numbers first: what is sent may bring new messages, and the pointers would not outlive them.
  std::vector<std::uint32_t> generations;
  for (const auto* m : all<wire::NewGeneration>(c)) generations.push_back(m->sealed.generation);
  for (const std::uint32_t generation : generations) send(c, wire::KeyReady{generation});
}

wire::Joined World::joined(ConnectionId c) const {
  const auto* j = last<wire::Joined>(c);
  return j == nullptr ? wire::Joined{} : *j;
}

std::optional<wire::ErrorCode> World::error(ConnectionId c) const {
  const auto* e = last<wire::Error>(c);
  return e == nullptr ? std::nullopt : std::optional{e->code};
}

std::optional<wire::EndReason> World::ended(ConnectionId c) const {
  const auto* e = last<wire::Ended>(c);
  return e == nullptr ? std::nullopt : std::optional{e->reason};
}

std::map<ParticipantNumber, wire::RosterEntry> World::roster(ConnectionId c) const {
  std::map<ParticipantNumber, wire::RosterEntry> out;
  const auto it = inbox.find(c);
  if (it == inbox.end()) return out;
  for (const auto& m : it->second) {
    if (const auto* j = std::get_if<wire::Joined>(&m)) {
      out.clear();
      for (const auto& e : j->roster) out[e.participant] = e;
    } else if (const auto* u = std::get_if<wire::RosterUpdate>(&m)) {
      for (const auto& e : u->changed) out[e.participant] = e;
      for (const auto n : u->gone) out.erase(n);
    }
  }
  return out;
}

Settings World::with_ids(Settings s) {
  s.meeting_id = "m";
  s.meeting_uuid = Bytes(16, 7);
  return s;
}

void World::take(Outbox& out) {
  for (Output& output : out) {
    log.push_back(output);
    if (auto* send = std::get_if<Send>(&output)) {
      for (const ConnectionId c : send->to) inbox[c].push_back(send->message);
    } else if (auto* close = std::get_if<CloseConnection>(&output)) {
      closed.insert(close->connection);
    } else if (auto* open = std::get_if<OpenTransport>(&output)) {
      transports[open->participant] = *open;
      media_queue.push_back(*open);
    } else if (auto* gone = std::get_if<CloseTransport>(&output)) {
      transports.erase(gone->participant);
      published.erase(gone->participant);
      std::erase_if(media_queue, [&](const OpenTransport& o) { return o.attempt == gone->attempt; });
    } else if (auto* p = std::get_if<SetPublished>(&output)) {
      published[p->participant] = *p;
    } else if (auto* s = std::get_if<SetSubscribed>(&output)) {
      subscribed[s->participant] = *s;
    } else if (std::holds_alternative<MakeKeys>(output) || std::holds_alternative<SealKeys>(output)) {
      kms_queue.push_back(output);
    } else if (auto* keep = std::get_if<KeepRecord>(&output)) {
      store_queue.push_back(*keep);
    } else if (auto* ban = std::get_if<Banned>(&output)) {
      banned.push_back(ban->key);
    } else if (auto* asked = std::get_if<RecordingAsked>(&output)) {
      recording_asked.push_back(*asked);
    } else if (auto* offer = std::get_if<FileOffered>(&output)) {
      offered.push_back(*offer);
    } else if (auto* want = std::get_if<FileWanted>(&output)) {
      wanted.push_back(*want);
    } else if (auto* change = std::get_if<PresenceChanged>(&output)) {
      presence.push_back(*change);
    } else if (std::holds_alternative<Finished>(output)) {
      finished = true;
    }
  }
  out.clear();
}

}  // namespace sealhall::meeting::testing
