// The way to kms: makes and seals generations for all live meetings over one channel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/meeting/types.h"
#include "server/control/peer.h"

namespace sealhall::control {

class KmsLink {
 public:
  struct Events {
    std::function<void(const std::string& key, meeting::Input)> to_meeting;
    std::function<void(const meeting::Input&)> to_all;
  };
  explicit KmsLink(Events events) : events_(std::move(events)) {}

  void connected(std::shared_ptr<Peer> peer, const wire::kms::Hello& hello);
  [[nodiscard]] bool up() const noexcept { return peer_ != nullptr; }

  /// `key` is the meeting's uuid in hexadecimal. Requests while kms is away are dropped: the meeting was told.
  void make(const std::string& key, const Bytes& uuid, const meeting::MakeKeys& request);
  void seal(const std::string& key, const Bytes& uuid, const meeting::SealKeys& request);
  void erase(const Bytes& uuid, std::uint32_t generation);

 private:
  struct Pending {
    std::string key;
    std::uint64_t request = 0;
  };
  void on_message(std::string_view message);
  void lost();
  std::uint64_t remember(const std::string& key, std::uint64_t request);
  void answer(std::uint64_t request, auto make_input);

  Events events_;
  std::shared_ptr<Peer> peer_;
  Bytes instance_;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::uint64_t next_request_ = 1;
};

}  // namespace sealhall::control
