// Tested in signalling_test.cc
#include "server/control/kms_link.h"

#include <utility>

#include "io/log/log.h"

namespace sealhall::control {

void KmsLink::connected(std::shared_ptr<Peer> peer, const wire::kms::Hello& hello) {
  if (peer_) lost();
  peer_ = std::move(peer);
  peer_->on_message = [this](std::string_view message) { on_message(message); };
  peer_->on_closed = [this] { lost(); };
  const bool forgot = hello.instance != instance_;
  instance_ = hello.instance;
  io::log::info("kms is here", {{"pid", hello.pid}, {"new_instance", forgot}});
  events_.to_all(meeting::KmsReady{forgot});
  events_.here();
}

void KmsLink::lost() {
  if (!peer_) return;
  peer_->on_message = nullptr;
  peer_->on_closed = nullptr;
  peer_.reset();
  pending_.clear();
  io::log::warning("kms is away");
  auto questions = std::move(questions_);
  questions_.clear();
  for (auto& [request, done] : questions) done(unexpected(vault::VaultError::unavailable));
  events_.to_all(meeting::KmsLost{});
}

void KmsLink::make(const std::string& key, const Bytes& uuid, const meeting::MakeKeys& request) {
  if (!peer_) return;
  peer_->send(wire::encode(
      wire::kms::ControlMessage{wire::kms::MakeGeneration{remember(key, request.request), uuid, request.after}}));
}

void KmsLink::seal(const std::string& key, const Bytes& uuid, const meeting::SealKeys& request) {
  if (!peer_) return;
  peer_->send(wire::encode(wire::kms::ControlMessage{wire::kms::SealGeneration{
      remember(key, request.request), uuid, request.generation, request.participant, request.hpke_public_key}}));
}

void KmsLink::erase(const Bytes& uuid, std::uint32_t generation) {
  if (!peer_) return;
  peer_->send(wire::encode(wire::kms::ControlMessage{wire::kms::EraseGeneration{uuid, generation}}));
}

void KmsLink::ask(wire::kms::ControlMessage question, OnAnswer done) {
  if (!peer_) return done(unexpected(vault::VaultError::unavailable));
  const std::uint64_t id = next_request_++;
  std::visit(
      [id](auto& m) {
        if constexpr (requires { m.principal; }) m.request = id;
      },
      question);
  questions_[id] = std::move(done);
  peer_->send(wire::encode(question));
}

void KmsLink::answer_question(wire::kms::KmsMessage message) {
  const std::uint64_t request = std::visit(
      [](const auto& m) -> std::uint64_t {
        if constexpr (requires { m.request; }) return m.request;
        return 0;
      },
      message);
  const auto found = questions_.find(request);
  if (found == questions_.end()) return;
  OnAnswer done = std::move(found->second);
  questions_.erase(found);
  done(std::move(message));
}

std::uint64_t KmsLink::remember(const std::string& key, std::uint64_t request) {
  const std::uint64_t id = next_request_++;
  pending_[id] = {key, request};
  return id;
}

void KmsLink::answer(std::uint64_t request, auto make_input) {
  const auto it = pending_.find(request);
  if (it == pending_.end()) return;
  const Pending pending = std::move(it->second);
  pending_.erase(it);
  events_.to_meeting(pending.key, make_input(pending.request));
}

void KmsLink::on_message(std::string_view text) {
  auto message = wire::decode_kms(text);
  if (!message) {
    io::log::error("kms sent what is not understood",
                   {{"error", wire::name_of(message.error().kind)}, {"field", message.error().field}});
    peer_->close();
    return;
  }
  if (auto* made = std::get_if<wire::kms::GenerationMade>(&*message)) {
    answer(made->request, [&](std::uint64_t r) { return meeting::KeysMade{r, made->generation}; });
  } else if (auto* sealed = std::get_if<wire::kms::Sealed>(&*message)) {
    answer(sealed->request, [&](std::uint64_t r) { return meeting::KeysSealed{r, std::move(sealed->sealed)}; });
  } else if (auto* failed = std::get_if<wire::kms::Failed>(&*message)) {
    answer(failed->request, [&](std::uint64_t r) { return meeting::KeysFailed{r, failed->failure}; });
  } else {
    answer_question(std::move(*message));
  }
}

}  // namespace sealhall::control
