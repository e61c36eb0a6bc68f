// Tested in shape_test.cc
#include "server/api/numbers.h"

#include <cstring>

#include "core/base/check.h"
#include "core/base/encoding.h"

namespace sealhall::api {
namespace {

template <class T>
T load(const void* value) noexcept {
  T out;
  std::memcpy(&out, value, sizeof out);
  return out;
}

void put(const Type& type, std::uint64_t bits, void* out) noexcept {
  // Little or big: the low bytes of the number, by its own type.
  switch (type.size) {
    case 1: {
      const auto n = static_cast<std::uint8_t>(bits);
      return static_cast<void>(std::memcpy(out, &n, 1));
    }
    case 2: {
      const auto n = static_cast<std::uint16_t>(bits);
      return static_cast<void>(std::memcpy(out, &n, 2));
    }
    case 4: {
      const auto n = static_cast<std::uint32_t>(bits);
      return static_cast<void>(std::memcpy(out, &n, 4));
    }
    default:
      SEALHALL_CHECK(type.size == 8);
      std::memcpy(out, &bits, 8);
  }
}

std::size_t code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
  return count;
}

}  // namespace

std::string_view sentence(Problem problem) noexcept {
  switch (problem) {
    case Problem::missing:
      return "This is needed.";
    case Problem::type:
      return "This has the wrong type.";
    case Problem::range:
      return "This number is too small or too large.";
    case Problem::size:
      return "This is too short or too long.";
    case Problem::word:
      return "This is not one of the words that can stand here.";
    case Problem::base64:
      return "This is not base64url.";
  }
  return "";
}

bool is_utf8(std::string_view text) noexcept {
  int need = 0;
  unsigned low = 0x80;
  unsigned high = 0xbf;
  for (const char c : text) {
    const unsigned byte = static_cast<unsigned char>(c);
    if (need > 0) {
      if (byte < low || byte > high) return false;
      --need;
      low = 0x80;
      high = 0xbf;
      continue;
    }
    // RFC 3629 section 4: the second byte is bounded so that nothing is overlong, a surrogate, or above U+10FFFF.
    if (byte < 0x80) continue;
    if (byte < 0xc2 || byte > 0xf4) return false;
    need = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte == 0xe0) low = 0xa0;
    if (byte == 0xed) high = 0x9f;
    if (byte == 0xf0) low = 0x90;
    if (byte == 0xf4) high = 0x8f;
  }
  return need == 0;
}

std::int64_t load_integer(const Type& type, const void* value) noexcept {
  // Words: an enumeration of the house is unsigned.
  switch (type.size) {
    case 1:
      return type.is_signed ? load<std::int8_t>(value) : std::int64_t{load<std::uint8_t>(value)};
    case 2:
      return type.is_signed ? load<std::int16_t>(value) : std::int64_t{load<std::uint16_t>(value)};
    case 4:
      return type.is_signed ? load<std::int32_t>(value) : std::int64_t{load<std::uint32_t>(value)};
    default:
      return load<std::int64_t>(value);
  }
}

std::string_view word_name(const Type& type, std::int64_t value) noexcept {
  for (const Word& word : type.words) {
    if (word.value == value) return word.name;
  }
  return "";
}

std::optional<Problem> store_integer(const Type& type, const wire::Limit& limit, std::uint64_t number, void* out) {
  const unsigned bits = static_cast<unsigned>(type.size) * 8 - (type.is_signed ? 1 : 0);
  const std::uint64_t most = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  if (number > most || number > limit.max_value) return Problem::range;
  put(type, number, out);
  return std::nullopt;
}

std::optional<Problem> store_integer(const Type& type, const wire::Limit& limit, std::int64_t number, void* out) {
  if (number >= 0) return store_integer(type, limit, static_cast<std::uint64_t>(number), out);
  if (!type.is_signed) return Problem::range;
  const unsigned bits = static_cast<unsigned>(type.size) * 8 - 1;
  if (bits < 63 && number < -(std::int64_t{1} << bits)) return Problem::range;
  if (number < -static_cast<std::int64_t>(limit.max_value)) return Problem::range;
  put(type, static_cast<std::uint64_t>(number), out);
  return std::nullopt;
}

std::optional<Problem> store_text(const wire::Limit& limit, std::string_view text, void* out) {
  const std::size_t length = code_points(text);
  if (length < limit.min_size || length > limit.max_size) return Problem::size;
  if (text.find('\0') != std::string_view::npos) return Problem::type;  // no database takes it
  static_cast<std::string*>(out)->assign(text);
  return std::nullopt;
}

std::optional<Problem> store_bytes(const wire::Limit& limit, std::string_view text, void* out) {
  auto bytes = from_base64url(text);
  if (!bytes) return Problem::base64;
  if (bytes->size() < limit.min_size || bytes->size() > limit.max_size) return Problem::size;
  *static_cast<Bytes*>(out) = std::move(*bytes);
  return std::nullopt;
}

std::optional<Problem> store_word(const Type& type, std::string_view text, void* out) {
  for (const Word& word : type.words) {
    if (word.name != text) continue;
    put(type, static_cast<std::uint64_t>(word.value), out);
    return std::nullopt;
  }
  return Problem::word;
}

}  // namespace sealhall::api
