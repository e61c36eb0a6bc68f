#include "store/dialect.h"

#include <algorithm>
#include <cctype>

namespace sealhall::store {
namespace {

bool is_word(char c) noexcept { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The length of the quoted text or comment that begins at `at`, 0 when none does.
std::size_t opaque_length(std::string_view sql, std::size_t at) {
  const auto until = [&](std::string_view end, std::size_t from) {
    const std::size_t found = sql.find(end, from);
    return (found == std::string_view::npos ? sql.size() : found + end.size()) - at;
  };
  const char c = sql[at];
  if (c == '\'' || c == '"') return until(std::string_view{&c, 1}, at + 1);  // a doubled quote begins the next one
  if (sql.substr(at).starts_with("--")) return until("\n", at + 2);
  if (sql.substr(at).starts_with("/*")) return until("*/", at + 2);
  return 0;
}

struct Dialect {
  std::string_view bytes;
  char parameter;
  std::string_view text;
};

std::string translate(std::string_view sql, const Dialect& dialect) {
  std::string out;
  out.reserve(sql.size() + 16);
  for (std::size_t at = 0; at < sql.size();) {
    if (const std::size_t n = opaque_length(sql, at); n > 0) {
      out += sql.substr(at, n);
      at += n;
    } else if (sql.substr(at).starts_with("{bytes}")) {
      out += dialect.bytes;
      at += std::string_view{"{bytes}"}.size();
    } else if (sql[at] == '$') {
      out += dialect.parameter;
      ++at;
    } else if (is_word(sql[at])) {
      std::size_t end = at;
      while (end < sql.size() && is_word(sql[end])) ++end;
      const std::string_view word = sql.substr(at, end - at);
      out += word == "TEXT" ? dialect.text : word;
      at = end;
    } else {
      out += sql[at++];
    }
  }
  return out;
}

/// The length of the character that begins `text`, 0 when it is none that may be stored (Unicode 15, table 3-7).
std::size_t character_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return byte(1) >= low && byte(1) <= high && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return byte(1) >= low && byte(1) <= high && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string sqlite_text(std::string_view sql) { return translate(sql, {"BLOB", '?', "TEXT"}); }
std::string postgres_text(std::string_view sql) { return translate(sql, {"BYTEA", '$', "TEXT"}); }
std::string postgres_schema_text(std::string_view sql) { return translate(sql, {"BYTEA", '$', "TEXT COLLATE \"C\""}); }

bool is_storable_text(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t n = character_length(text);
    if (n == 0) return false;
    text.remove_prefix(n);
  }
  return true;
}

bool has_storable_values(const Statement& statement) noexcept {
  return std::ranges::all_of(statement.values, [](const Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr || is_storable_text(*text);
  });
}

}  // namespace sealhall::store
