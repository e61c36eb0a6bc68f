#include "server/hooks/canonical_json.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <vector>

namespace sealhall::hooks {
namespace {

namespace json = boost::json;

constexpr std::int64_t largest_exact = std::int64_t{1} << 53;

void put_string(std::string_view text, std::string& out) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += hex[static_cast<unsigned char>(c) >> 4U];
          out += hex[static_cast<unsigned char>(c) & 15U];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

/// The value of a key that JavaScript takes for an array index ("0", "17", not "017"), which it puts before the others.
std::optional<std::uint32_t> index_of(std::string_view key) {
  if (key.empty() || key.size() > 10 || (key.size() > 1 && key.front() == '0')) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), value);
  if (error != std::errc{} || end != key.data() + key.size() || value == UINT32_MAX) return std::nullopt;
  return value;
}

void put(const json::value& value, std::string& out);

void put_object(const json::object& object, std::string& out) {
  std::vector<std::pair<std::uint32_t, const json::key_value_pair*>> indices;
  std::vector<const json::key_value_pair*> others;
  for (const json::key_value_pair& member : object) {
    if (const auto index = index_of({member.key().data(), member.key().size()})) {
      indices.emplace_back(*index, &member);
    } else {
      others.push_back(&member);
    }
  }
  std::ranges::sort(indices);
  bool first = true;
  const auto put_member = [&](const json::key_value_pair& member) {
    if (!std::exchange(first, false)) out += ',';
    put_string({member.key().data(), member.key().size()}, out);
    out += ':';
    put(member.value(), out);
  };
  out += '{';
  for (const auto& [index, member] : indices) put_member(*member);
  for (const json::key_value_pair* member : others) put_member(*member);
  out += '}';
}

void put(const json::value& value, std::string& out) {
  switch (value.kind()) {
    case json::kind::null:
      out += "null";
      break;
    case json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      break;
    case json::kind::int64: {
      const std::int64_t number = value.get_int64();
      out += number > -largest_exact && number < largest_exact ? std::to_string(number)
                                                               : js_number(static_cast<double>(number));
      break;
    }
    case json::kind::uint64:
      out += js_number(static_cast<double>(value.get_uint64()));
      break;
    case json::kind::double_:
      out += js_number(value.get_double());
      break;
    case json::kind::string:
      put_string({value.get_string().data(), value.get_string().size()}, out);
      break;
    case json::kind::array: {
      bool first = true;
      out += '[';
      for (const json::value& element : value.get_array()) {
        if (!std::exchange(first, false)) out += ',';
        put(element, out);
      }
      out += ']';
      break;
    }
    case json::kind::object:
      put_object(value.get_object(), out);
      break;
  }
}

}  // namespace

std::optional<std::string> canonical_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = 32;
  json::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return std::nullopt;
  std::string out;
  out.reserve(text.size());
  put(value, out);
  return out;
}

std::string js_number(double value) {
  if (!std::isfinite(value)) return "null";
  if (value == 0) return "0";  // also minus zero
  char text[32];
  const auto written = std::to_chars(text, text + sizeof text, std::abs(value), std::chars_format::scientific);
  const std::string_view shortest{text,
                                  static_cast<std::size_t>(written.ptr - text)};  // "d.ddde+xx", no digit too many
  const std::size_t e = shortest.find('e');
  std::string digits{shortest.substr(0, e)};
  std::erase(digits, '.');
  int exponent = 0;
  std::from_chars(shortest.data() + e + (shortest[e + 1] == '+' ? 2 : 1), shortest.data() + shortest.size(), exponent);
  // ECMA-262: k digits, and the decimal point stands after digit n.
  const int k = static_cast<int>(digits.size());
  const int n = exponent + 1;
  std::string out = value < 0 ? "-" : "";
  const auto zeros = [](int count) { return std::string(static_cast<std::size_t>(count), '0'); };
  if (k <= n && n <= 21) {
    out += digits + zeros(n - k);
  } else if (0 < n && n <= 21) {
    out += digits.substr(0, static_cast<std::size_t>(n)) + "." + digits.substr(static_cast<std::size_t>(n));
  } else if (-6 < n && n <= 0) {
    out += "0." + zeros(-n) + digits;
  } else {
    out += digits.substr(0, 1);
    if (k > 1) out += "." + digits.substr(1);
    out += n - 1 < 0 ? "e-" : "e+";
    out += std::to_string(std::abs(n - 1));
  }
  return out;
}

std::string js_string(std::string_view text) {
  std::string out;
  put_string(text, out);
  return out;
}

}  // namespace sealhall::hooks
