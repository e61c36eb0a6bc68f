// What went wrong with a request, as every endpoint says it: {"code","message","errors":[{"field","message"}]}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "core/base/time.h"
#include "io/http/message.h"
#include "store/error.h"

namespace sealhall::api {

struct FieldError {
  std::string field;  ///< as it is written in the body or the query, with dots: "settings.waiting_room"
  std::string message;
};

/// How often somebody may call, and that it was too often (trap 8).
struct RateLimit {
  std::string_view category;    ///< "Light", "Medium", "Heavy"
  bool per_second = true;       ///< Type "QPS"; else "Daily-limit"
  std::uint32_t limit = 0;      ///< calls a second or a day
  std::uint32_t remaining = 0;  ///< of them
};

/// The first four fields may be written by position: {404, "There is no such room."}.
struct ApiError {
  int status = 500;
  std::string message;  ///< a sentence that says what to do
  std::vector<FieldError> errors = {};
  std::optional<std::uint32_t> retry_after_seconds = std::nullopt;
  int code = 0;                     ///< what programs look at, from `codes`; 0: the usual one of this status
  std::string_view oauth = {};      ///< RFC 6749 section 5.2: "invalid_grant"; lives for ever. For /oauth/..
  std::string_view challenge = {};  ///< the scope that is missing, RFC 6750 section 3; lives for ever
  std::optional<RateLimit> rate = std::nullopt;
};

/// The numbers that programs of the field know.
namespace codes {
inline constexpr int bad_token = 124;      ///< with 401: clients renew their token and try again
inline constexpr int not_permitted = 200;  ///< with 403
inline constexpr int not_enabled = 200;    ///< with 400: a part of the service that this server does not have
inline constexpr int validation = 300;     ///< with 400
inline constexpr int no_user = 1001;       ///< with 404
inline constexpr int user_exists = 1005;   ///< with 409
inline constexpr int only_invited = 1120;  ///< with 404: has not come yet, is no user
inline constexpr int no_endpoint = 2300;   ///< with 404
inline constexpr int no_meeting = 3001;    ///< with 404
inline constexpr int no_recording = 3301;  ///< with 404
inline constexpr int no_group = 4130;      ///< with 404
inline constexpr int no_scope = 4700;      ///< with 403
}  // namespace codes

ApiError not_found();
ApiError sign_in_needed();
ApiError not_allowed();
/// For a session that lacks the second factor that its organisation asks for.
ApiError second_factor_needed();
ApiError too_many(std::uint32_t retry_after_seconds);
ApiError wrong_field(std::string field, std::string message);
ApiError no_user(std::string_view who);
ApiError from_store(store::StoreError error);
inline ApiError to_error(ApiError error) { return error; }
inline ApiError to_error(store::StoreError error) { return from_store(error); }

/// Which shape an address answers its errors in.
enum class ErrorStyle : std::uint8_t {
  own,    ///< /api/..: "code" is the status, Retry-After in seconds
  v2,     ///< /v2/..: "code" from `codes`, Retry-After as a date
  oauth,  ///< /oauth/..: {"reason","error"}
};
ErrorStyle error_style_of(std::string_view path) noexcept;

/// `now` is for Retry-After as a date.
io::HttpResponse to_response(const ApiError& error, ErrorStyle style = ErrorStyle::own, UnixMicros now = {});

}  // namespace sealhall::api
