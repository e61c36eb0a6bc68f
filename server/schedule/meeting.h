// A scheduled meeting, opened: what the store keeps in the open and what it keeps sealed, put together. And how a
// request makes or changes one, as a pure function.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "server/schedule/content.h"
#include "server/schedule/zones.h"
#include "store/schedule.h"

namespace sealhall::schedule {

/// Somebody with an account, as far as scheduling needs to know.
struct Person {
  std::string id;
  std::string account_id;
  std::string name;
  std::string email;     ///< may be empty
  std::string language;  ///< "zh-TW"; may be empty
  std::string timezone;  ///< may be empty
};

struct Occurrence {
  sys_seconds original_start;  ///< its name for ever
  sys_seconds start;
  std::uint32_t duration = 0;  ///< minutes
  bool deleted = false;
  bool changed = false;
  shapes::OccurrenceDetails details{};
  bool operator==(const Occurrence& other) const {
    return original_start == other.original_start && start == other.start && duration == other.duration &&
           deleted == other.deleted && changed == other.changed;
  }
};

struct Meeting {
  store::ScheduledMeeting row;
  shapes::Details details;
  std::vector<Occurrence> occurrences;  ///< of a series: ascending by original start
  Person owner;
  std::vector<Person> hosts;  ///< alternative ones

  [[nodiscard]] bool is_series() const noexcept { return row.type == store::MeetingType::recurring; }
  [[nodiscard]] Occurrence* find(sys_seconds original_start);
  [[nodiscard]] const Occurrence* find(sys_seconds original_start) const;
  /// "" without a passcode.
  [[nodiscard]] std::string passcode_token() const;
  [[nodiscard]] bool wants_registration() const noexcept { return row.approval < 2; }
};

/// A meeting of `owner` that nothing was said about yet.
Meeting blank_meeting(Person owner, UnixMicros now, RandomSource& random);

/// Puts a request over a meeting: `creating` fills in what was left out. Times of a series that no longer fit are made
/// anew, and exceptions with them go; otherwise they stay.
expected<void, FieldProblem> apply(Meeting& meeting, const shapes::MeetingBody& body, bool creating, Zones& zones,
                                   UnixMicros now, RandomSource& random);
/// The same for one occurrence. Problems also for fields that one occurrence cannot have of its own.
expected<void, FieldProblem> apply_to_occurrence(Meeting& meeting, Occurrence& occurrence,
                                                 const shapes::MeetingBody& body, Zones& zones);
/// Brings `row.ends_at` in line with the occurrences.
void settle(Meeting& meeting);

/// The occurrence that runs or comes next; the last one when all are over; nullptr without any.
const Occurrence* current_occurrence(const Meeting& meeting, UnixMicros now);
/// Settings as they are in an occurrence.
shapes::Settings settings_in(const Meeting& meeting, const Occurrence* occurrence);

struct ViewOptions {
  std::string_view public_url{};
  UnixMicros now{};
  bool running = false;
  bool for_host = false;  ///< with a start link for `host_id`
  std::string_view host_id{};
  bool all_occurrences = false;            ///< also those that are over
  const Occurrence* occurrence = nullptr;  ///< only this one is looked at
};
shapes::MeetingView view_of(const Meeting& meeting, const ViewOptions& options);
shapes::ListedMeeting listed_view_of(const store::ScheduledMeeting& row, const shapes::Details& details,
                                     std::string_view public_url);

}  // namespace sealhall::schedule
