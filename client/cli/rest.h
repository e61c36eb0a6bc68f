// What the commands need of the server's REST interface: signing in and making meetings.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/expected.h"
#include "io/http/client.h"
#include "io/net/loop.h"

namespace sealhall::cli {

class Rest {
 public:
  using OnText = std::function<void(expected<std::string, std::string>)>;

  /// `tls` outlives it.
  Rest(io::Loop& loop, const io::TlsClientContext& tls, const std::string& host, std::uint16_t port);
  /// `done` gets a bearer token, or a sentence.
  void sign_in(const std::string& user, const std::string& password, OnText done);
  /// `done` gets the meeting's id, or a sentence.
  void create_meeting(const std::string& token, const std::string& topic, OnText done);

 private:
  void post(const std::string& target, const std::string& token, std::string body, const std::string& field,
            OnText done);
  io::HttpClient client_;
};

/// The text or number value of `field` at the top of the JSON object `json`; empty when it is not there.
std::string json_field(std::string_view json, std::string_view field);

}  // namespace sealhall::cli
