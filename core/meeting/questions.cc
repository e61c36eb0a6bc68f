#include "core/meeting/questions.h"

#include <algorithm>

#include "core/meeting/text.h"

namespace sealhall::meeting {
namespace {
using wire::ErrorCode;
using wire::QuestionState;
}  // namespace

void Questions::ask(const Participant& by, const wire::AskQuestion& message, Scene& scene) {
  if (!may_act(by, scene.rules)) return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  wire::QuestionRecord record;
  record.question.text = clean_text(message.text);
  if (record.question.text.empty()) return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  if (questions_.size() >= most_questions) return scene.refuse(by.number, message.request, ErrorCode::full);
  record.question.question = next_++;
  record.question.asked_at_ms = scene.wall_ms();
  if (!message.anonymous) {
    record.question.from = by.number;
    record.question.name = by.name;
  }
  keep(by, message.request, std::move(record), scene);
}

void Questions::upvote(const Participant& by, const wire::UpvoteQuestion& message, Scene& scene) {
  if (!may_act(by, scene.rules)) return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  const auto* found = find(by, message.question);
  if (found == nullptr) return scene.refuse(by.number, message.request, ErrorCode::not_found);
  wire::QuestionRecord record = found->newest();
  const auto it = std::ranges::find(record.upvoters, by.number);
  if ((it != record.upvoters.end()) == message.on) return scene.acknowledge(by.number, message.request);
  if (message.on) {
    record.upvoters.push_back(by.number);
  } else {
    record.upvoters.erase(it);
  }
  record.question.upvotes = static_cast<std::uint32_t>(record.upvoters.size());
  keep(by, message.request, std::move(record), scene);
}

void Questions::answer(const Participant& by, const wire::AnswerQuestion& message, Scene& scene) {
  if (!may_act(by, scene.rules) || !is_host(by)) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  }
  const auto* found = find(by, message.question);
  if (found == nullptr) return scene.refuse(by.number, message.request, ErrorCode::not_found);
  wire::QuestionRecord record = found->newest();
  std::string text = clean_text(message.text);
  if (text.empty()) return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  if (record.question.answers.size() >= most_answers) {
    return scene.refuse(by.number, message.request, ErrorCode::full);
  }
  record.question.answers.push_back({by.name, std::move(text), scene.wall_ms()});
  record.question.state = QuestionState::answered;
  keep(by, message.request, std::move(record), scene);
}

void Questions::control(const Participant& by, const wire::ControlQuestion& message, Scene& scene) {
  if (!may_act(by, scene.rules) || !is_host(by)) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed);
  }
  const auto* found = find(by, message.question);
  if (found == nullptr) return scene.refuse(by.number, message.request, ErrorCode::not_found);
  wire::QuestionRecord record = found->newest();
  switch (message.action) {
    case wire::QuestionAction::answered:
      record.question.state = QuestionState::answered;
      break;
    case wire::QuestionAction::dismiss:
      record.question.state = QuestionState::dismissed;
      break;
    case wire::QuestionAction::reopen:
      record.question.state = QuestionState::open;
      break;
  }
  keep(by, message.request, std::move(record), scene);
}

void Questions::keep(const Participant& by, wire::RequestNumber request, wire::QuestionRecord record, Scene& scene) {
  const std::uint64_t number = record.question.question;
  const auto settled = [this, who = by.number, request](bool kept, const wire::Record& made, Scene& later) {
    const auto& state = std::get<wire::QuestionRecord>(made);
    const auto it = questions_.find(state.question.question);
    if (it == questions_.end()) return later.acknowledge(who, request);
    if (!it->second.end(state, kept)) questions_.erase(it);
    if (!kept) return later.refuse(who, request, ErrorCode::internal);
    later.tell(later.hosts(), wire::QuestionChanged{state.question});
    if (state.question.state == QuestionState::dismissed) {
      later.tell(later.participants(), wire::QuestionRemoved{state.question.question});
    } else {
      later.tell(later.participants(), wire::QuestionChanged{state.question});
    }
    later.acknowledge(who, request, state.question.question);
  };
  if (!ledger_.keep(record, scene, settled)) return scene.refuse(by.number, request, ErrorCode::internal);
  questions_[number].begin(std::move(record));
}

Durable<wire::QuestionRecord>* Questions::find(const Participant& by, std::uint64_t number) {
  const auto it = questions_.find(number);
  if (it == questions_.end() || it->second.kept() == nullptr) return nullptr;
  if (it->second.newest().question.state == QuestionState::dismissed && !is_host(by)) return nullptr;
  return &it->second;
}

void Questions::welcome(const Participant& who, Scene& scene) const {
  std::size_t left = most_welcome;
  for (auto it = questions_.rbegin(); it != questions_.rend() && left > 0; ++it) {
    const wire::QuestionRecord* record = it->second.kept();
    if (record == nullptr) continue;
    if (record->question.state == QuestionState::dismissed && !is_host(who)) continue;
    const bool upvoted = std::ranges::find(record->upvoters, who.number) != record->upvoters.end();
    scene.tell({who.number}, wire::QuestionChanged{record->question, upvoted});
    --left;
  }
}

void Questions::restore(wire::QuestionRecord record) {
  next_ = std::max(next_, record.question.question + 1);
  questions_[record.question.question].restore(std::move(record));
}

}  // namespace sealhall::meeting
