// The content of a meeting: checking what clients send, filling in what they left out, putting changes over it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "core/base/random.h"
#include "server/schedule/recurrence.h"
#include "server/schedule/shapes.h"

namespace sealhall::schedule {

/// What a field may be; the problem names it with dots.
expected<void, FieldProblem> check(const shapes::Settings& settings);
expected<void, FieldProblem> check(const shapes::RegistrantBody& registrant, const shapes::Questions& questions);
expected<void, FieldProblem> check(const shapes::Questions& questions);

/// Every field that `change` has replaces that of `into`.
void put_over(shapes::Settings& into, const shapes::Settings& change);
/// With every field that answers always carry; what is not set has its usual value.
shapes::Settings with_defaults(shapes::Settings settings);

/// The rule of a body. Times without an offset are in `zone`. Absent fields that `start` implies are filled in.
/// Problems: an unknown or missing type, what `check(Recurrence)` says.
expected<Recurrence, FieldProblem> recurrence_of(const shapes::RecurrenceBody& body, local_seconds start,
                                                 const TimeZone& zone);
shapes::RecurrenceBody body_of(const Recurrence& recurrence);

/// "a@x; b@y,c@z" -> the three. Empty parts are skipped.
std::vector<std::string> addresses_in(std::string_view text);
/// Something before and after one '@', no blanks, controls, quotes or brackets, ASCII, at most 254 characters: what may
/// stand in a mail's envelope and in a calendar file.
bool is_address(std::string_view text) noexcept;

/// Eight digits: what a meeting gets whose maker said nothing about a passcode.
std::string new_passcode(RandomSource& random);
/// Whether it can be typed on a phone.
bool is_numeric(std::string_view passcode) noexcept;

}  // namespace sealhall::schedule
