// The sentences of the documentation: shared by openapi.cc and documentation_page.cc.
#pragma once

#include <string>
#include <string_view>

#include "server/api/registry.h"

namespace sealhall::api {

inline constexpr std::string_view introduction =
    "People send `Authorization: Bearer` with the token of a session, programs with an access token of /oauth/token. "
    "/v2 has the shape that the field's integrations speak; Sealhall is not affiliated with anybody. Texts hold up to "
    "4096 characters where nothing else is said. Lists come in pages: follow `next_page_token` until it is empty. "
    "Errors are {code, message, errors}. Too many calls are answered with 429 and Retry-After.";

/// "get_v2_users_user_id".
std::string operation_id(const Endpoint& endpoint);
/// Who may call, in words.
std::string access_sentence(const Access& access);

}  // namespace sealhall::api
