#include "server/api/error.h"

#include "io/log/json_text.h"
#include "server/api/text.h"

namespace sealhall::api {
namespace {

int usual_code(int status, ErrorStyle style) {
  if (style != ErrorStyle::v2) return status;
  switch (status) {
    case 400:
      return codes::validation;
    case 401:
      return codes::bad_token;
    case 403:
      return codes::not_permitted;
    case 404:
      return codes::no_endpoint;
    default:
      return status;
  }
}

/// RFC 6749 section 5.2, where a plain error did not say which.
std::string_view oauth_word(const ApiError& error) {
  if (!error.oauth.empty()) return error.oauth;
  if (error.status == 401) return "invalid_client";
  if (error.status == 403) return "access_denied";
  if (error.status == 429 || error.status == 503) return "temporarily_unavailable";
  return error.status >= 500 ? "server_error" : "invalid_request";
}

void add_rate_headers(const ApiError& error, ErrorStyle style, UnixMicros now, io::HttpHeaders& headers) {
  if (error.retry_after_seconds) {
    const std::int64_t seconds = *error.retry_after_seconds;
    // Programs of the field parse a date there (trap 8); RFC 9110 section 10.2.3 allows seconds for everybody else.
    headers.set("Retry-After", style == ErrorStyle::v2
                                   ? rfc3339(UnixMicros{static_cast<std::int64_t>(now) + seconds * 1'000'000})
                                   : std::to_string(seconds));
  }
  if (!error.rate) return;
  headers.set("X-RateLimit-Category", std::string{error.rate->category});
  headers.set("X-RateLimit-Type", error.rate->per_second ? "QPS" : "Daily-limit");
  headers.set("X-RateLimit-Limit", std::to_string(error.rate->limit));
  headers.set("X-RateLimit-Remaining", std::to_string(error.rate->remaining));
}

}  // namespace

ErrorStyle error_style_of(std::string_view path) noexcept {
  if (path.starts_with("/v2/")) return ErrorStyle::v2;
  if (path.starts_with("/oauth/")) return ErrorStyle::oauth;
  return ErrorStyle::own;
}

io::HttpResponse to_response(const ApiError& error, ErrorStyle style, UnixMicros now) {
  std::string body;
  if (style == ErrorStyle::oauth) {
    std::string reason = error.message;
    for (const FieldError& e : error.errors) reason += " " + e.field + ": " + e.message;
    body = R"({"reason":")" + io::json_escape(reason) + R"(","error":")" + std::string{oauth_word(error)} + "\"}";
  } else {
    body = "{\"code\":" + std::to_string(error.code != 0 ? error.code : usual_code(error.status, style)) +
           ",\"message\":\"" + io::json_escape(error.message) + "\",\"errors\":[";
    for (const FieldError& e : error.errors) {
      if (body.back() != '[') body += ',';
      body += R"({"field":")" + io::json_escape(e.field) + R"(","message":")" + io::json_escape(e.message) + "\"}";
    }
    body += "]}";
  }
  auto response = io::HttpResponse::json(error.status, std::move(body));
  add_rate_headers(error, style, now, response.headers);
  // RFC 6750 section 3; RFC 6749 section 5.2 for clients that do not authenticate.
  if (error.status == 401) response.headers.set("WWW-Authenticate", style == ErrorStyle::oauth ? "Basic" : "Bearer");
  if (!error.challenge.empty()) {
    response.headers.set("WWW-Authenticate",
                         R"(Bearer error="insufficient_scope", scope=")" + std::string{error.challenge} + "\"");
  }
  return response;
}

ApiError not_found() { return {404, "There is nothing here by that name."}; }
ApiError sign_in_needed() { return {401, "Please sign in."}; }
ApiError second_factor_needed() {
  return {403,
          "Your organisation asks for a second factor. Set one up first: POST /api/me/totp or /api/me/passkeys.",
          {{"second_factor", "Missing."}},
          std::nullopt,
          codes::not_permitted};
}
ApiError not_allowed() { return {403, "You are not allowed to do that."}; }
ApiError too_many(std::uint32_t retry_after_seconds) {
  return {429, "Too many attempts. Please wait a moment.", {}, retry_after_seconds};
}
ApiError wrong_field(std::string field, std::string message) {
  return {400, "Please check what you sent.", {{std::move(field), std::move(message)}}};
}
ApiError no_user(std::string_view who) {
  ApiError error{404, "User does not exist: " + std::string{who} + "."};
  error.code = codes::no_user;
  return error;
}

ApiError from_store(store::StoreError error) {
  using enum store::StoreError;
  switch (error) {
    case not_found:
      return api::not_found();
    case taken:
      return {409, "That name is taken already."};
    case bad_text:
      return {400, "There is a character in this text that cannot be kept."};
    case full:
      return {507, "The server has no room left on its disk."};
    default:
      return {503, "The server cannot do this right now. Please try again.", {}, 5};
  }
}

}  // namespace sealhall::api
