// Recurrence rules (RFC 5545 section 3.3.10), computed by libical. The only place that includes it is calendar_rule.cc.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace sealhall::schedule {

/// The local times at which `rule` ("FREQ=WEEKLY;BYDAY=MO;COUNT=3") takes place when it begins at `start`, ascending,
/// at most `limit`, none after the year 2200. Empty for what is no rule, and for a rule that never comes true.
std::vector<std::chrono::local_seconds> expand_rule(const std::string& rule, std::chrono::local_seconds start,
                                                    std::size_t limit);

}  // namespace sealhall::schedule
