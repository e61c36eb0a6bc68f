// Keeps every answer that the tests get from the API, so that tools/check_responses.py can hold them against the
// generated description: a line of JSON each in the file that SEALHALL_RESPONSES names; nothing without it.
#pragma once

#include <boost/json.hpp>
#include <cstdio>
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
  if (std::FILE* file = std::fopen(path, "a")) {
    std::fputs((boost::json::serialize(line) + "\n").c_str(), file);
    std::fclose(file);
  }
}

}  // namespace sealhall::testing
