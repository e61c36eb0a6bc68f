#include "server/api/session_cookie.h"

#include <algorithm>

namespace sealhall::api {
namespace {

std::string set_cookie(std::string_view value, std::int64_t seconds) {
  return std::string{session_cookie} + "=" + std::string{value} + "; Max-Age=" + std::to_string(seconds) +
         "; Path=/; Secure; HttpOnly; SameSite=Strict";
}

}  // namespace

std::optional<std::string> cookie_in(const io::HttpRequest& request, std::string_view name) {
  std::string_view rest = request.headers.find("Cookie").value_or("");
  while (!rest.empty()) {
    std::string_view pair = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return std::string{pair.substr(name.size() + 1)};
    }
  }
  return std::nullopt;
}

std::string session_cookie_of(std::string_view token, UnixMicros now, UnixMicros expires_at) {
  const std::int64_t left = static_cast<std::int64_t>(expires_at) - static_cast<std::int64_t>(now);
  return set_cookie(token, std::max<std::int64_t>(0, left / 1'000'000));
}

std::string no_session_cookie() { return set_cookie("", 0); }

bool is_from_own_page(const io::HttpRequest& request, std::string_view own_origin) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (const auto site = request.headers.find("Sec-Fetch-Site")) {
    return *site == "same-origin" || (reads && *site == "none");
  }
  if (const auto origin = request.headers.find("Origin")) return *origin == own_origin;
  return reads;
}

}  // namespace sealhall::api
