// Tested in meeting_rules_test.cc
// The rules that hosts set, who is shut out, and the way between the meeting and its activities.
#include <algorithm>

#include "core/meeting/display_name.h"
#include "core/meeting/meeting.h"
#include "core/meeting/scene.h"
#include "core/meeting/sentences.h"

namespace sealhall::meeting {

std::vector<wire::Feature> SwitchedOff::list() const {
  std::vector<wire::Feature> out;
  for (unsigned i = 0; i <= static_cast<unsigned>(wire::Feature::own_recording); ++i) {
    if (const auto feature = static_cast<wire::Feature>(i); has(feature)) out.push_back(feature);
  }
  return out;
}

Rules rules_without(const std::vector<wire::Feature>& off) {
  Rules rules;
  for (const wire::Feature feature : off) rules.off.add(feature);
  if (rules.off.has(wire::Feature::private_chat)) rules.chat = wire::ChatPolicy::everyone;
  if (rules.off.has(wire::Feature::chat)) rules.chat = wire::ChatPolicy::nobody;
  if (rules.off.has(wire::Feature::share_by_all)) rules.share = false;
  if (rules.off.has(wire::Feature::whiteboard)) rules.draw = false;
  return rules;
}

namespace {
/// Whether a host asks for more than the policies leave.
bool beyond(const wire::SetPolicy& wish, const SwitchedOff& off) {
  using wire::ChatPolicy;
  using wire::Feature;
  if (wish.chat && off.has(Feature::chat) && *wish.chat != ChatPolicy::nobody) return true;
  if (wish.chat == ChatPolicy::everyone_and_direct && off.has(Feature::private_chat)) return true;
  return (wish.share == true && off.has(Feature::share_by_all)) || (wish.draw == true && off.has(Feature::whiteboard));
}
}  // namespace

void Meeting::on(const Kept& input, Instant now, Outbox& out) {
  with_scene(now, out, [&](Scene& scene) { activities_.settled(input, scene); });
}

void Meeting::on(const FileReady& input, Instant now, Outbox& out) {
  with_scene(now, out, [&](Scene& scene) { activities_.file_ready(input, scene); });
}

/// Numbers that the records name are never given again: what was private to a number stays so.
void Meeting::on(const Restore& input, Instant, Outbox&) {
  for (const wire::Record& record : input.records) {
    next_number_ = std::max(next_number_, wire::newest_participant(record) + 1);
    activities_.restore(record);
  }
  shut_out_.insert(input.banned.begin(), input.banned.end());
}

void Meeting::on(const BanLifted& input, Instant, Outbox&) { shut_out_.erase(input.key); }

wire::Waiting Meeting::waiting_room(const Participant& p) const {
  wire::Waiting out{.participant = p.number, .topic = settings_.topic};
  if (!settings_.waiting_title.empty()) out.title = settings_.waiting_title;
  if (!settings_.waiting_description.empty()) out.description = settings_.waiting_description;
  return out;
}

void Meeting::on(const WaitingRoomWritten& input, Instant, Outbox& out) {
  if (input.title) settings_.waiting_title = *input.title;
  if (input.description) settings_.waiting_description = *input.description;
  for (const auto& [number, p] : participants_) {
    if (p.stage == Stage::waiting && p.connection) out.emplace_back(Send{{*p.connection}, waiting_room(p)});
  }
}

void Meeting::apply(const ActivityOutbox& box, Outbox& out) {
  for (const ActivityOutput& output : box) {
    if (const auto* tell = std::get_if<Tell>(&output)) {
      Send send{{}, tell->message};
      for (const ParticipantNumber number : tell->to) {
        const Participant* p = find(number);
        if (p != nullptr && p->connection && (p->stage == Stage::present || p->stage == Stage::waiting)) {
          send.to.push_back(*p->connection);
        }
      }
      if (!send.to.empty()) out.emplace_back(std::move(send));
    } else if (const auto* keep = std::get_if<KeepRecord>(&output)) {
      out.emplace_back(*keep);
    } else if (const auto* offered = std::get_if<FileOffered>(&output)) {
      out.emplace_back(*offered);
    } else if (const auto* wanted = std::get_if<FileWanted>(&output)) {
      out.emplace_back(*wanted);
    } else if (const auto* changed = std::get_if<RosterChanged>(&output)) {
      if (const Participant* p = find(changed->participant)) {
        roster_changed(*p);
        look_at_consent(*p, out);
      }
    }
  }
}

void Meeting::set_policy(Participant& p, const wire::SetPolicy& message, Outbox& out) {
  if (!is_host(p)) return fail(*p.connection, wire::ErrorCode::not_allowed, false, out);
  Rules& rules = settings_.rules;
  if (beyond(message, rules.off)) return switched_off(p, out);
  rules.chat = message.chat.value_or(rules.chat);
  rules.rename = message.rename.value_or(rules.rename);
  rules.unmute = message.unmute.value_or(rules.unmute);
  rules.share = message.share.value_or(rules.share);
  rules.draw = message.draw.value_or(rules.draw);
  if (message.share == false) {
    for (auto& [number, other] : participants_) {
      if (!is_host(other)) silence(other, false, false, true, out);
    }
  }
  broadcast(wire::MeetingChanged{info()}, out);
}

void Meeting::switched_off(const Participant& p, Outbox& out) {
  wire::Error error{wire::ErrorCode::not_allowed, std::string{switched_off_sentence}, false, std::nullopt};
  out.emplace_back(Send{{*p.connection}, std::move(error)});
}

void Meeting::rename(Participant& p, const wire::Rename& message, Outbox& out) {
  Participant* target = message.participant ? find(*message.participant) : &p;
  if (target == nullptr || !target->in_roster()) return fail(*p.connection, wire::ErrorCode::not_found, false, out);
  const bool own = target == &p;
  const bool allowed =
      is_host(p) ? own || target->role <= p.role : own && may_act(p, settings_.rules) && settings_.rules.rename;
  if (!allowed) return fail(*p.connection, wire::ErrorCode::not_allowed, false, out);
  std::string name = display_name(message.name);
  if (name.empty()) return fail(*p.connection, wire::ErrorCode::bad_message, false, out);
  target->name = std::move(name);
  roster_changed(*target);
}

/// Switches off what of it is on, and says so to the person. It stays off until the person switches it on.
void Meeting::silence(Participant& p, bool audio, bool video, bool share, Outbox& out) {
  share = share && std::ranges::any_of(p.sources, [](const auto& s) { return is_share(s.kind); });
  if (share) std::erase_if(p.sources, [](const auto& s) { return is_share(s.kind); });
  if (!audio && !video && !share) return;
  p.audio_muted = p.audio_muted || audio;
  p.video_muted = p.video_muted || video;
  if (audio) p.asked_to_unmute = false;
  if (p.attempt != 0) tell_published(p, out);
  if (p.stage == Stage::present) out.emplace_back(Send{{*p.connection}, wire::MutedByHost{audio, video, share}});
  roster_changed(p);
}

/// `resume` lets people act again; the door stays locked until a host unlocks it.
void Meeting::suspend(bool suspended, Instant now, Outbox& out) {
  settings_.rules.suspended = suspended;
  if (suspended) {
    settings_.locked = true;
    for (auto& [number, p] : participants_) {
      if (p.stage != Stage::waiting && !is_host(p)) silence(p, true, true, true, out);
    }
    with_scene(now, out, [&](Scene& scene) { activities_.suspend(scene); });
  }
  broadcast(wire::MeetingChanged{info()}, out);
}

/// Until the meeting ends, or for ever.
void Meeting::shut_out(const Participant& p, bool for_ever, Outbox& out) {
  std::vector<std::string> keys;
  if (!p.account.empty()) keys.push_back("account:" + p.account);
  if (!p.device.empty()) keys.push_back("device:" + p.device);
  for (std::string& key : keys) {
    shut_out_.insert(key);
    if (for_ever) out.emplace_back(Banned{std::move(key)});
  }
}

bool Meeting::is_shut_out(const JoinRequest& input) const {
  return (input.account && shut_out_.contains("account:" + input.account->id)) ||
         (input.join.device && shut_out_.contains("device:" + *input.join.device));
}

void Meeting::tell_presence(PresenceChanged::What what, const Participant& p, bool removed, Outbox& out) const {
  if (what == PresenceChanged::What::left && p.told_to_share)
    tell_presence(PresenceChanged::What::stops_sharing, p, removed, out);
  out.emplace_back(
      PresenceChanged{what, p.number, p.name, p.account, p.client, p.role, removed, moving_, p.registrant});
}

}  // namespace sealhall::meeting
