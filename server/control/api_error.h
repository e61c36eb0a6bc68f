// Errors of the API (server/api/error.h), under the names that control uses.
#pragma once

#include "server/api/error.h"

namespace sealhall::control {

using api::ApiError;
using api::FieldError;
using api::from_store;
using api::not_allowed;
using api::not_found;
using api::sign_in_needed;
using api::to_response;
using api::too_many;
using api::wrong_field;

}  // namespace sealhall::control
