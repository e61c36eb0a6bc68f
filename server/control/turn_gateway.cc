// Tested in turn_gateway_test.cc and signalling_test.cc
#include "server/control/turn_gateway.h"

#include <array>
#include <charconv>
#include <utility>

#include "core/base/encoding.h"
#include "io/log/log.h"

namespace sealhall::control {
namespace {

crypto::Hmac fresh_key(RandomSource& random) {
  std::array<std::uint8_t, 32> key{};
  random.fill(key);
  crypto::Hmac hmac{crypto::HashAlgorithm::sha256, key};
  wipe(key);
  return hmac;
}

ice::Address address_of(const io::Endpoint& endpoint) {
  return ice::Address::parse(endpoint.address, endpoint.port).value_or(ice::Address{});
}

}  // namespace

/// One TURN client: its stream, its allocation, its ways to the workers.
class TurnGateway::Session final : public io::StreamHandler {
 public:
  Session(TurnGateway& gateway, std::uint64_t id, std::shared_ptr<io::Stream> stream)
      : gateway_(gateway),
        id_(id),
        stream_(std::move(stream)),
        turn_({.realm = "sealhall", .software = {}, .client = address_of(stream_->peer())}, gateway, gateway.random_,
              gateway.loop_.now()),
        timer_(gateway.loop_) {}
  ~Session() { stream_->abort(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start(const Bytes& first) {
    stream_->set_handler(this);
    on_data(first);
  }
  void on_data(ByteView data) override {
    turn_.on_bytes(data, gateway_.loop_.now(), out_);
    flush();
    // Media is dropped long before: these are answers to somebody who asks and does not read.
    if (stream_->queued() > 2 * gateway_.limits_.send_queue) {
      stream_->abort();
      gateway_.remove(id_);
    }
  }
  void on_closed(const io::Failure&) override { gateway_.remove(id_); }
  void worker_gone(std::uint32_t worker) { paths_.erase(worker); }

 private:
  struct Path {
    std::unique_ptr<io::SeqPacket> socket;
    ice::Address worker;
  };

  void flush() {
    for (const turn::PeerDatagram& datagram : out_.to_peers) to_worker(datagram);
    if (!out_.to_client.empty()) stream_->write(out_.to_client);
    const bool close = out_.close.has_value();
    out_ = {};
    if (close) {
      stream_->set_handler(nullptr);
      stream_->close();
      gateway_.remove(id_);
      return;
    }
    timer_.at(turn_.next_deadline(), [this] {
      turn_.handle_timeout(gateway_.loop_.now(), out_);
      flush();
    });
  }

  void to_worker(const turn::PeerDatagram& datagram) {
    const auto worker = gateway_.media_.worker_at(datagram.peer.ip_text(), datagram.peer.port);
    if (!worker || datagram.peer.port == 0) return;  // permitted by address, but no worker listens on that port
    auto it = paths_.find(*worker);
    if (it == paths_.end()) {
      auto socket = io::SeqPacket::connect(gateway_.loop_,
                                           gateway_.run_directory_ + "/media-" + std::to_string(*worker) + ".relay");
      if (!socket) return;
      it = paths_.emplace(*worker, Path{std::move(*socket), datagram.peer}).first;
      it->second.socket->start([this, number = *worker](ByteView packet) { from_worker(number, packet); },
                               [this, number = *worker](const io::Failure&) { paths_.erase(number); });
    }
    it->second.socket->send(datagram.data);
  }

  void from_worker(std::uint32_t worker, ByteView packet) {
    const auto it = paths_.find(worker);
    if (it == paths_.end()) return;
    // Late media is worth nothing: whoever does not read loses it, and nobody else waits.
    if (stream_->queued() > gateway_.limits_.send_queue) {
      ++gateway_.dropped_;
      return;
    }
    turn_.on_peer_datagram(it->second.worker, packet, gateway_.loop_.now(), out_);
    flush();
  }

  TurnGateway& gateway_;
  std::uint64_t id_;
  std::shared_ptr<io::Stream> stream_;
  turn::ServerSession turn_;
  turn::ServerOutbox out_;
  io::Timer timer_;
  std::map<std::uint32_t, Path> paths_;
};

TurnGateway::TurnGateway(io::Loop& loop, const MediaPool& media, const io::WallClock& clock, RandomSource& random,
                         std::string run_directory, TurnLimits limits)
    : loop_(loop),
      media_(media),
      clock_(clock),
      random_(random),
      run_directory_(std::move(run_directory)),
      limits_(limits),
      key_(fresh_key(random)) {}

// Sessions give their allocations back as they go, so they go while the count is still there.
TurnGateway::~TurnGateway() {
  sessions_.clear();
  going_.clear();
}

std::string TurnGateway::password(std::string_view username) const {
  std::array<std::uint8_t, 32> code{};
  key_.compute({as_bytes(username)}, code);
  return to_base64(code);
}

wire::RelayCredentials TurnGateway::credentials(const std::string& meeting_key,
                                                wire::ParticipantNumber participant) const {
  const auto expiry = (static_cast<std::int64_t>(clock_.now()) + limits_.credentials.count()) / 1'000'000;
  const std::string username = std::to_string(expiry) + ":" + std::to_string(participant) + ":" + meeting_key;
  return {username, password(username), "sealhall"};
}

void TurnGateway::accept(std::shared_ptr<io::Stream> stream, Bytes first) {
  if (sessions_.size() >= limits_.sessions) return stream->abort();
  const std::uint64_t id = next_id_++;
  auto& session = sessions_[id];
  session = std::make_unique<Session>(*this, id, std::move(stream));
  session->start(first);
}

void TurnGateway::worker_gone(std::uint32_t worker) {
  for (const auto& [id, session] : sessions_) session->worker_gone(worker);
}

/// Later, because the session may be what calls.
void TurnGateway::remove(std::uint64_t id) {
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return;
  const bool first = going_.empty();
  going_.push_back(std::move(it->second));
  sessions_.erase(it);
  if (!first) return;
  loop_.post([this, alive = std::weak_ptr<bool>{alive_}] {
    if (!alive.expired()) going_.clear();
  });
}

std::optional<std::string> TurnGateway::password_for(std::string_view username) {
  std::int64_t expiry = 0;
  const auto [end, error] = std::from_chars(username.data(), username.data() + username.size(), expiry);
  if (error != std::errc{} || end == username.data() + username.size() || *end != ':') return std::nullopt;
  if (expiry <= static_cast<std::int64_t>(clock_.now()) / 1'000'000) return std::nullopt;
  return password(username);
}

bool TurnGateway::permits_peer(const ice::Address& peer) {
  return media_.worker_at(peer.ip_text(), peer.port).has_value();
}

std::optional<ice::Address> TurnGateway::claim_allocation(std::string_view username) {
  std::uint32_t& count = allocations_[std::string{username}];
  if (count >= limits_.allocations_per_user) return std::nullopt;
  ++count;
  // Nobody can send to it: it only tells one client from another. 100.64.0.0/10 is no address of the internet (RFC
  // 6598).
  const std::uint32_t n = next_address_++;
  const std::array<std::uint8_t, 4> ip{100, static_cast<std::uint8_t>(64U | ((n >> 16U) & 0x3FU)),
                                       static_cast<std::uint8_t>(n >> 8U), static_cast<std::uint8_t>(n)};
  return ice::Address::v4(ip, 3478);
}

void TurnGateway::release_allocation(std::string_view username, const ice::Address&) {
  const auto it = allocations_.find(username);
  if (it == allocations_.end()) return;
  if (--it->second == 0) allocations_.erase(it);
}

}  // namespace sealhall::control
