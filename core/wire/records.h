// What a meeting keeps: the records that are sealed and stored, and read back when the meeting goes on after a crash.
// The same codec as the messages, so what is read back is within the same limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/expected.h"
#include "core/wire/activities.h"
#include "core/wire/codec.h"

namespace sealhall::wire {

struct PollRecord {
  Poll poll;  ///< with results, whoever may see them
  bool removed = false;
  std::vector<ParticipantNumber> voted;
};
struct QuestionRecord {
  Question question;
  std::vector<ParticipantNumber> upvoters;
};
struct ReportRecord {
  std::uint64_t report = 0;
  std::string by;
  std::vector<std::string> about;
  std::string text;
  std::uint64_t at_ms = 0;
};
struct ConsentRecord {
  ParticipantNumber participant = 0;
  std::string name;
  bool agreed = false;
  std::uint64_t at_ms = 0;
};

using Record = std::variant<ChatMessage, PollRecord, QuestionRecord, ReportRecord, ConsentRecord, BoardItem>;

std::string encode(const Record& record);
expected<Record, WireError> decode_record(std::string_view json);

/// "chat", "poll", ..: what the store sorts by.
std::string_view kind_of(const Record& record) noexcept;
/// Unique in a meeting together with the kind; a record with the same replaces the one before.
std::uint64_t number_of(const Record& record) noexcept;
/// The largest participant number that the record names; 0 for none.
ParticipantNumber newest_participant(const Record& record) noexcept;

}  // namespace sealhall::wire
