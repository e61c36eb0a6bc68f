// What policies ask of a meeting when it is made or changed, and at its door. Pure.
#pragma once

#include "core/base/expected.h"
#include "core/base/random.h"
#include "server/meeting_policies.h"
#include "server/schedule/content.h"

namespace sealhall::schedule {

/// Puts the policies of the host over a request: fills in what it leaves out, and gives the field that asks for what
/// they forbid. `is` is the meeting before: a blank one, or one from a template, when `creating`.
expected<void, FieldProblem> obey(shapes::MeetingBody& body, bool creating, const shapes::Details& is,
                                  const MeetingPolicies& policies, RandomSource& random);
/// The same for the settings of one occurrence, which has no passcode of its own.
expected<void, FieldProblem> obey(shapes::Settings& settings, const MeetingPolicies& policies);
/// The settings of a meeting as its door has them: also one that was made before the policies were set. One without the
/// passcode that is asked for now has a waiting room instead.
void at_the_door(shapes::Settings& settings, bool has_passcode, const MeetingPolicies& policies);

}  // namespace sealhall::schedule
