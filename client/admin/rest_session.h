// One conversation with a server's REST interface, a request after another, each waited for.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/expected.h"
#include "io/http/client.h"
#include "io/net/loop.h"
#include "io/tls/context.h"

namespace sealhall::admin {

/// Why a command did not do what was asked: a sentence, and the exit code that goes with it.
struct Problem {
  std::string sentence;
  int exit_code = 1;
};

class RestSession {
 public:
  /// `server` is "https://host:port" (a path behind it is ignored); `ca_file` may be empty for the system's
  /// authorities.
  static expected<std::unique_ptr<RestSession>, Problem> open(const std::string& server, const std::string& ca_file);

  /// Sends `body` (none when empty) and gives the answer's JSON object (empty for 204). A refusal is a Problem with the
  /// server's own words.
  expected<boost::json::object, Problem> call(std::string method, std::string target,
                                              const boost::json::object& body = {});
  void use_token(std::string token) { token_ = std::move(token); }

 private:
  RestSession(std::unique_ptr<io::TlsClientContext> tls, const io::Url& url);
  io::Loop loop_;
  std::unique_ptr<io::TlsClientContext> tls_;
  io::HttpClient client_;
  std::string token_;
};

/// The text of `field`, also of a whole number; "" when there is none.
std::string text_of(const boost::json::object& object, std::string_view field);
/// The text itself; empty when the value is none.
std::string text_of(const boost::json::value& value);

/// A password from SEALHALL_PASSWORD or, without an echo, from the terminal; `twice` asks again to be sure.
expected<std::string, Problem> read_password(const std::string& prompt, bool twice);

}  // namespace sealhall::admin
