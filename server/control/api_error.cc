#include "server/control/api_error.h"

#include <boost/json.hpp>

namespace sealhall::control {

io::HttpResponse to_response(const ApiError& error) {
  boost::json::object body;
  body["code"] = error.status;
  body["message"] = error.message;
  boost::json::array& errors = body["errors"].emplace_array();
  for (const FieldError& e : error.errors) errors.push_back({{"field", e.field}, {"message", e.message}});
  auto response = io::HttpResponse::json(error.status, boost::json::serialize(body));
  if (error.retry_after_seconds) response.headers.set("Retry-After", std::to_string(*error.retry_after_seconds));
  if (error.status == 401) response.headers.set("WWW-Authenticate", "Bearer");  // RFC 6750 section 3
  return response;
}

ApiError not_found() { return {404, "There is nothing here by that name."}; }
ApiError sign_in_needed() { return {401, "Please sign in."}; }
ApiError not_allowed() { return {403, "You are not allowed to do that."}; }
ApiError too_many(std::uint32_t retry_after_seconds) {
  return {429, "Too many attempts. Please wait a moment.", {}, retry_after_seconds};
}

ApiError from_wire(const wire::WireError& error) {
  using enum wire::WireErrorKind;
  if (error.kind == too_large) return {413, "That is too large."};
  if (error.field.empty()) return {400, "The body is not a JSON object."};
  std::string message;
  switch (error.kind) {
    case missing_field:
      message = "This is needed.";
      break;
    case out_of_range:
      message = "This number is too small or too large.";
      break;
    case wrong_size:
      message = "This is too short or too long.";
      break;
    default:
      message = "This has the wrong type.";
  }
  return wrong_field(std::string{error.field}, std::move(message));
}

ApiError from_store(store::StoreError error) {
  using enum store::StoreError;
  switch (error) {
    case not_found:
      return control::not_found();
    case taken:
      return {409, "That name is taken already."};
    case full:
      return {507, "The server has no room left on its disk."};
    default:
      return {503, "The server cannot do this right now. Please try again.", {}, 5};
  }
}

ApiError wrong_field(std::string field, std::string message) {
  return {400, "Please check what you sent.", {{std::move(field), std::move(message)}}};
}

}  // namespace sealhall::control
