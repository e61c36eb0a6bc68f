// The codec on tables (shape.h): JSON text out of any described value and into it.
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstring>

#include "core/base/encoding.h"
#include "server/api/numbers.h"
#include "server/api/shape.h"

namespace sealhall::api {
namespace {

namespace json = boost::json;
constexpr std::size_t max_depth = 24;
constexpr std::size_t max_named_errors = 10;

// ---- out -----------------------------------------------------------------------------------------------------------

/// As JSON.stringify does: what receivers compute signatures over (trap 11).
void write_text(std::string_view text, std::string& out) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // where what was not written yet begins
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    out += '\\';
    switch (c) {
      case '"':
      case '\\':
        out += c;
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      default:
        out += "u00";
        out += hex[static_cast<unsigned char>(c) >> 4];
        out += hex[static_cast<unsigned char>(c) & 15];
    }
  }
  out.append(text, plain);
  out += '"';
}

template <class Number>
void write_number(Number number, std::string& out) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  out.append(text, end);
}

void write_real(double number, std::string& out) {
  if (!std::isfinite(number)) return out.append("null"), void();
  if (number == 0) return out.append("0"), void();  // no "-0", as JavaScript
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::fixed).ptr;
  out.append(text, end);
}

void write(const Type& type, const void* value, std::string& out);

void write_fields(const Type& type, const void* object, std::string& out) {
  for (const Field& field : type.fields) {
    const Type* inner = &field.type();
    const void* value = field.in(const_cast<void*>(object));  // NOLINT: the accessor does not write
    if (inner->is_flat) {
      write_fields(*inner, value, out);
      continue;
    }
    if (inner->kind == Kind::optional) {
      value = inner->get(value);
      if (value == nullptr) continue;
      inner = &inner->element();
    }
    if (out.back() != '{') out += ',';
    out += '"';
    out += field.name;
    out += "\":";
    write(*inner, value, out);
  }
}

void write(const Type& type, const void* value, std::string& out) {
  switch (type.kind) {
    case Kind::boolean:
      out += *static_cast<const bool*>(value) ? "true" : "false";
      break;
    case Kind::integer:
      if (type.is_signed) {
        write_number(load_integer(type, value), out);
      } else {
        write_number(static_cast<std::uint64_t>(load_integer(type, value)), out);
      }
      break;
    case Kind::real:
      write_real(*static_cast<const double*>(value), out);
      break;
    case Kind::text:
      write_text(*static_cast<const std::string*>(value), out);
      break;
    case Kind::bytes:
      write_text(to_base64url(*static_cast<const Bytes*>(value)), out);
      break;
    case Kind::word:
      write_text(word_name(type, load_integer(type, value)), out);
      break;
    case Kind::optional:
      if (const void* inner = type.get(value)) {
        write(type.element(), inner, out);
      } else {
        out += "null";
      }
      break;
    case Kind::list:
      out += '[';
      for (std::size_t i = 0, n = type.count(value); i < n; ++i) {
        if (i > 0) out += ',';
        write(type.element(), type.at(value, i), out);
      }
      out += ']';
      break;
    case Kind::object:
      out += '{';
      write_fields(type, value, out);
      out += '}';
      break;
    case Kind::json:
      out += static_cast<const Json*>(value)->text;
      break;
  }
}

// ---- in ------------------------------------------------------------------------------------------------------------

std::string_view view(json::string_view text) noexcept { return {text.data(), text.size()}; }

/// Collects what is wrong, by the path of the field.
class Problems {
 public:
  void add(const std::string& where, std::string_view message) {
    if (errors_.size() < max_named_errors) errors_.push_back({where, std::string{message}});
  }
  [[nodiscard]] std::vector<FieldError> take() { return std::move(errors_); }

 private:
  std::vector<FieldError> errors_;
};

void read(const json::value& in, const Type& type, const wire::Limit& limit, const std::string& where, void* out,
          Problems& problems);

void read_fields(const json::object& in, const Type& type, const std::string& where, void* out, Problems& problems) {
  for (const Field& field : type.fields) {
    const Type* inner = &field.type();
    void* target = field.in(out);
    if (inner->is_flat) {
      read_fields(in, *inner, where, target, problems);
      continue;
    }
    const json::value* value = in.if_contains(json::string_view{field.name.data(), field.name.size()});
    const bool absent = value == nullptr || (value->is_null() && inner->kind != Kind::json);
    if (inner->kind == Kind::optional) {
      if (absent) continue;
      target = inner->make(target);
      inner = &inner->element();
    }
    std::string name = where.empty() ? std::string{field.name} : where + "." + std::string{field.name};
    if (absent) {
      problems.add(name, sentence(Problem::missing));
    } else {
      read(*value, *inner, field.limit, name, target, problems);
    }
  }
}

std::optional<Problem> read_integer(const json::value& in, const Type& type, const wire::Limit& limit, void* out) {
  if (in.is_uint64()) return store_integer(type, limit, in.get_uint64(), out);
  if (in.is_int64()) return store_integer(type, limit, in.get_int64(), out);
  // 5.0 is a whole number in JSON; some programs write all numbers so.
  if (in.is_double() && std::trunc(in.get_double()) == in.get_double() && std::fabs(in.get_double()) < 9e15) {
    return store_integer(type, limit, static_cast<std::int64_t>(in.get_double()), out);
  }
  return Problem::type;
}

std::optional<Problem> read_plain(const json::value& in, const Type& type, const wire::Limit& limit, void* out) {
  switch (type.kind) {
    case Kind::boolean:
      if (!in.is_bool()) return Problem::type;
      *static_cast<bool*>(out) = in.get_bool();
      return std::nullopt;
    case Kind::integer:
      return read_integer(in, type, limit, out);
    case Kind::real: {
      json::error_code error;
      const double number = in.to_number<double>(error);
      if (error || !std::isfinite(number)) return Problem::type;  // 1e999 is JSON, and no double
      *static_cast<double*>(out) = number;
      return std::nullopt;
    }
    case Kind::text:
      if (!in.is_string()) return Problem::type;
      return store_text(limit, view(in.get_string()), out);
    case Kind::bytes:
      if (!in.is_string()) return Problem::type;
      return store_bytes(limit, view(in.get_string()), out);
    case Kind::word:
      if (!in.is_string()) return Problem::type;
      return store_word(type, view(in.get_string()), out);
    default:
      return Problem::type;
  }
}

void read_list(const json::value& in, const Type& type, const wire::Limit& limit, const std::string& where, void* out,
               Problems& problems) {
  if (!in.is_array()) return problems.add(where, sentence(Problem::type));
  const json::array& list = in.get_array();
  if (list.size() < limit.min_size || list.size() > limit.max_size) {
    return problems.add(where, sentence(Problem::size));
  }
  std::size_t index = 0;
  for (const json::value& element : list) {
    read(element, type.element(), {}, where + "[" + std::to_string(index++) + "]", type.append(out), problems);
  }
}

void read(const json::value& in, const Type& type, const wire::Limit& limit, const std::string& where, void* out,
          Problems& problems) {
  switch (type.kind) {
    case Kind::optional:
      if (!in.is_null()) read(in, type.element(), limit, where, type.make(out), problems);
      break;
    case Kind::list:
      read_list(in, type, limit, where, out, problems);
      break;
    case Kind::object:
      if (!in.is_object()) return problems.add(where, sentence(Problem::type));
      read_fields(in.get_object(), type, where, out, problems);
      break;
    case Kind::json:
      static_cast<Json*>(out)->text = json::serialize(in);
      break;
    default:
      if (const auto problem = read_plain(in, type, limit, out)) problems.add(where, sentence(*problem));
  }
}

}  // namespace

std::string write_json(const Type& type, const void* value) {
  std::string out;
  out.reserve(512);
  write(type, value, out);
  return out;
}

expected<void, ApiError> read_json(std::string_view text, const Type& type, void* into) {
  std::array<unsigned char, 4096> block;    // NOLINT(cppcoreguidelines-pro-type-member-init): scratch
  std::array<unsigned char, 1024> parsing;  // NOLINT(cppcoreguidelines-pro-type-member-init): scratch
  json::monotonic_resource memory(block.data(), block.size());
  json::parse_options options;
  options.max_depth = max_depth;
  json::parser parser({}, options, parsing.data(), parsing.size());
  parser.reset(&memory);
  json::error_code error;
  parser.write(text.data(), text.size(), error);
  if (error) return unexpected(ApiError{400, "The body is not JSON."});
  const json::value value = parser.release();
  if (!value.is_object()) return unexpected(ApiError{400, "The body is not a JSON object."});
  Problems problems;
  read(value, type, {}, "", into, problems);
  auto errors = problems.take();
  if (errors.empty()) return {};
  return unexpected(ApiError{400, "Please check what you sent.", std::move(errors)});
}

}  // namespace sealhall::api
