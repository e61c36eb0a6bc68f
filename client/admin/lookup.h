// People, groups and roles by the names that somebody types.
#pragma once

#include <functional>
#include <string>

#include "client/admin/rest_session.h"

namespace sealhall::admin {

/// Who is meant, as an id. The Problem names the command that lists what there is.
expected<std::string, Problem> user_by_login(RestSession& session, const std::string& login);
expected<std::string, Problem> group_by_name(RestSession& session, const std::string& name);
/// One that is built in, or one of the account's own, by its name or id.
expected<std::string, Problem> role_by_name(RestSession& session, const std::string& name);

/// Prints an answer: as it came with `json`, otherwise by `print`. The exit code.
int show(const expected<boost::json::object, Problem>& answer, bool json,
         const std::function<void(const boost::json::object&)>& print);
/// The same for what has no answer: `sentence`, or {"ok":true}.
int told(const expected<boost::json::object, Problem>& answer, bool json, const std::string& sentence);

}  // namespace sealhall::admin
