// Questions and answers: anybody asks, also anonymously, and votes questions up; hosts answer and dismiss them.
//
// Who asked an anonymous question is neither told nor kept.
#pragma once

#include <cstdint>
#include <map>

#include "core/meeting/activity.h"

namespace sealhall::meeting {

class Questions {
 public:
  explicit Questions(Ledger& ledger) : ledger_(ledger) {}

  void ask(const Participant& by, const wire::AskQuestion& message, Scene& scene);
  void upvote(const Participant& by, const wire::UpvoteQuestion& message, Scene& scene);
  void answer(const Participant& by, const wire::AnswerQuestion& message, Scene& scene);
  void control(const Participant& by, const wire::ControlQuestion& message, Scene& scene);
  /// The newest questions that somebody who has come in may see.
  void welcome(const Participant& who, Scene& scene) const;
  void restore(wire::QuestionRecord record);
  [[nodiscard]] std::size_t size() const noexcept { return questions_.size(); }

 private:
  static constexpr std::size_t most_questions = 1000;
  static constexpr std::size_t most_answers = 10;
  static constexpr std::size_t most_welcome = 200;
  Durable<wire::QuestionRecord>* find(const Participant& by, std::uint64_t number);
  void keep(const Participant& by, wire::RequestNumber request, wire::QuestionRecord record, Scene& scene);

  Ledger& ledger_;
  std::map<std::uint64_t, Durable<wire::QuestionRecord>> questions_;
  std::uint64_t next_ = 1;
};

}  // namespace sealhall::meeting
