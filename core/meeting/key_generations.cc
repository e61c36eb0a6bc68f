#include "core/meeting/key_generations.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace sealhall::meeting {
namespace {
/// PREPARED generations at once, when they are not urgent. More lets requests pile up; fewer makes one wait for
/// another.
constexpr std::size_t max_prepared = 2;
/// After a removal. `Joined` carries at most 8 generations: these and the ACTIVE one.
constexpr std::size_t max_prepared_urgent = 7;
}  // namespace

void KeyGenerations::member_joins(wire::ParticipantNumber participant, Bytes hpke_public_key, Instant now,
                                  KeyOutbox& out) {
  forget_pending(participant);
  members_[participant] = {.hpke_public_key = std::move(hpke_public_key), .state = MemberState::joining, .sealed = {}};
  // A leave that still waits for its batch: the joiner must not share a generation with somebody who is gone.
  if (due_ || generations_.empty()) want_rotation(now);
  for (const auto& [number, generation] : generations_) {
    if (!generation.lost && kms_up_) ask_seal(number, participant, out);
  }
  settle(now, out);
}

std::optional<KeysForJoin> KeyGenerations::keys_for(wire::ParticipantNumber participant) const {
  const auto it = members_.find(participant);
  if (it == members_.end() || it->second.state != MemberState::joining || active_ == 0) return std::nullopt;
  KeysForJoin keys;
  for (const auto& [number, generation] : generations_) {
    const auto sealed = it->second.sealed.find(number);
    if (sealed != it->second.sealed.end()) keys.generations.push_back(sealed->second);
  }
  if (keys.generations.empty()) return std::nullopt;
  const auto active = generations_.find(active_);
  const bool active_is_lost = active == generations_.end() || active->second.lost;
  // What is prepared and not sealed yet follows as NewGeneration; the active one is needed now.
  if (!active_is_lost && keys.generations.front().generation != active_) return std::nullopt;
  keys.active = keys.generations.front().generation;
  return keys;
}

void KeyGenerations::member_ready(wire::ParticipantNumber participant) {
  const auto it = members_.find(participant);
  SEALHALL_CHECK(it != members_.end() && it->second.state == MemberState::joining);
  it->second.state = MemberState::ready;
  it->second.sealed.clear();
}

void KeyGenerations::member_away(wire::ParticipantNumber participant, Instant now, KeyOutbox& out) {
  const auto it = members_.find(participant);
  if (it == members_.end()) return;
  forget_pending(participant);
  it->second.state = MemberState::away;
  it->second.sealed.clear();
  settle(now, out);
}

void KeyGenerations::member_gone(wire::ParticipantNumber participant, Departure departure, Instant now,
                                 KeyOutbox& out) {
  forget_pending(participant);
  members_.erase(participant);
  if (departure == Departure::left) want_rotation(now + times_.leave_batch);
  if (departure == Departure::removed) want_rotation(now, true);
  settle(now, out);
}

void KeyGenerations::acknowledged(wire::ParticipantNumber participant, std::uint32_t generation, Instant now,
                                  KeyOutbox& out) {
  const auto it = generations_.find(generation);
  if (it == generations_.end()) return;
  it->second.unacknowledged.erase(participant);
  settle(now, out);
}

void KeyGenerations::rotate(Instant now, KeyOutbox& out) {
  want_rotation(now);
  settle(now, out);
}

void KeyGenerations::on_made(std::uint64_t request, std::uint32_t generation, Instant now, KeyOutbox& out) {
  if (making_ != request) return;  // asked before kms was lost
  making_.reset();
  if (generation <= newest_made_) {
    want_rotation(now + times_.retry);
    return;
  }
  newest_made_ = generation;
  generations_[generation] = {};
  for (const auto& [participant, member] : members_) {
    if (member.state != MemberState::away) ask_seal(generation, participant, out);
  }
  settle(now, out);
}

void KeyGenerations::on_sealed(std::uint64_t request, wire::SealedGeneration sealed, Instant now, KeyOutbox& out) {
  const auto it = pending_.find(request);
  if (it == pending_.end()) return;  // the member is gone, or the generation is
  const PendingSeal pending = it->second;
  if (sealed.generation != pending.generation) {
    on_failed(request, now, out);
    return;
  }
  pending_.erase(it);
  const auto member = members_.find(pending.participant);
  const auto generation = generations_.find(pending.generation);
  if (member == members_.end() || generation == generations_.end()) return;
  if (member->second.state == MemberState::joining) {
    member->second.sealed[pending.generation] = std::move(sealed);
  } else if (member->second.state == MemberState::ready) {
    generation->second.unacknowledged.insert(pending.participant);
    out.emplace_back(DeliverKeys{pending.participant, std::move(sealed)});
  }
  settle(now, out);
}

void KeyGenerations::on_failed(std::uint64_t request, Instant now, KeyOutbox& out) {
  if (making_ == request) {
    making_.reset();
    want_rotation(now + times_.retry);
    return;
  }
  const auto it = pending_.find(request);
  if (it == pending_.end()) return;
  const std::uint32_t number = it->second.generation;
  std::erase_if(pending_, [&](const auto& entry) { return entry.second.generation == number; });
  // A generation that not everybody can be given must never be activated; the active one goes on for those who have it.
  if (number == active_) {
    generations_.at(number).lost = true;
  } else {
    generations_.erase(number);
  }
  want_rotation(now + times_.retry);
  settle(now, out);
}

void KeyGenerations::on_bad_public_key(std::uint64_t request, KeyOutbox& out) {
  const auto it = pending_.find(request);
  if (it == pending_.end()) return;
  out.emplace_back(RefuseMember{it->second.participant});
}

void KeyGenerations::kms_lost(Instant now) {
  kms_up_ = false;
  if (std::exchange(making_, std::nullopt)) want_rotation(now);
  for (auto it = generations_.begin(); it != generations_.end();) {
    if (it->first != active_ && awaits_seal_for_ready_member(it->first)) {
      it = generations_.erase(it);
      want_rotation(now);
    } else {
      ++it;
    }
  }
  pending_.clear();
}

void KeyGenerations::kms_ready(bool forgot, Instant now, KeyOutbox& out) {
  kms_up_ = true;
  if (forgot) {
    // A joiner cannot be given those of before: only the active one stays, until everybody has the next.
    std::erase_if(generations_, [&](const auto& entry) { return entry.first != active_; });
    for (auto& [number, generation] : generations_) generation.lost = true;
    want_rotation(now);
  }
  for (const auto& [participant, member] : members_) {
    if (member.state != MemberState::joining) continue;
    for (const auto& [number, generation] : generations_) {
      if (!generation.lost && !member.sealed.contains(number)) ask_seal(number, participant, out);
    }
  }
  settle(now, out);
}

std::optional<Instant> KeyGenerations::next_deadline() const {
  std::optional<Instant> next;
  const auto consider = [&](std::optional<Instant> when) {
    if (when) next = next ? std::min(*next, *when) : *when;
  };
  if (can_make(due_is_urgent_)) consider(due_);
  if (can_make(false)) consider(age_due_);
  for (const auto& [number, generation] : generations_) {
    // One that still waits for kms is looked at again when kms answers, not by time.
    if (number == active_ || !generation.distributed_at || awaits_seal_for_ready_member(number)) continue;
    consider(*generation.distributed_at + times_.activate_after);
  }
  return next;
}

void KeyGenerations::on_timeout(Instant now, KeyOutbox& out) {
  if (age_due_ && now >= *age_due_) want_rotation(now);
  settle(now, out);
}

bool KeyGenerations::can_make(bool urgent) const noexcept {
  const std::size_t prepared = generations_.size() - (generations_.contains(active_) ? 1U : 0U);
  return kms_up_ && !making_ && prepared < (urgent ? max_prepared_urgent : max_prepared);
}

void KeyGenerations::want_rotation(Instant when, bool urgent) {
  // One that is being made has been sealed for nobody yet: it will exclude whoever is gone by then.
  if (making_) return;
  due_ = due_ ? std::min(*due_, when) : when;
  due_is_urgent_ = due_is_urgent_ || urgent;
}

void KeyGenerations::try_rotation(Instant now, KeyOutbox& out) {
  if (!due_ || now < *due_ || !can_make(due_is_urgent_)) return;
  due_.reset();
  due_is_urgent_ = false;
  age_due_ = now + times_.age;
  making_ = next_request_++;
  out.emplace_back(MakeKeys{*making_, newest_made_});
}

void KeyGenerations::ask_seal(std::uint32_t generation, wire::ParticipantNumber participant, KeyOutbox& out) {
  const std::uint64_t request = next_request_++;
  pending_[request] = {generation, participant};
  out.emplace_back(SealKeys{request, generation, participant, members_.at(participant).hpke_public_key});
}

void KeyGenerations::forget_pending(wire::ParticipantNumber participant) {
  std::erase_if(pending_, [&](const auto& entry) { return entry.second.participant == participant; });
  for (auto& [number, generation] : generations_) generation.unacknowledged.erase(participant);
}

bool KeyGenerations::awaits_seal_for_ready_member(std::uint32_t generation) const {
  return std::ranges::any_of(pending_, [&](const auto& entry) {
    if (entry.second.generation != generation) return false;
    const auto member = members_.find(entry.second.participant);
    return member != members_.end() && member->second.state == MemberState::ready;
  });
}

/// Activates what can be activated, the newest first: what is older is superseded by it. Then makes what is due.
void KeyGenerations::settle(Instant now, KeyOutbox& out) {
  for (auto it = generations_.rbegin(); it != generations_.rend() && it->first > active_; ++it) {
    Generation& generation = it->second;
    if (awaits_seal_for_ready_member(it->first)) continue;
    if (!generation.distributed_at) generation.distributed_at = now;
    if (generation.unacknowledged.empty() || now >= *generation.distributed_at + times_.activate_after) {
      activate(it->first, out);
      break;
    }
  }
  try_rotation(now, out);
}

void KeyGenerations::activate(std::uint32_t number, KeyOutbox& out) {
  active_ = number;
  std::erase_if(pending_, [&](const auto& entry) { return entry.second.generation < number; });
  for (auto it = generations_.begin(); it->first < number;) {
    if (!it->second.lost) out.emplace_back(EraseKeys{it->first});
    it = generations_.erase(it);
  }
  for (auto& [participant, member] : members_)
    member.sealed.erase(member.sealed.begin(), member.sealed.lower_bound(number));
  ActivateKeys activation{number, {}};
  for (const auto& [participant, member] : members_) {
    if (member.state == MemberState::ready) activation.to.push_back(participant);
  }
  generations_.at(number).unacknowledged.clear();
  out.emplace_back(std::move(activation));
}

}  // namespace sealhall::meeting
