// What went wrong with a request, as every endpoint says it: {"code","message","errors":[{"field","message"}]}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "core/wire/codec.h"
#include "io/http/message.h"
#include "store/error.h"

namespace sealhall::control {

struct FieldError {
  std::string field;
  std::string message;
};
struct ApiError {
  int status = 500;
  std::string message;  ///< a sentence that says what to do
  std::vector<FieldError> errors = {};
  std::optional<std::uint32_t> retry_after_seconds = std::nullopt;
};

io::HttpResponse to_response(const ApiError& error);

ApiError not_found();
ApiError sign_in_needed();
ApiError not_allowed();
ApiError too_many(std::uint32_t retry_after_seconds);
ApiError from_wire(const wire::WireError& error);
ApiError from_store(store::StoreError error);
ApiError wrong_field(std::string field, std::string message);

}  // namespace sealhall::control
