#include "client/admin/rest_session.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdlib>

#include "client/cli/prompt.h"

namespace sealhall::admin {

namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_refused = 3;

Problem refusal(const io::HttpResponse& response, const boost::json::object& body) {
  Problem problem{text_of(body, "message"), exit_refused};
  if (problem.sentence.empty()) problem.sentence = "The server answered " + std::to_string(response.status) + ".";
  if (const auto* errors = body.if_contains("errors"); errors != nullptr && errors->is_array()) {
    for (const auto& error : errors->as_array()) {
      if (!error.is_object()) continue;
      problem.sentence += "\n  " + text_of(error.as_object(), "field") + ": " + text_of(error.as_object(), "message");
    }
  }
  return problem;
}

}  // namespace

std::string text_of(const boost::json::value& value) {
  const auto* text = value.if_string();
  return text == nullptr ? "" : std::string{*text};
}

std::string text_of(const boost::json::object& object, std::string_view field) {
  const auto* found = object.if_contains({field.data(), field.size()});
  if (found == nullptr) return {};
  if (found->is_int64()) return std::to_string(found->as_int64());
  return text_of(*found);
}

expected<std::string, Problem> read_password(const std::string& prompt, bool twice) {
  if (const char* given = std::getenv("SEALHALL_PASSWORD"); given != nullptr && *given != '\0') return given;
  auto first = cli::ask_password(prompt);
  if (!first)
    return unexpected(Problem{"There is no terminal to ask for the password; set SEALHALL_PASSWORD.", exit_usage});
  if (twice) {
    const auto second = cli::ask_password("The same once more: ");
    if (second != first) return unexpected(Problem{"The two passwords differ. Please try again.", exit_usage});
  }
  return std::move(*first);
}

RestSession::RestSession(std::unique_ptr<io::TlsClientContext> tls, const io::Url& url)
    : tls_(std::move(tls)), client_(loop_, *tls_, url.host, url.port) {}

expected<std::unique_ptr<RestSession>, Problem> RestSession::open(const std::string& server,
                                                                  const std::string& ca_file) {
  const auto url = io::parse_url(server);
  if (!url || url->scheme != "https") {
    return unexpected(
        Problem{"The server should be given as https://HOST:PORT, not as \"" + server + "\".", exit_usage});
  }
  auto tls = io::TlsClientContext::create({.ca_file = ca_file});
  if (!tls) return unexpected(Problem{tls.error().reason, exit_usage});
  return std::unique_ptr<RestSession>(new RestSession(std::move(*tls), *url));
}

expected<boost::json::object, Problem> RestSession::call(std::string method, std::string target,
                                                         const boost::json::object& body) {
  io::HttpClientRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  if (!token_.empty()) request.headers.add("Authorization", "Bearer " + token_);
  if (!body.empty()) {
    request.headers.add("Content-Type", "application/json");
    request.body = boost::json::serialize(body);
  }
  std::optional<expected<io::HttpResponse, io::Failure>> answer;
  client_.send(std::move(request),
               [&answer](expected<io::HttpResponse, io::Failure> response) { answer.emplace(std::move(response)); });
  loop_.run_until([&answer] { return answer.has_value(); }, std::chrono::seconds{30});
  if (!answer) return unexpected(Problem{"The server did not answer within 30 seconds.", exit_failed});
  if (!*answer) return unexpected(Problem{answer->error().reason, exit_failed});
  const io::HttpResponse& response = **answer;
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(response.body.empty() ? "{}" : response.body, error);
  boost::json::object object = !error && parsed.is_object() ? parsed.as_object() : boost::json::object{};
  if (response.status / 100 != 2) return unexpected(refusal(response, object));
  return object;
}

}  // namespace sealhall::admin
