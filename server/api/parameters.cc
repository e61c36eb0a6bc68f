// The query, the path and forms into described structs (shape.h).
#include <algorithm>
#include <charconv>
#include <cmath>

#include "io/http/message.h"
#include "server/api/numbers.h"
#include "server/api/shape.h"

namespace sealhall::api {
namespace {

constexpr std::size_t max_parameters = 100;

expected<std::string, ApiError> decoded(std::string_view text) {
  std::string plain{text};
  std::ranges::replace(plain, '+', ' ');
  auto out = io::percent_decode(plain);
  if (!out || !is_utf8(*out)) return unexpected(ApiError{400, "The address or the form is badly encoded."});
  return std::move(*out);
}

std::optional<Problem> read_number(std::string_view text, const Type& type, const wire::Limit& limit, void* out) {
  const char* end = text.data() + text.size();
  if (text.starts_with('-')) {
    std::int64_t number = 0;
    const auto [read, error] = std::from_chars(text.data(), end, number);
    if (read != end || error == std::errc::invalid_argument) return Problem::type;
    return error == std::errc{} ? store_integer(type, limit, number, out) : Problem::range;
  }
  std::uint64_t number = 0;
  const auto [read, error] = std::from_chars(text.data(), end, number);
  if (read != end || error == std::errc::invalid_argument) return Problem::type;
  return error == std::errc{} ? store_integer(type, limit, number, out) : Problem::range;
}

std::optional<Problem> read_value(std::string_view text, const Type& type, const wire::Limit& limit, void* out);

std::optional<Problem> read_list(std::string_view text, const Type& type, const wire::Limit& limit, void* out) {
  std::size_t count = type.count(out);
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (++count > limit.max_size) return Problem::size;
    if (const auto problem = read_value(text.substr(0, comma), type.element(), {}, type.append(out))) return problem;
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return std::nullopt;
}

std::optional<Problem> read_value(std::string_view text, const Type& type, const wire::Limit& limit, void* out) {
  switch (type.kind) {
    case Kind::boolean:
      if (text != "true" && text != "false" && text != "1" && text != "0") return Problem::type;
      *static_cast<bool*>(out) = text == "true" || text == "1";
      return std::nullopt;
    case Kind::integer:
      return read_number(text, type, limit, out);
    case Kind::real: {
      const char* end = text.data() + text.size();
      double& number = *static_cast<double*>(out);
      const auto [read, error] = std::from_chars(text.data(), end, number);
      // It takes "inf" and "nan", which JSON has not.
      return read == end && error == std::errc{} && std::isfinite(number) ? std::nullopt : std::optional{Problem::type};
    }
    case Kind::text:
      return store_text(limit, text, out);
    case Kind::bytes:
      return store_bytes(limit, text, out);
    case Kind::word:
      return store_word(type, text, out);
    case Kind::list:
      return read_list(text, type, limit, out);
    default:
      return Problem::type;  // no object stands in a query
  }
}

void read_fields(std::span<const Parameter> parameters, const Type& type, void* into, std::vector<FieldError>& errors) {
  for (const Field& field : type.fields) {
    const Type* inner = &field.type();
    void* target = field.in(into);
    if (inner->is_flat) {
      read_fields(parameters, *inner, target, errors);
      continue;
    }
    const bool optional = inner->kind == Kind::optional;
    const Type& value = optional ? inner->element() : *inner;
    bool found = false;
    std::optional<Problem> problem;
    for (const Parameter& parameter : parameters) {
      // "name[]=": how PHP writes lists.
      if (parameter.name != field.name &&
          !(value.kind == Kind::list && parameter.name == std::string{field.name} + "[]")) {
        continue;
      }
      if (parameter.value.empty() && optional && value.kind != Kind::text) continue;
      if (optional && !found) target = inner->make(target);
      found = true;
      problem = read_value(parameter.value, value, field.limit, target);
      if (problem || value.kind != Kind::list) break;
    }
    if (!found && !optional && value.kind != Kind::list) problem = Problem::missing;
    if (problem) errors.push_back({std::string{field.name}, std::string{sentence(*problem)}});
  }
}

}  // namespace

expected<std::vector<Parameter>, ApiError> parse_parameters(std::string_view text) {
  std::vector<Parameter> out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    if (out.size() == max_parameters) return unexpected(ApiError{400, "There are too many parameters."});
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name) return unexpected(std::move(name.error()));
    if (!value) return unexpected(std::move(value.error()));
    out.push_back({std::move(*name), std::move(*value)});
  }
  return out;
}

expected<void, ApiError> read_parameters(std::span<const Parameter> parameters, const Type& type, void* into) {
  std::vector<FieldError> errors;
  read_fields(parameters, type, into, errors);
  if (errors.empty()) return {};
  return unexpected(ApiError{400, "Please check what you sent.", std::move(errors)});
}

}  // namespace sealhall::api
