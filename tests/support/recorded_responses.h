// Keeps every answer that the tests get from the API, so that tools/check_responses.py can hold them against the
// generated description: a line of JSON each in the file that SEALHALL_RESPONSES names; nothing without it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <string>

#include "io/http/message.h"

namespace sealhall::testing {

inline void record_response(const std::string& method, const std::string& target, const io::HttpResponse& response) {
  const char* path = std::getenv("SEALHALL_RESPONSES");
  if (path == nullptr) return;
  boost::json::object line{{"method", method},
                           {"path", target.substr(0, target.find('?'))},
                           {"status", response.status},
                           {"type", std::string{response.headers.find("Content-Type").value_or("")}},
                           {"body", response.body}};
  // One write a line: programs that run side by side append to the same file.
  const std::string text = boost::json::serialize(line) + "\n";
  const int file = ::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return;
  if (::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) std::abort();
  ::close(file);
}

}  // namespace sealhall::testing
