#include "client/cli/rest.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "client/cli/json_line.h"

namespace sealhall::cli {

std::string json_field(std::string_view json, std::string_view field) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse({json.data(), json.size()}, error);
  if (error || !value.is_object()) return {};
  const boost::json::value* found = value.as_object().if_contains({field.data(), field.size()});
  if (found == nullptr) return {};
  if (const auto* text = found->if_string()) return std::string(text->data(), text->size());
  if (const auto* number = found->if_int64()) return std::to_string(*number);
  if (const auto* number = found->if_uint64()) return std::to_string(*number);
  return {};
}

Rest::Rest(io::Loop& loop, const io::TlsClientContext& tls, const std::string& host, std::uint16_t port)
    : client_(loop, tls, host, port) {}

void Rest::post(const std::string& target, const std::string& token, std::string body, const std::string& field,
                OnText done) {
  io::HttpClientRequest request;
  request.method = "POST";
  request.target = target;
  request.headers.add("Content-Type", "application/json");
  if (!token.empty()) request.headers.add("Authorization", "Bearer " + token);
  request.body = std::move(body);
  client_.send(std::move(request), [field, done = std::move(done)](expected<io::HttpResponse, io::Failure> response) {
    if (!response) {
      done(unexpected(response.error().reason));
      return;
    }
    if (response->status / 100 != 2) {
      const std::string message = json_field(response->body, "message");
      done(unexpected(message.empty() ? "The server answered " + std::to_string(response->status) + "." : message));
      return;
    }
    std::string value = json_field(response->body, field);
    if (value.empty()) {
      done(unexpected("The server's answer has no \"" + field + "\"."));
      return;
    }
    done(std::move(value));
  });
}

void Rest::sign_in(const std::string& user, const std::string& password, OnText done) {
  JsonObject body;
  body.add("login", user).add("password", password);
  post("/api/sign-in", {}, body.text(), "token", std::move(done));
}

void Rest::create_meeting(const std::string& token, const std::string& topic, OnText done) {
  JsonObject body;
  body.add("topic", topic);
  post("/api/meetings", token, body.text(), "id", std::move(done));
}

}  // namespace sealhall::cli
