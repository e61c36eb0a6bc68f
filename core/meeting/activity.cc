// Tested in activities_test.cc
#include "core/meeting/activity.h"

#include "core/meeting/sentences.h"

namespace sealhall::meeting {

Participant* Scene::find(ParticipantNumber number) const {
  const auto it = people.find(number);
  return it == people.end() ? nullptr : &it->second;
}

std::vector<ParticipantNumber> Scene::everybody() const {
  std::vector<ParticipantNumber> numbers;
  for (const auto& [number, p] : people) {
    if (p.stage == Stage::present) numbers.push_back(number);
  }
  return numbers;
}

std::vector<ParticipantNumber> Scene::hosts() const {
  std::vector<ParticipantNumber> numbers;
  for (const auto& [number, p] : people) {
    if (p.stage == Stage::present && is_host(p)) numbers.push_back(number);
  }
  return numbers;
}

std::vector<ParticipantNumber> Scene::participants() const {
  std::vector<ParticipantNumber> numbers;
  for (const auto& [number, p] : people) {
    if (p.stage == Stage::present && !is_host(p)) numbers.push_back(number);
  }
  return numbers;
}

void Scene::tell(std::vector<ParticipantNumber> to, wire::ServerMessage message) const {
  if (!to.empty()) out.emplace_back(Tell{std::move(to), std::move(message)});
}

void Scene::acknowledge(ParticipantNumber who, wire::RequestNumber request, std::optional<std::uint64_t> made) const {
  tell({who}, wire::Acknowledged{request, made});
}

void Scene::refuse(ParticipantNumber who, wire::RequestNumber request, wire::ErrorCode code,
                   std::string_view why) const {
  wire::Error error;
  error.code = code;
  error.message = why.empty() ? sentence(code) : why;
  if (request != 0) error.request = request;
  tell({who}, std::move(error));
}

bool Ledger::keep(wire::Record record, Scene& scene, Then then) {
  if (pending_.size() >= most_pending) return false;
  const std::uint64_t request = next_request_++;
  scene.out.emplace_back(KeepRecord{request, record});
  pending_.push_back({request, std::move(record), std::move(then)});
  return true;
}

void Ledger::settled(std::uint64_t request, bool kept, Scene& scene) {
  for (Pending& pending : pending_) {
    if (pending.request == request && !pending.kept) pending.kept = kept;
  }
  while (!pending_.empty() && pending_.front().kept) {
    const Pending done = std::move(pending_.front());
    pending_.pop_front();
    done.then(*done.kept, done.record, scene);
  }
}

}  // namespace sealhall::meeting
