// The words by which a person says at the terminal when and how often a meeting takes place, as the API wants them.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"

namespace sealhall::admin {

struct RepeatWords {
  std::string
      repeat;  ///< "daily", "weekly", "weekly:mon,wed", "monthly", "monthly:15", "monthly:last-fri", "monthly:2-tue"
  std::uint32_t every = 1;
  std::uint32_t times = 0;  ///< 0: not said
  std::string until;        ///< "2026-12-31" or with a time; empty: not said
};
/// The `recurrence` object of a request. The error is a sentence.
expected<boost::json::object, std::string> recurrence_of(const RepeatWords& words);

/// "2026-12-01 10:00" or "2026-12-01T10:00[:00][Z]" -> "2026-12-01T10:00:00[Z]"; nullopt for anything else.
std::optional<std::string> start_time_of(std::string_view text);

/// "a@x,b@y" -> [{"email":"a@x"},{"email":"b@y"}].
boost::json::array invitees_of(const std::vector<std::string>& addresses);

/// The zone of this machine: TZ, or where /etc/localtime leads; "UTC" when neither says.
std::string zone_of_this_machine();

}  // namespace sealhall::admin
