// The way to kms: makes and seals generations for all live meetings, and asks about stored keys, over one channel.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "core/meeting/types.h"
#include "server/control/peer.h"
#include "server/vault/key_source.h"

namespace sealhall::control {

class KmsLink final : public vault::KeySource {
 public:
  using OnAnswer = std::move_only_function<void(expected<wire::kms::KmsMessage, vault::VaultError>)>;
  struct Events {
    std::function<void(const std::string& key, meeting::Input)> to_meeting;
    std::function<void(const meeting::Input&)> to_all;
    std::function<void()> here = [] {};  ///< kms has come: questions about keys are answered again
  };
  explicit KmsLink(Events events) : events_(std::move(events)) {}

  void connected(std::shared_ptr<Peer> peer, const wire::kms::Hello& hello);
  [[nodiscard]] bool up() const noexcept { return peer_ != nullptr; }
  [[nodiscard]] bool here() const noexcept override { return up(); }
  void ask(wire::kms::ControlMessage question, OnAnswer done) override;

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
  void answer_question(wire::kms::KmsMessage message);

  Events events_;
  std::shared_ptr<Peer> peer_;
  Bytes instance_;
  std::unordered_map<std::uint64_t, Pending> pending_;
  std::unordered_map<std::uint64_t, OnAnswer> questions_;
  std::uint64_t next_request_ = 1;
};

}  // namespace sealhall::control
