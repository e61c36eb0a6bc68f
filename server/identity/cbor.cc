#include "server/identity/cbor.h"

#include <limits>
#include <utility>

#include "server/identity/utf8.h"

namespace sealhall::identity {
namespace {

class Reader {
 public:
  explicit Reader(ByteView data) : whole_(data), data_(data) {}
  [[nodiscard]] std::size_t position() const noexcept { return data_.position(); }

  expected<Cbor, CborError> item(std::size_t depth) {
    if (depth >= max_cbor_depth) return unexpected(CborError::too_deep);
    if (++items_ > max_cbor_items) return unexpected(CborError::too_many);
    const std::uint8_t first = data_.u8();
    if (!data_.ok()) return unexpected(CborError::truncated);
    const unsigned major = first >> 5;
    if (major == 7) return simple(first & 0x1FU);
    const auto number = argument(first & 0x1FU);
    if (!number) return unexpected(number.error());
    switch (major) {
      case 0:
        return Cbor{*number};
      case 1:
        if (*number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
          return unexpected(CborError::number_range);
        }
        return Cbor{-1 - static_cast<std::int64_t>(*number)};
      case 2:
      case 3:
        return string(major == 3, *number);
      case 4:
        return list(*number, depth);
      case 5:
        return map(*number, depth);
      default:
        return unexpected(CborError::not_supported);  // a tag
    }
  }

 private:
  /// RFC 8949 section 3: the argument, in its shortest form (section 4.2.1).
  expected<std::uint64_t, CborError> argument(unsigned info) {
    if (info < 24) return info;
    std::uint64_t value = 0;
    std::uint64_t least = 0;
    switch (info) {
      case 24:
        value = data_.u8();
        least = 24;
        break;
      case 25:
        value = data_.u16();
        least = 0x100;
        break;
      case 26:
        value = data_.u32();
        least = 0x1'0000;
        break;
      case 27:
        value = data_.u64();
        least = 0x1'0000'0000;
        break;
      default:
        return unexpected(CborError::not_supported);
    }
    if (!data_.ok()) return unexpected(CborError::truncated);
    if (value < least) return unexpected(CborError::not_minimal);
    return value;
  }

  static expected<Cbor, CborError> simple(unsigned info) {
    constexpr unsigned is_false = 20;
    constexpr unsigned is_true = 21;
    constexpr unsigned is_null = 22;
    if (info == is_false || info == is_true) return Cbor{info == is_true};
    if (info == is_null) return Cbor{Cbor::Null{}};
    return unexpected(CborError::not_supported);
  }

  expected<Cbor, CborError> string(bool is_text, std::uint64_t size) {
    if (size > data_.remaining()) return unexpected(CborError::truncated);
    const ByteView bytes = data_.bytes(static_cast<std::size_t>(size));
    if (!is_text) return Cbor{bytes};
    if (!is_utf8(as_text(bytes))) return unexpected(CborError::bad_text);
    return Cbor{as_text(bytes)};
  }

  expected<Cbor, CborError> list(std::uint64_t count, std::size_t depth) {
    if (count > max_cbor_items) return unexpected(CborError::too_many);
    Cbor::List out;
    for (std::uint64_t i = 0; i < count; ++i) {
      auto element = item(depth + 1);
      if (!element) return unexpected(element.error());
      out.push_back(std::move(*element));
    }
    return Cbor{std::move(out)};
  }

  expected<Cbor, CborError> map(std::uint64_t count, std::size_t depth) {
    if (count > max_cbor_items / 2) return unexpected(CborError::too_many);
    Cbor::Map out;
    std::vector<ByteView> keys;  // as they are written: the shortest form is the only one, so equal is equal
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t from = data_.position();
      auto key = item(depth + 1);
      if (!key) return unexpected(key.error());
      const ByteView written = whole_.subspan(from, data_.position() - from);
      for (const ByteView other : keys) {
        if (equal(other, written)) return unexpected(CborError::duplicate_key);
      }
      keys.push_back(written);
      auto value = item(depth + 1);
      if (!value) return unexpected(value.error());
      out.keys.push_back(std::move(*key));
      out.values.push_back(std::move(*value));
    }
    return Cbor{std::move(out)};
  }

  ByteView whole_;
  ByteReader data_;
  std::size_t items_ = 0;
};

}  // namespace

bool Cbor::is(std::int64_t number) const noexcept {
  if (const auto* positive = std::get_if<std::uint64_t>(&value)) {
    return number >= 0 && *positive == static_cast<std::uint64_t>(number);
  }
  const auto* negative = std::get_if<std::int64_t>(&value);
  return negative != nullptr && *negative == number;
}

const Cbor* Cbor::at(std::string_view key) const noexcept {
  if (map() == nullptr) return nullptr;
  for (std::size_t i = 0; i < map()->keys.size(); ++i) {
    const std::string_view* text_key = map()->keys[i].text();
    if (text_key != nullptr && *text_key == key) return &map()->values[i];
  }
  return nullptr;
}

const Cbor* Cbor::at(std::int64_t key) const noexcept {
  if (map() == nullptr) return nullptr;
  for (std::size_t i = 0; i < map()->keys.size(); ++i) {
    if (map()->keys[i].is(key)) return &map()->values[i];
  }
  return nullptr;
}

expected<ParsedCbor, CborError> parse_cbor(ByteView data) {
  Reader reader{data};
  auto item = reader.item(0);
  if (!item) return unexpected(item.error());
  return ParsedCbor{std::move(*item), reader.position()};
}

}  // namespace sealhall::identity
