// Which of a series' times somebody registers for (`registration_type`): 1 all with one registration, 2 each with one
// of its own, 3 those that one registration names. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "server/schedule/meeting.h"

namespace sealhall::schedule {

/// 1, 2 or 3; 1 for what is no series.
std::uint32_t registration_type_of(const Meeting& meeting);
/// Puts what was asked for into `body.occurrence_ids`: names as the API writes them, each once, in their order; absent
/// when it is for all times. The problem names `occurrence_ids`.
expected<void, FieldProblem> choose_times(shapes::RegistrantBody& body, const Meeting& meeting);
/// Whether a registration counts for that time; nullptr: for the meeting as a whole.
bool counts_for(const shapes::RegistrantBody& body, const Occurrence* occurrence);
/// What the store knows a registration by: an address registers once, with type 2 once for each time.
std::string registration_key(const Meeting& meeting, std::string_view email, const Occurrence* occurrence);
/// Every key that this address may have registered under, the one for `first` in front.
std::vector<std::string> registration_keys(const Meeting& meeting, std::string_view email,
                                           const Occurrence* first = nullptr);
/// Those that were chosen and are still there.
std::vector<const Occurrence*> chosen_times(const shapes::RegistrantBody& body, const Meeting& meeting);

}  // namespace sealhall::schedule
