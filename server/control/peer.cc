// Tested in signalling_test.cc
#include "server/control/peer.h"

#include <utility>

#include "io/log/log.h"

namespace sealhall::control {

expected<std::unique_ptr<ControlSocket>, io::Failure> ControlSocket::listen(io::Loop& loop, const std::string& path,
                                                                            Events events) {
  std::unique_ptr<ControlSocket> self{new ControlSocket{loop, std::move(events)}};
  auto server = io::ChannelServer::listen(
      loop, path, [raw = self.get()](std::unique_ptr<io::Channel> channel, int) { raw->accept(std::move(channel)); });
  if (!server) return unexpected(server.error());
  self->server_ = std::move(*server);
  return self;
}

void ControlSocket::accept(std::unique_ptr<io::Channel> channel) {
  const std::uint64_t id = next_id_++;
  io::Channel& raw = *channel;
  auto peer = std::make_shared<Peer>(std::move(channel));
  peer->on_message = [this, id](std::string_view message) { first_message(id, message); };
  peer->on_closed = [this, id] { newcomers_.erase(id); };
  auto deadline = std::make_unique<io::Timer>(loop_);
  deadline->after(std::chrono::seconds{5}, [this, id] { newcomers_.erase(id); });
  newcomers_[id] = {peer, std::move(deadline)};
  // The callbacks go through a weak pointer: the owner may change and may let go in any of them.
  const std::weak_ptr<Peer> weak = peer;
  raw.start(
      [weak](std::string_view message) {
        const auto self = weak.lock();
        if (!self) return;
        const auto handler = self->on_message;  // a copy: it may be replaced while it runs
        if (handler) handler(message);
      },
      [weak](const io::Failure&) {
        const auto self = weak.lock();
        if (!self) return;
        const auto handler = self->on_closed;
        if (handler) handler();
      });
}

void ControlSocket::first_message(std::uint64_t id, std::string_view message) {
  const auto it = newcomers_.find(id);
  if (it == newcomers_.end()) return;
  const std::shared_ptr<Peer> peer = it->second.peer;
  newcomers_.erase(it);
  peer->on_message = nullptr;
  peer->on_closed = nullptr;
  const std::string type = wire::type_of(message);
  if (type == "kms_hello") {
    auto hello = wire::decode_kms(message);
    if (hello && std::holds_alternative<wire::kms::Hello>(*hello))
      return events_.on_kms(peer, std::get<wire::kms::Hello>(*hello));
  } else if (type == "keys_hello" && events_.on_keys) {
    return events_.on_keys(peer);
  } else if (type == "media_hello") {
    auto hello = wire::decode_media_worker(message);
    if (hello && std::holds_alternative<wire::media::Hello>(*hello)) {
      return events_.on_media(peer, std::get<wire::media::Hello>(*hello));
    }
  }
  if (type == "recorder_hello" && events_.on_recorder) return events_.on_recorder(peer);
  if (type == "composer_hello" && events_.on_composer) return events_.on_composer(peer);
  io::log::warning("a process said no proper hello", {{"type", type}});
}

}  // namespace sealhall::control
