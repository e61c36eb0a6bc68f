#include "core/meeting/chat.h"

#include <algorithm>

#include "core/meeting/text.h"

namespace sealhall::meeting {
namespace {

using wire::ChatPolicy;
using wire::ChatScope;
using wire::ErrorCode;

constexpr std::string_view chat_is_off = "The host has switched this kind of chat off.";

/// Whether `by` may write to this scope; `to` is the person with `direct`.
bool may_write(const Participant& by, ChatScope scope, const Participant* to, const Rules& rules) {
  if (rules.off.has(wire::Feature::chat)) return false;
  // Whoever waits can still be talked to by hosts.
  const bool between_two = scope == ChatScope::direct && to != nullptr && to->stage != Stage::waiting;
  if (between_two && rules.off.has(wire::Feature::private_chat)) return false;
  if (by.stage == Stage::waiting)
    return scope == ChatScope::hosts && rules.chat != ChatPolicy::nobody && !rules.suspended;
  if (by.stage != Stage::present) return false;
  if (is_host(by)) return true;
  if (rules.suspended) return false;
  const bool to_host = scope == ChatScope::hosts || (scope == ChatScope::direct && to != nullptr && is_host(*to));
  switch (rules.chat) {
    case ChatPolicy::nobody:
      return false;
    case ChatPolicy::hosts:
      return to_host;
    case ChatPolicy::everyone:
      return to_host || scope == ChatScope::everyone;
    case ChatPolicy::everyone_and_direct:
      return to_host || scope == ChatScope::everyone || scope == ChatScope::direct;
  }
  return false;
}

}  // namespace

bool may_read(const wire::ChatMessage& message, const Participant& p) noexcept {
  if (message.from == p.number) return true;
  const bool inside = p.stage != Stage::waiting;
  switch (message.scope) {
    case ChatScope::everyone:
      return inside;
    case ChatScope::direct:
      return message.to == p.number;
    case ChatScope::hosts:
      return inside && is_host(p);
    case ChatScope::waiting_room:
      return !inside || is_host(p);
  }
  return false;
}

void ChatRoom::send(const Participant& by, const wire::SendChat& message, std::vector<wire::ChatFile> files,
                    Scene& scene) {
  const Participant* to = nullptr;
  if (message.scope == ChatScope::direct) {
    to = message.to ? scene.find(*message.to) : nullptr;
    // Who waits can be written to by hosts, and does not exist for anybody else.
    if (to == nullptr || to->number == by.number ||
        (!to->in_roster() && !(to->stage == Stage::waiting && is_host(by)))) {
      return scene.refuse(by.number, message.request, ErrorCode::not_found);
    }
  }
  if (!may_write(by, message.scope, to, scene.rules)) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed, chat_is_off);
  }
  std::string text = clean_text(message.text);
  if (text.empty() && files.empty()) return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  if (message.reply_to && find(by, *message.reply_to) == nullptr) {
    return scene.refuse(by.number, message.request, ErrorCode::not_found);
  }
  wire::ChatMessage made;
  made.message = next_++;
  made.from = by.number;
  made.name = by.name;
  made.scope = message.scope;
  if (to != nullptr) made.to = to->number;
  made.text = std::move(text);
  made.reply_to = message.reply_to;
  made.sent_at_ms = scene.wall_ms();
  made.files = std::move(files);
  keep(by, message.request, std::move(made), true, scene);
}

void ChatRoom::edit(const Participant& by, const wire::EditChat& message, Scene& scene) {
  Message* found = find(by, message.message);
  if (found == nullptr) return scene.refuse(by.number, message.request, ErrorCode::not_found);
  wire::ChatMessage changed = found->newest();
  const Participant* to = changed.to ? scene.find(*changed.to) : nullptr;
  if (changed.from != by.number || changed.deleted || !may_write(by, changed.scope, to, scene.rules)) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  }
  changed.text = clean_text(message.text);
  if (changed.text.empty()) return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  changed.edited_at_ms = scene.wall_ms();
  keep(by, message.request, std::move(changed), false, scene);
}

void ChatRoom::remove(const Participant& by, const wire::DeleteChat& message, Scene& scene) {
  Message* found = find(by, message.message);
  if (found == nullptr) return scene.refuse(by.number, message.request, ErrorCode::not_found);
  wire::ChatMessage changed = found->newest();
  if (changed.from != by.number && !(by.stage == Stage::present && is_host(by))) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  }
  changed.deleted = true;
  changed.text.clear();
  changed.reactions.clear();
  changed.files.clear();
  keep(by, message.request, std::move(changed), false, scene);
}

void ChatRoom::react(const Participant& by, const wire::ReactToChat& message, Scene& scene) {
  Message* found = find(by, message.message);
  if (found == nullptr) return scene.refuse(by.number, message.request, ErrorCode::not_found);
  if (!may_act(by, scene.rules)) return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  wire::ChatMessage changed = found->newest();
  if (changed.deleted || !is_emoji(message.emoji)) {
    return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  }
  const auto it = std::ranges::find(changed.reactions, message.emoji, &wire::ChatReaction::emoji);
  const bool has =
      it != changed.reactions.end() && std::ranges::find(it->participants, by.number) != it->participants.end();
  if (has == message.on) return scene.acknowledge(by.number, message.request);
  if (!message.on) {
    std::erase(it->participants, by.number);
    if (it->participants.empty()) changed.reactions.erase(it);
  } else if (it != changed.reactions.end()) {
    it->participants.push_back(by.number);
  } else if (changed.reactions.size() >= limits_.most_emoji) {
    return scene.refuse(by.number, message.request, ErrorCode::full);
  } else {
    changed.reactions.push_back({message.emoji, {by.number}});
  }
  keep(by, message.request, std::move(changed), false, scene);
}

void ChatRoom::keep(const Participant& by, wire::RequestNumber request, wire::ChatMessage message, bool is_new,
                    Scene& scene) {
  const std::uint64_t number = message.message;
  const auto settled = [this, who = by.number, request, is_new](bool kept, const wire::Record& record, Scene& later) {
    const auto& state = std::get<wire::ChatMessage>(record);
    const auto it = messages_.find(state.message);
    // Pushed out of memory meanwhile: only the store has it, and nobody is told.
    if (it == messages_.end()) {
      return kept ? later.acknowledge(who, request) : later.refuse(who, request, ErrorCode::internal);
    }
    if (is_new && kept) bytes_ += state.text.size();
    if (!it->second.end(state, kept)) messages_.erase(it);
    if (!kept) return later.refuse(who, request, ErrorCode::internal);
    std::vector<ParticipantNumber> readers;
    for (const auto& [n, p] : later.people) {
      if ((p.stage == Stage::present || p.stage == Stage::waiting) && may_read(state, p)) readers.push_back(n);
    }
    later.tell(std::move(readers), wire::Chat{{state}, false, false});
    later.acknowledge(who, request, is_new ? std::optional{state.message} : std::nullopt);
    trim();
  };
  if (!ledger_.keep(message, scene, settled)) return scene.refuse(by.number, request, ErrorCode::internal);
  messages_[number].begin(std::move(message));
}

void ChatRoom::read(const Participant& by, const wire::ReadChat& message, Scene& scene) const {
  wire::Chat answer = page(by, message.before.value_or(next_), message.limit);
  answer.history = true;
  scene.tell({by.number}, std::move(answer));
}

void ChatRoom::welcome(const Participant& who, Scene& scene) const {
  wire::Chat answer = page(who, next_, limits_.history_messages);
  answer.history = true;
  if (!answer.messages.empty()) scene.tell({who.number}, std::move(answer));
}

std::optional<wire::ChatFile> ChatRoom::file_for(const Participant& who, const std::string& file) const {
  for (const auto& [number, entry] : messages_) {
    const wire::ChatMessage* message = entry.kept();
    if (message == nullptr || !may_read(*message, who)) continue;
    const auto found = std::ranges::find(message->files, file, &wire::ChatFile::file);
    if (found != message->files.end()) return *found;
  }
  return std::nullopt;
}

/// Oldest first, ending before `before`.
wire::Chat ChatRoom::page(const Participant& who, std::uint64_t before, std::uint32_t limit) const {
  wire::Chat out;
  std::size_t bytes = 0;
  for (auto it = messages_.lower_bound(before); it != messages_.begin();) {
    --it;
    const wire::ChatMessage* message = it->second.kept();
    if (message == nullptr || !may_read(*message, who)) continue;
    bytes += message->text.size();
    if (out.messages.size() >= limit || (bytes > limits_.history_bytes && !out.messages.empty())) {
      out.more = true;
      break;
    }
    out.messages.push_back(*message);
  }
  std::ranges::reverse(out.messages);
  return out;
}

ChatRoom::Message* ChatRoom::find(const Participant& by, std::uint64_t number) {
  const auto it = messages_.find(number);
  if (it == messages_.end() || it->second.kept() == nullptr || !may_read(*it->second.kept(), by)) return nullptr;
  return &it->second;
}

void ChatRoom::restore(wire::ChatMessage message) {
  next_ = std::max(next_, message.message + 1);
  bytes_ += message.text.size();
  messages_[message.message].restore(std::move(message));
  trim();
}

void ChatRoom::trim() {
  while ((messages_.size() > limits_.most_messages || bytes_ > limits_.most_bytes) && messages_.size() > 1) {
    const auto oldest = messages_.begin();
    if (oldest->second.kept() == nullptr) return;
    bytes_ -= std::min(bytes_, oldest->second.kept()->text.size());
    messages_.erase(oldest);
  }
}

}  // namespace sealhall::meeting
