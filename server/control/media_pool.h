// The media workers: which one carries which transport, what each must know of the others, and what happens when one
// dies.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/meeting/types.h"
#include "server/control/peer.h"

namespace sealhall::control {

/// What a worker reports about itself every second.
struct WorkerStatus {
  std::uint32_t worker = 0;
  std::uint32_t transports = 0;
  wire::media::WorkerStats stats;
  std::vector<wire::TransportParameters::Candidate> candidates = {};  ///< where media reaches it
};

class MediaPool {
 public:
  struct Events {
    std::function<void(const std::string& key, meeting::Input)> to_meeting;
    std::function<wire::RelayCredentials(const std::string& key, wire::ParticipantNumber)> relay_credentials;
    /// A worker came (true) or went.
    std::function<void(std::uint32_t worker, bool here)> on_worker = nullptr;
    std::function<void(const std::string& key, wire::ParticipantNumber, const wire::media::TransportQuality&)>
        on_quality = nullptr;
  };
  explicit MediaPool(Events events) : events_(std::move(events)) {}

  void connected(std::shared_ptr<Peer> peer, const wire::media::Hello& hello);

  // What meetings want; `key` is the meeting's uuid in hexadecimal. Without a worker an open waits for one.
  void open(const std::string& key, const meeting::OpenTransport& open);
  void close(const std::string& key, wire::ParticipantNumber participant, std::uint64_t attempt);
  /// Once for each transport, as the meeting sees to; of one that is no more it goes nowhere.
  void set_remote(const std::string& key, const meeting::SetRemote& remote);
  void set_published(const std::string& key, const meeting::SetPublished& published);
  void set_subscribed(const std::string& key, const meeting::SetSubscribed& subscribed);

  /// The worker that receives media at this numeric address and port; for port 0 any worker of that address.
  [[nodiscard]] std::optional<std::uint32_t> worker_at(const std::string& address, std::uint16_t port) const;
  [[nodiscard]] std::vector<WorkerStatus> status() const;
  /// Those that carry somebody of that meeting.
  [[nodiscard]] std::set<std::uint32_t> workers_of(const std::string& key) const;

 private:
  using TransportId = wire::media::TransportId;
  using Place = std::pair<std::string, wire::ParticipantNumber>;
  struct Worker {
    std::shared_ptr<Peer> peer;
    std::vector<wire::TransportParameters::Candidate> candidates;
    std::set<TransportId> transports;
    wire::media::WorkerStats stats;
  };
  struct Transport {
    Place place;
    meeting::OpenTransport open;
    std::optional<std::uint32_t> worker;  ///< nullopt: waits for one
    std::optional<meeting::SetPublished> published;
    std::optional<meeting::SetSubscribed> subscribed;
  };

  void on_message(std::uint32_t worker, std::string_view text);
  void lost(std::uint32_t worker);
  void assign(TransportId id);
  [[nodiscard]] std::optional<std::uint32_t> choose(const std::string& key) const;
  void forget(TransportId id);
  void tell_workers(const std::string& key);
  void tell_published(const Transport& transport, TransportId id);
  void tell_remote(const Transport& transport, std::uint32_t to) const;
  void send(std::uint32_t worker, const wire::media::ControlMessage& message) const;
  Transport* find(const std::string& key, wire::ParticipantNumber participant, TransportId* id = nullptr);
  /// The transport, when it is this worker's.
  Transport* of(std::uint32_t worker, TransportId id);

  Events events_;
  std::map<std::uint32_t, Worker> workers_;
  std::map<TransportId, Transport> transports_;
  std::map<Place, TransportId> by_place_;
  TransportId next_id_ = 1;
};

}  // namespace sealhall::control
