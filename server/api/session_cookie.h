// The session of our own pages: a cookie that no script can read and that goes to this host only (RFC 6265bis section
// 4.1.3.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "io/http/message.h"

namespace sealhall::api {

inline constexpr std::string_view session_cookie = "__Host-sealhall";

/// nullopt: the request carries no cookie of that name. Of several, the first.
std::optional<std::string> cookie_in(const io::HttpRequest& request, std::string_view name);

/// Set-Cookie with the session until `expires_at`. No link from elsewhere carries it; a page that such a link opens
/// does, in its own requests.
std::string session_cookie_of(std::string_view token, UnixMicros now, UnixMicros expires_at);
/// Set-Cookie that ends it.
std::string no_session_cookie();

/// Whether the browser says that a page of `own_origin` ("https://meet.example") sent this: Sec-Fetch-Site, or Origin
/// where a browser has no Fetch Metadata. A read may also come from the address bar or without either.
bool is_from_own_page(const io::HttpRequest& request, std::string_view own_origin);

}  // namespace sealhall::api
