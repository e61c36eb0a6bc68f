// Tested in codec_test.cc
#include <algorithm>

#include "core/wire/json_codec.h"
#include "core/wire/records.h"

namespace sealhall::wire {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

ParticipantNumber largest(const std::vector<ParticipantNumber>& numbers) {
  return numbers.empty() ? 0 : *std::ranges::max_element(numbers);
}

}  // namespace

std::string encode(const Record& record) { return detail::encode_message(record); }

expected<Record, WireError> decode_record(std::string_view json) {
  return detail::text_to_message<Record>(json, max_server_message_size);
}

std::string_view kind_of(const Record& record) noexcept {
  return std::visit(
      Overloaded{[](const ChatMessage&) { return "chat"; }, [](const PollRecord&) { return "poll"; },
                 [](const QuestionRecord&) { return "question"; }, [](const ReportRecord&) { return "report"; },
                 [](const ConsentRecord&) { return "consent"; }, [](const BoardItem&) { return "board"; }},
      record);
}

std::uint64_t number_of(const Record& record) noexcept {
  return std::visit(
      Overloaded{[](const ChatMessage& r) { return r.message; }, [](const PollRecord& r) { return r.poll.poll; },
                 [](const QuestionRecord& r) { return r.question.question; },
                 [](const ReportRecord& r) { return r.report; },
                 [](const ConsentRecord& r) { return std::uint64_t{r.participant}; },
                 [](const BoardItem& r) { return r.item; }},
      record);
}

ParticipantNumber newest_participant(const Record& record) noexcept {
  return std::visit(
      Overloaded{[](const ChatMessage& r) {
                   ParticipantNumber newest = std::max(r.from, r.to.value_or(0));
                   for (const ChatReaction& reaction : r.reactions)
                     newest = std::max(newest, largest(reaction.participants));
                   return newest;
                 },
                 [](const PollRecord& r) { return largest(r.voted); },
                 [](const QuestionRecord& r) { return std::max(r.question.from.value_or(0), largest(r.upvoters)); },
                 [](const ReportRecord&) { return ParticipantNumber{0}; },
                 [](const ConsentRecord& r) { return r.participant; }, [](const BoardItem& r) { return r.from; }},
      record);
}

}  // namespace sealhall::wire
