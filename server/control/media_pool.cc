// Tested in signalling_test.cc
#include "server/control/media_pool.h"

#include <algorithm>

#include "io/log/log.h"

namespace sealhall::control {
namespace {

namespace media = wire::media;

/// A worker that carries the meeting already is taken as long as it has at most this many transports more than the
/// emptiest one. Larger keeps meetings together (fewer packets between workers), smaller spreads them more evenly.
constexpr std::size_t togetherness = 24;

}  // namespace

void MediaPool::connected(std::shared_ptr<Peer> peer, const media::Hello& hello) {
  const std::uint32_t number = hello.worker;
  if (workers_.contains(number)) lost(number);
  peer->on_message = [this, number](std::string_view message) { on_message(number, message); };
  peer->on_closed = [this, number] { lost(number); };
  workers_[number] = {std::move(peer), hello.candidates, {}, {}};
  io::log::info("media worker is here", {{"worker", number}, {"pid", hello.pid}});
  if (events_.on_worker) events_.on_worker(number, true);
  std::vector<TransportId> waiting;
  for (const auto& [id, transport] : transports_) {
    if (!transport.worker) waiting.push_back(id);
  }
  for (const TransportId id : waiting) assign(id);
}

void MediaPool::lost(std::uint32_t number) {
  const auto it = workers_.find(number);
  if (it == workers_.end()) return;
  const Worker worker = std::move(it->second);
  workers_.erase(it);
  worker.peer->on_message = nullptr;
  worker.peer->on_closed = nullptr;
  io::log::warning("media worker is away", {{"worker", number}, {"transports", worker.transports.size()}});
  if (events_.on_worker) events_.on_worker(number, false);
  std::vector<Transport> gone;
  std::set<std::string> keys;
  for (const TransportId id : worker.transports) {
    const auto transport = transports_.find(id);
    if (transport == transports_.end()) continue;
    keys.insert(transport->second.place.first);
    gone.push_back(std::move(transport->second));
    by_place_.erase(gone.back().place);
    transports_.erase(transport);
  }
  for (const std::string& key : keys) tell_workers(key);
  for (const Transport& transport : gone) {
    for (const std::uint32_t other : workers_of(transport.place.first)) {
      send(other, media::SetRemotePublished{transport.place.first, transport.place.second, number, {}});
    }
  }
  // Each meeting opens them again, on another worker at once or when this one is back.
  for (const Transport& transport : gone) {
    events_.to_meeting(transport.place.first, meeting::TransportDown{transport.place.second, transport.open.attempt});
  }
}

void MediaPool::open(const std::string& key, const meeting::OpenTransport& open) {
  const TransportId id = next_id_++;
  const Place place{key, open.participant};
  by_place_[place] = id;
  transports_[id] = {place, open, std::nullopt, std::nullopt, std::nullopt};
  assign(id);
}

std::optional<std::uint32_t> MediaPool::choose(const std::string& key) const {
  if (workers_.empty()) return std::nullopt;
  const auto load = [](const auto& entry) { return entry.second.transports.size(); };
  const auto emptiest = std::ranges::min_element(workers_, {}, load);
  std::optional<std::uint32_t> best;
  for (const std::uint32_t number : workers_of(key)) {
    const std::size_t here = workers_.at(number).transports.size();
    if (here > load(*emptiest) + togetherness) continue;
    if (!best || here < workers_.at(*best).transports.size()) best = number;
  }
  return best ? best : std::optional{emptiest->first};
}

void MediaPool::assign(TransportId id) {
  Transport& transport = transports_.at(id);
  const std::string& key = transport.place.first;
  const auto chosen = choose(key);
  if (!chosen) return;
  const std::set<std::uint32_t> before = workers_of(key);
  transport.worker = *chosen;
  workers_.at(*chosen).transports.insert(id);
  media::OpenTransport message;
  message.transport = id;
  message.meeting = key;
  message.participant = transport.open.participant;
  message.sender_index = transport.open.sender_index;
  message.remote = transport.open.remote;
  message.audio_slots = transport.open.audio_slots;
  message.video_slots = transport.open.video_slots;
  for (const std::uint32_t other : before) {
    if (other != *chosen) message.peer_workers.push_back(other);
  }
  send(*chosen, message);
  if (!before.contains(*chosen)) {
    tell_workers(key);
    for (const auto& [other_id, other] : transports_) {
      if (other.place.first == key && other.worker && *other.worker != *chosen) tell_remote(other, *chosen);
    }
  }
  if (transport.published) tell_published(transport, id);
  if (transport.subscribed)
    send(*chosen, media::SetSubscribed{id, transport.subscribed->videos, transport.subscribed->withheld});
}

std::set<std::uint32_t> MediaPool::workers_of(const std::string& key) const {
  std::set<std::uint32_t> out;
  for (auto it = by_place_.lower_bound({key, 0}); it != by_place_.end() && it->first.first == key; ++it) {
    if (const auto& worker = transports_.at(it->second).worker) out.insert(*worker);
  }
  return out;
}

void MediaPool::tell_workers(const std::string& key) {
  const std::set<std::uint32_t> workers = workers_of(key);
  const media::MeetingWorkers message{key, {workers.begin(), workers.end()}};
  for (const std::uint32_t worker : workers) send(worker, message);
}

void MediaPool::close(const std::string& key, wire::ParticipantNumber participant, std::uint64_t attempt) {
  TransportId id = 0;
  const Transport* transport = find(key, participant, &id);
  if (transport == nullptr || transport->open.attempt != attempt) return;
  if (transport->worker) send(*transport->worker, media::CloseTransport{id});
  forget(id);
}

/// Takes a transport out of the books and tells the other workers of its meeting.
void MediaPool::forget(TransportId id) {
  const auto it = transports_.find(id);
  const Transport transport = std::move(it->second);
  transports_.erase(it);
  by_place_.erase(transport.place);
  if (!transport.worker) return;
  if (const auto worker = workers_.find(*transport.worker); worker != workers_.end())
    worker->second.transports.erase(id);
  const std::string& key = transport.place.first;
  const std::set<std::uint32_t> left = workers_of(key);
  if (transport.published && !transport.published->sources.empty()) {
    for (const std::uint32_t other : left) {
      if (other != *transport.worker) {
        send(other, media::SetRemotePublished{key, transport.place.second, *transport.worker, {}});
      }
    }
  }
  if (!left.contains(*transport.worker)) {
    send(*transport.worker, media::MeetingWorkers{key, {}});
    tell_workers(key);
  }
}

void MediaPool::set_remote(const std::string& key, const meeting::SetRemote& remote) {
  TransportId id = 0;
  const Transport* transport = find(key, remote.participant, &id);
  if (transport == nullptr || transport->open.attempt != remote.attempt || !transport->worker) return;
  send(*transport->worker, media::SetRemote{id, remote.remote});
}

void MediaPool::set_published(const std::string& key, const meeting::SetPublished& published) {
  TransportId id = 0;
  Transport* transport = find(key, published.participant, &id);
  if (transport == nullptr) return;
  transport->published = published;
  if (transport->worker) tell_published(*transport, id);
}

void MediaPool::tell_published(const Transport& transport, TransportId id) {
  const meeting::SetPublished& p = *transport.published;
  send(*transport.worker, media::SetPublished{id, p.sources, p.audio_allowed, p.video_allowed});
  for (const std::uint32_t other : workers_of(transport.place.first)) {
    if (other != *transport.worker) tell_remote(transport, other);
  }
}

void MediaPool::tell_remote(const Transport& transport, std::uint32_t to) const {
  if (!transport.published) return;
  send(to, media::SetRemotePublished{transport.place.first, transport.place.second, *transport.worker,
                                     transport.published->sources});
}

void MediaPool::set_subscribed(const std::string& key, const meeting::SetSubscribed& subscribed) {
  TransportId id = 0;
  Transport* transport = find(key, subscribed.participant, &id);
  if (transport == nullptr) return;
  transport->subscribed = subscribed;
  if (transport->worker) send(*transport->worker, media::SetSubscribed{id, subscribed.videos, subscribed.withheld});
}

std::optional<std::uint32_t> MediaPool::worker_at(const std::string& address, std::uint16_t port) const {
  for (const auto& [number, worker] : workers_) {
    for (const auto& candidate : worker.candidates) {
      if (candidate.address == address && (port == 0 || candidate.port == port)) return number;
    }
  }
  return std::nullopt;
}

std::vector<WorkerStatus> MediaPool::status() const {
  std::vector<WorkerStatus> out;
  for (const auto& [number, worker] : workers_) {
    out.push_back({number, static_cast<std::uint32_t>(worker.transports.size()), worker.stats, worker.candidates});
  }
  return out;
}

void MediaPool::on_message(std::uint32_t number, std::string_view text) {
  auto message = wire::decode_media_worker(text);
  if (!message) {
    io::log::error(
        "a media worker sent what is not understood",
        {{"worker", number}, {"error", wire::name_of(message.error().kind)}, {"field", message.error().field}});
    workers_.at(number).peer->close();
    return;
  }
  if (auto* m = std::get_if<media::TransportReady>(&*message)) {
    Transport* t = of(number, m->transport);
    if (t == nullptr) return;
    const auto [key, participant] = t->place;
    events_.to_meeting(key, meeting::TransportReady{participant, t->open.attempt, std::move(m->local),
                                                    events_.relay_credentials(key, participant), std::move(m->slots)});
  } else if (auto* up = std::get_if<media::TransportConnected>(&*message)) {
    if (const Transport* t = of(number, up->transport)) {
      io::log::debug("media is connected", {{"profile", up->srtp_profile}, {"relayed", up->relayed}});
      events_.to_meeting(t->place.first, meeting::TransportUp{t->place.second, t->open.attempt});
    }
  } else if (auto* down = std::get_if<media::TransportLost>(&*message)) {
    const Transport* t = of(number, down->transport);
    if (t == nullptr) return;
    io::log::info("media transport is lost", {{"reason", down->reason}});
    const Place place = t->place;
    const std::uint64_t attempt = t->open.attempt;
    forget(down->transport);
    events_.to_meeting(place.first, meeting::TransportDown{place.second, attempt});
  } else if (auto* slots = std::get_if<media::SlotsChanged>(&*message)) {
    if (const Transport* t = of(number, slots->transport)) {
      events_.to_meeting(t->place.first,
                         meeting::SlotsMoved{t->place.second, t->open.attempt, std::move(slots->assignments)});
    }
  } else if (auto* layers = std::get_if<media::LayersChanged>(&*message)) {
    if (const Transport* t = of(number, layers->transport)) {
      events_.to_meeting(t->place.first,
                         meeting::LayersMoved{t->place.second, t->open.attempt, layers->kind, std::move(layers->rids)});
    }
  } else if (auto* speakers = std::get_if<media::SpeakersChanged>(&*message)) {
    // Every worker of a meeting hears everybody; one of them speaks for all.
    const auto workers = workers_of(speakers->meeting);
    if (!workers.empty() && *workers.begin() == number) {
      events_.to_meeting(speakers->meeting, meeting::SpeakersMoved{std::move(speakers->loudest)});
    }
  } else if (const auto* quality = std::get_if<media::TransportQuality>(&*message)) {
    const Transport* t = of(number, quality->transport);
    if (t != nullptr && events_.on_quality) events_.on_quality(t->place.first, t->place.second, *quality);
  } else if (auto* stats = std::get_if<media::WorkerStats>(&*message)) {
    workers_.at(number).stats = *stats;
  }
}

void MediaPool::send(std::uint32_t worker, const media::ControlMessage& message) const {
  const auto it = workers_.find(worker);
  if (it != workers_.end()) it->second.peer->send(wire::encode(message));
}

MediaPool::Transport* MediaPool::find(const std::string& key, wire::ParticipantNumber participant, TransportId* id) {
  const auto it = by_place_.find({key, participant});
  if (it == by_place_.end()) return nullptr;
  if (id != nullptr) *id = it->second;
  return &transports_.at(it->second);
}

MediaPool::Transport* MediaPool::of(std::uint32_t worker, TransportId id) {
  const auto it = transports_.find(id);
  return it != transports_.end() && it->second.worker == worker ? &it->second : nullptr;
}

}  // namespace sealhall::control
