#include "client/engine/io/turn_relay.h"

#include <utility>

namespace sealhall::client {

namespace {
constexpr Duration connect_limit = std::chrono::seconds{4};
/// More than this in the stream's queue is media that comes too late to be of use: about 250 ms at 4 Mbit/s.
constexpr std::size_t queue_limit = 128 * 1024;
}  // namespace

TurnRelay::TurnRelay(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random, Config config,
                     Handlers handlers)
    : loop_(loop), random_(random), config_(std::move(config)), handlers_(std::move(handlers)), timer_(loop) {
  attempt_ = io::connect_tls(loop_, config_.server, tls, connect_limit, [this, alive = alive_](auto stream) {
    if (!*alive) return;
    if (!stream) {
      fail(stream.error().reason);
      return;
    }
    stream_ = std::move(*stream);
    client_ = std::make_unique<turn::Client>(
        turn::ClientConfig{.username = config_.username, .password = config_.password}, random_);
    stream_->set_handler(this);
    const Instant now = loop_.now();
    client_->start(now, out_);
    for (const ice::Address& peer : config_.peers) client_->add_peer(peer, now, out_);
    flush();
  });
}

TurnRelay::~TurnRelay() {
  *alive_ = false;
  if (!stream_) return;
  stream_->set_handler(nullptr);
  if (client_ && !failed_) {
    turn::ClientOutbox out;
    client_->release(loop_.now(), out);
    if (!out.to_server.empty()) stream_->write(out.to_server);
  }
  stream_->close();
}

bool TurnRelay::send(const ice::Address& peer, ByteView datagram) {
  if (!client_ || failed_ || !client_->ready(peer) || stream_->queued() > queue_limit) return false;
  const bool sent = client_->send(peer, datagram, out_);
  if (!out_.to_server.empty()) {
    stream_->write(out_.to_server);
    out_.to_server.clear();
  }
  return sent;
}

void TurnRelay::on_data(ByteView data) {
  client_->on_bytes(data, loop_.now(), out_);
  flush();
}

void TurnRelay::on_closed(const io::Failure& why) { fail(why.reason); }

void TurnRelay::flush() {
  const auto alive = alive_;
  if (!out_.to_server.empty()) {
    stream_->write(out_.to_server);
    out_.to_server.clear();
  }
  auto received = std::exchange(out_.received, {});
  auto ready = std::exchange(out_.peers_ready, {});
  const auto failure = std::exchange(out_.failed, std::nullopt);
  for (const ice::Address& peer : ready) {
    handlers_.ready(peer);
    if (!*alive) return;
  }
  for (auto& datagram : received) {
    handlers_.received(datagram.peer, datagram.data);
    if (!*alive) return;
  }
  if (failure) {
    fail("The server refused to relay media.");
    return;
  }
  arm();
}

void TurnRelay::arm() {
  const auto deadline = client_ ? client_->next_deadline() : std::nullopt;
  if (!deadline) {
    timer_.cancel();
    return;
  }
  timer_.at(*deadline, [this] {
    client_->handle_timeout(loop_.now(), out_);
    flush();
  });
}

void TurnRelay::fail(std::string reason) {
  if (failed_) return;
  failed_ = true;
  timer_.cancel();
  handlers_.failed(std::move(reason));
}

}  // namespace sealhall::client
