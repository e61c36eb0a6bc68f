// Tested in tests/e2e/scenarios/stored.py
#include "server/control/keys_desk.h"

namespace sealhall::control {

void KeysDesk::accept(std::shared_ptr<Peer> peer) {
  peer->on_message = [this, weak = std::weak_ptr<Peer>{peer}](std::string_view text) {
    const auto self = weak.lock();
    if (!self) return;
    const auto message = wire::decode_keys_command(text);
    if (!message) {
      self->send(wire::encode(
          wire::keys::ControlAnswer{wire::keys::Problem{"This command is of another version than the server."}}));
      return;
    }
    admin_.handle(*message, [weak](wire::keys::ControlAnswer answer) {
      if (const auto still = weak.lock()) still->send(wire::encode(answer));
    });
  };
  peer->on_closed = [this, weak = std::weak_ptr<Peer>{peer}] {
    if (const auto self = weak.lock()) peers_.erase(self);
  };
  peers_.insert(std::move(peer));
}

}  // namespace sealhall::control
