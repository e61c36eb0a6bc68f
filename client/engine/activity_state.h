// What a participant knows of chat, polls, questions, hands and recordings: built from the server's messages.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/wire/signalling.h"

namespace sealhall::client {

class ActivityState {
 public:
  /// A new join: everything comes again.
  void begin() { *this = ActivityState{}; }

  void apply(const wire::Chat& m) {
    for (const wire::ChatMessage& message : m.messages) chat_[message.message] = message;
  }
  void apply(const wire::Hands& m) { hands_ = m.raised; }
  void apply(const wire::Spotlight& m) { spotlight_ = m.participants; }
  void apply(const wire::PollChanged& m) {
    polls_[m.poll.poll] = m.poll;
    if (m.voted == true) voted_.insert(m.poll.poll);
  }
  void apply(const wire::PollRemoved& m) { polls_.erase(m.poll); }
  void apply(const wire::QuestionChanged& m) { questions_[m.question.question] = m.question; }
  void apply(const wire::QuestionRemoved& m) { questions_.erase(m.question); }
  void apply(const wire::Recording& m) { recording_ = m; }
  void apply(const wire::Rooms& m) { rooms_ = m; }
  void apply(const wire::Board& m) {
    if (m.all) board_.clear();
    for (const wire::BoardItem& item : m.items) {
      if (item.kind == wire::ShapeKind::clear) {
        board_.erase(board_.begin(), board_.lower_bound(item.item));
      } else if (item.kind == wire::ShapeKind::erase) {
        board_.erase(item.erases.value_or(0));
      } else {
        board_[item.item] = item;
      }
    }
  }
  /// Of messages that change nothing here.
  template <class T>
  void apply(const T&) {}

  [[nodiscard]] const std::map<std::uint64_t, wire::ChatMessage>& chat() const noexcept { return chat_; }
  [[nodiscard]] const std::vector<wire::ParticipantNumber>& hands() const noexcept { return hands_; }
  [[nodiscard]] const std::vector<wire::ParticipantNumber>& spotlight() const noexcept { return spotlight_; }
  [[nodiscard]] const std::map<std::uint64_t, wire::Poll>& polls() const noexcept { return polls_; }
  [[nodiscard]] const std::map<std::uint64_t, wire::Question>& questions() const noexcept { return questions_; }
  [[nodiscard]] const wire::Recording& recording() const noexcept { return recording_; }
  [[nodiscard]] const std::map<std::uint64_t, wire::BoardItem>& board() const noexcept { return board_; }
  [[nodiscard]] const wire::Rooms& rooms() const noexcept { return rooms_; }
  [[nodiscard]] bool voted(std::uint64_t poll) const { return voted_.contains(poll); }

 private:
  std::map<std::uint64_t, wire::ChatMessage> chat_;
  std::vector<wire::ParticipantNumber> hands_;
  std::vector<wire::ParticipantNumber> spotlight_;
  std::map<std::uint64_t, wire::Poll> polls_;
  std::map<std::uint64_t, wire::Question> questions_;
  std::set<std::uint64_t> voted_;
  wire::Recording recording_;
  wire::Rooms rooms_;
  std::map<std::uint64_t, wire::BoardItem> board_;
};

}  // namespace sealhall::client
