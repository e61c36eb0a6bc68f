// What was written in a meeting, as a line at the terminal.
#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace sealhall::admin {

/// One message of the API: when, by whom, what, and in brackets the files that came with it. Lines after the first are
/// set in, so that nothing that somebody writes looks like what somebody else has written.
std::string chat_line(const boost::json::object& message);

}  // namespace sealhall::admin
