// How single values get into and out of fields whose type is known at run time only: shared by json.cc and
// parameters.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/api/shape.h"

namespace sealhall::api {

/// What can be wrong with a value.
enum class Problem : std::uint8_t { missing, type, range, size, word, base64 };
std::string_view sentence(Problem problem) noexcept;

/// RFC 3629.
bool is_utf8(std::string_view text) noexcept;

/// Of an integer or a word. An unsigned 64-bit number keeps its bits.
std::int64_t load_integer(const Type& type, const void* value) noexcept;
std::string_view word_name(const Type& type, std::int64_t value) noexcept;

std::optional<Problem> store_integer(const Type& type, const wire::Limit& limit, std::int64_t number, void* out);
std::optional<Problem> store_integer(const Type& type, const wire::Limit& limit, std::uint64_t number, void* out);
/// `text` is valid UTF-8.
std::optional<Problem> store_text(const wire::Limit& limit, std::string_view text, void* out);
std::optional<Problem> store_bytes(const wire::Limit& limit, std::string_view text, void* out);
std::optional<Problem> store_word(const Type& type, std::string_view text, void* out);

}  // namespace sealhall::api
