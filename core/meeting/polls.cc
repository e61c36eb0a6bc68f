#include "core/meeting/polls.h"

#include <algorithm>

#include "core/meeting/text.h"

namespace sealhall::meeting {
namespace {

using wire::ErrorCode;
using wire::PollState;

constexpr std::size_t most_option_text = 200;

/// Cleans the texts; false when one is empty or too long.
bool clean(wire::SavePoll& poll) {
  poll.title = clean_text(poll.title);
  for (wire::PollQuestion& question : poll.questions) {
    question.text = clean_text(question.text);
    if (question.text.empty()) return false;
    for (std::string& option : question.options) {
      option = clean_text(option);
      if (option.empty() || count_code_points(option) > most_option_text) return false;
    }
  }
  return true;
}

bool fits(const wire::PollAnswer& answer, const wire::PollQuestion& question) {
  if (!question.multiple && answer.options.size() != 1) return false;
  std::vector<std::uint32_t> sorted = answer.options;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return false;
  return sorted.empty() || sorted.back() < question.options.size();
}

/// A tally for every question and option: what was prepared before the meeting has none yet.
void make_room_for_votes(wire::Poll& poll) {
  poll.results.resize(poll.questions.size());
  for (std::size_t i = 0; i < poll.questions.size(); ++i) {
    poll.results[i].votes.resize(poll.questions[i].options.size());
    poll.results[i].voters.resize(poll.anonymous ? 0 : poll.questions[i].options.size());
  }
}

}  // namespace

wire::Poll seen_by(const Participant& p, const wire::Poll& poll) {
  wire::Poll out = poll;
  if (is_host(p)) return out;
  if (!poll.shared) out.results.clear();
  for (wire::PollTally& tally : out.results) tally.voters.clear();
  return out;
}

void Polls::save(const Participant& by, const wire::SavePoll& message, Scene& scene) {
  if (!may_act(by, scene.rules) || !is_host(by)) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  }
  wire::SavePoll wanted = message;
  if (!clean(wanted)) return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  wire::PollRecord record;
  if (message.poll) {
    const auto it = polls_.find(*message.poll);
    if (it == polls_.end() || it->second.kept() == nullptr) {
      return scene.refuse(by.number, message.request, ErrorCode::not_found);
    }
    record = it->second.newest();
    if (record.removed) return scene.refuse(by.number, message.request, ErrorCode::not_found);
    if (record.poll.state != PollState::draft) {
      return scene.refuse(by.number, message.request, ErrorCode::not_allowed, "A poll that was opened stays as it is.");
    }
  } else {
    if (polls_.size() >= most_polls) return scene.refuse(by.number, message.request, ErrorCode::full);
    record.poll.poll = next_++;
  }
  record.poll.title = std::move(wanted.title);
  record.poll.anonymous = wanted.anonymous;
  record.poll.questions = std::move(wanted.questions);
  record.poll.results.clear();
  make_room_for_votes(record.poll);
  keep(by, message.request, std::move(record), scene);
}

void Polls::control(const Participant& by, const wire::ControlPoll& message, Scene& scene) {
  if (!may_act(by, scene.rules) || !is_host(by)) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  }
  const auto it = polls_.find(message.poll);
  if (it == polls_.end() || it->second.kept() == nullptr || it->second.newest().removed) {
    return scene.refuse(by.number, message.request, ErrorCode::not_found);
  }
  wire::PollRecord record = it->second.newest();
  switch (message.action) {
    case wire::PollAction::open:
      record.poll.state = PollState::open;
      break;
    case wire::PollAction::close:
      if (record.poll.state != PollState::open) {
        return scene.refuse(by.number, message.request, ErrorCode::not_allowed, "This poll is not open.");
      }
      record.poll.state = PollState::closed;
      break;
    case wire::PollAction::share:
    case wire::PollAction::unshare:
      if (record.poll.state == PollState::draft) {
        return scene.refuse(by.number, message.request, ErrorCode::not_allowed, "This poll was not opened yet.");
      }
      record.poll.shared = message.action == wire::PollAction::share;
      break;
    case wire::PollAction::remove:
      record.removed = true;
      break;
  }
  keep(by, message.request, std::move(record), scene);
}

void Polls::vote(const Participant& by, const wire::Vote& message, Scene& scene) {
  if (!may_act(by, scene.rules)) return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  const auto it = polls_.find(message.poll);
  if (it == polls_.end() || it->second.kept() == nullptr || it->second.newest().removed ||
      it->second.newest().poll.state == PollState::draft) {
    return scene.refuse(by.number, message.request, ErrorCode::not_found);
  }
  wire::PollRecord record = it->second.newest();
  wire::Poll& poll = record.poll;
  if (poll.state != PollState::open) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed, "This poll is closed.");
  }
  if (std::ranges::find(record.voted, by.number) != record.voted.end()) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed, "You have voted already.");
  }
  if (!std::ranges::equal(message.answers, poll.questions, fits)) {
    return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  }
  for (std::size_t i = 0; i < poll.questions.size(); ++i) {
    for (const std::uint32_t option : message.answers[i].options) {
      poll.results[i].votes[option] += 1;
      if (!poll.anonymous) poll.results[i].voters[option].participants.push_back(by.number);
    }
  }
  poll.votes += 1;
  // Sorted, so that the order of two lists tells nothing.
  record.voted.insert(std::ranges::upper_bound(record.voted, by.number), by.number);
  keep(by, message.request, std::move(record), scene);
}

void Polls::keep(const Participant& by, wire::RequestNumber request, wire::PollRecord record, Scene& scene) {
  const std::uint64_t number = record.poll.poll;
  const auto settled = [this, who = by.number, request](bool kept, const wire::Record& made, Scene& later) {
    const auto& state = std::get<wire::PollRecord>(made);
    const auto it = polls_.find(state.poll.poll);
    if (it == polls_.end()) return later.acknowledge(who, request);
    const wire::PollRecord before = it->second.kept() == nullptr ? wire::PollRecord{} : *it->second.kept();
    if (!it->second.end(state, kept)) polls_.erase(it);
    if (!kept) return later.refuse(who, request, ErrorCode::internal);
    tell(before, state, later);
    later.acknowledge(who, request, state.poll.poll);
  };
  if (!ledger_.keep(record, scene, settled)) return scene.refuse(by.number, request, ErrorCode::internal);
  polls_[number].begin(std::move(record));
}

void Polls::tell(const wire::PollRecord& before, const wire::PollRecord& now, Scene& scene) const {
  if (now.removed) {
    return scene.tell(now.poll.state == PollState::draft ? scene.hosts() : scene.everybody(),
                      wire::PollRemoved{now.poll.poll});
  }
  scene.tell(scene.hosts(), wire::PollChanged{now.poll});
  if (now.poll.state == PollState::draft) return;
  // Votes alone are news to participants only when they see the results.
  const bool only_votes = before.poll.state == now.poll.state && before.poll.shared == now.poll.shared;
  if (only_votes && !now.poll.shared) return;
  scene.tell(scene.participants(), wire::PollChanged{seen_by(Participant{}, now.poll)});
}

void Polls::welcome(const Participant& who, Scene& scene) const {
  for (const auto& [number, entry] : polls_) {
    const wire::PollRecord* record = entry.kept();
    if (record == nullptr || record->removed) continue;
    if (record->poll.state == PollState::draft && !is_host(who)) continue;
    const bool voted = std::ranges::binary_search(record->voted, who.number);
    scene.tell({who.number}, wire::PollChanged{seen_by(who, record->poll), voted});
  }
}

void Polls::restore(wire::PollRecord record) {
  next_ = std::max(next_, record.poll.poll + 1);
  make_room_for_votes(record.poll);
  polls_[record.poll.poll].restore(std::move(record));
}

}  // namespace sealhall::meeting
