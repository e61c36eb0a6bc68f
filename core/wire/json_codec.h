// The codec itself, as templates over described structs. Included by the few .cc files that make one channel's
// functions.
#pragma once

#include <boost/json.hpp>
#include <variant>

#include "core/base/encoding.h"
#include "core/wire/codec.h"
#include "core/wire/description.h"

namespace sealhall::wire::detail {

namespace json = boost::json;
using Result = expected<void, WireError>;

inline json::string_view view(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string_view view(json::string_view text) noexcept { return {text.data(), text.size()}; }

/// Code points of valid UTF-8 (the parser has checked it): every byte that does not continue one.
inline std::size_t code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
  return count;
}

template <class E>
std::string_view enum_word(E value) noexcept {
  std::string_view word = "";
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (value == d.value) word = d.name;
  });
  return word;
}

// ---- encode -------------------------------------------------------------------------------------------------------

template <class T>
json::value to_json(const T& value, const json::storage_ptr& memory);

template <Described T>
void put_fields(const T& value, json::object& out, const json::storage_ptr& memory) {
  for_each_field<T>([&](auto d) {
    const auto& field = value.*d.pointer;
    if constexpr (IsOptional<std::remove_cvref_t<decltype(field)>>::value) {
      if (field) out.emplace(d.name, to_json(*field, memory));
    } else {
      out.emplace(d.name, to_json(field, memory));
    }
  });
}

template <class T>
json::value to_json(const T& value, const json::storage_ptr& memory) {
  if constexpr (std::is_same_v<T, bool>) {
    return json::value(value, memory);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return json::value(view(std::string_view{value}), memory);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return json::value(view(std::string_view{to_base64url(value)}), memory);
  } else if constexpr (DescribedEnum<T>) {
    return json::value(view(enum_word(value)), memory);
  } else if constexpr (std::is_integral_v<T>) {
    return json::value(static_cast<std::uint64_t>(value), memory);
  } else if constexpr (IsList<T>::value) {
    json::array list(memory);
    list.reserve(value.size());
    for (const auto& element : value) list.emplace_back(to_json(element, memory));
    return json::value(std::move(list));
  } else {
    json::object object(memory);
    put_fields(value, object, memory);
    return json::value(std::move(object));
  }
}

template <class Variant>
std::string encode_message(const Variant& message) {
  std::array<unsigned char, 4096>
      first_block;  // NOLINT(cppcoreguidelines-pro-type-member-init): scratch, written before read
  json::monotonic_resource memory(first_block.data(), first_block.size());
  const json::storage_ptr storage(&memory);
  json::object object(storage);
  std::visit(
      [&]<class T>(const T& m) {
        object.emplace("type", view(std::string_view{message_type<T>()}));
        put_fields(m, object, storage);
      },
      message);
  return json::serialize(object);
}

// ---- decode -------------------------------------------------------------------------------------------------------

template <class T>
Result from_json(const json::value& value, T& out, const Limit& limit, std::string_view name);

inline Result wrong(WireErrorKind kind, std::string_view name) { return unexpected(WireError{kind, name}); }

template <class T>
Result number_from_json(const json::value& value, T& out, const Limit& limit, std::string_view name) {
  if (value.is_double()) return wrong(WireErrorKind::wrong_type, name);
  std::uint64_t number = 0;
  if (value.is_int64()) {
    if (value.get_int64() < 0) return wrong(WireErrorKind::out_of_range, name);
    number = static_cast<std::uint64_t>(value.get_int64());
  } else if (value.is_uint64()) {
    number = value.get_uint64();
  } else {
    return wrong(WireErrorKind::wrong_type, name);
  }
  if (number > std::numeric_limits<T>::max() || number > limit.max_value)
    return wrong(WireErrorKind::out_of_range, name);
  out = static_cast<T>(number);
  return {};
}

inline Result text_from_json(const json::value& value, std::string& out, const Limit& limit, std::string_view name) {
  if (!value.is_string()) return wrong(WireErrorKind::wrong_type, name);
  const std::string_view text = view(json::string_view{value.get_string()});
  const std::size_t length = code_points(text);
  if (length < limit.min_size || length > limit.max_size) return wrong(WireErrorKind::wrong_size, name);
  out.assign(text);
  return {};
}

inline Result bytes_from_json(const json::value& value, Bytes& out, const Limit& limit, std::string_view name) {
  if (!value.is_string()) return wrong(WireErrorKind::wrong_type, name);
  auto bytes = from_base64url(view(json::string_view{value.get_string()}));
  if (!bytes) return wrong(WireErrorKind::not_base64url, name);
  if (bytes->size() < limit.min_size || bytes->size() > limit.max_size) return wrong(WireErrorKind::wrong_size, name);
  out = std::move(*bytes);
  return {};
}

template <class E>
Result enum_from_json(const json::value& value, E& out, std::string_view name) {
  if (!value.is_string()) return wrong(WireErrorKind::wrong_type, name);
  const std::string_view word = view(json::string_view{value.get_string()});
  bool known = false;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (word == d.name) {
      out = d.value;
      known = true;
    }
  });
  return known ? Result{} : wrong(WireErrorKind::unknown_value, name);
}

template <class T>
Result list_from_json(const json::value& value, std::vector<T>& out, const Limit& limit, std::string_view name) {
  if (!value.is_array()) return wrong(WireErrorKind::wrong_type, name);
  const json::array& list = value.get_array();
  if (list.size() < limit.min_size || list.size() > limit.max_size) return wrong(WireErrorKind::wrong_size, name);
  out.resize(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto r = from_json(list[i], out[i], Limit{}, name); !r) return r;
  }
  return {};
}

template <Described T>
Result fields_from_json(const json::object& object, T& out) {
  Result result;
  for_each_field<T>([&](auto d) {
    if (!result) return;
    auto& field = out.*d.pointer;
    using Field = std::remove_reference_t<decltype(field)>;
    constexpr Limit limit = limit_of<decltype(d)::pointer>;
    const json::value* value = object.if_contains(d.name);
    if constexpr (IsOptional<Field>::value) {
      if (value != nullptr) result = from_json(*value, field.emplace(), limit, d.name);
    } else if (value == nullptr) {
      result = wrong(WireErrorKind::missing_field, d.name);
    } else {
      result = from_json(*value, field, limit, d.name);
    }
  });
  return result;
}

template <class T>
Result from_json(const json::value& value, T& out, const Limit& limit, std::string_view name) {
  if constexpr (std::is_same_v<T, bool>) {
    if (!value.is_bool()) return wrong(WireErrorKind::wrong_type, name);
    out = value.get_bool();
    return {};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return text_from_json(value, out, limit, name);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return bytes_from_json(value, out, limit, name);
  } else if constexpr (DescribedEnum<T>) {
    return enum_from_json(value, out, name);
  } else if constexpr (std::is_integral_v<T>) {
    return number_from_json(value, out, limit, name);
  } else if constexpr (IsList<T>::value) {
    return list_from_json(value, out, limit, name);
  } else {
    if (!value.is_object()) return wrong(WireErrorKind::wrong_type, name);
    return fields_from_json(value.get_object(), out);
  }
}

template <class Variant>
expected<Variant, WireError> object_to_message(const json::object& object) {
  const json::value* type = object.if_contains("type");
  if (type == nullptr || !type->is_string()) return unexpected(WireError{WireErrorKind::no_type, "type"});
  const std::string_view word = view(json::string_view{type->get_string()});
  expected<Variant, WireError> out = unexpected(WireError{WireErrorKind::unknown_type, "type"});
  bool found = false;
  boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, Variant>>([&]<class T>(std::type_identity<T>) {
    if (found || word != message_type<T>()) return;
    found = true;
    T message;
    if (auto r = fields_from_json(object, message); !r) {
      out = unexpected(r.error());
    } else {
      out = Variant{std::move(message)};
    }
  });
  return out;
}

/// Parses within the bounds and hands the object to `use`; `Out` is what `use` returns.
template <class Out, class Use>
expected<Out, WireError> with_object(std::string_view text, std::size_t max_size, Use&& use) {
  if (text.size() > max_size) return unexpected(WireError{WireErrorKind::too_large, ""});
  std::array<unsigned char, 4096> first_block;   // NOLINT(cppcoreguidelines-pro-type-member-init): scratch
  std::array<unsigned char, 1024> parser_block;  // NOLINT(cppcoreguidelines-pro-type-member-init): scratch
  json::monotonic_resource memory(first_block.data(), first_block.size());
  json::parse_options options;
  options.max_depth = max_json_depth;
  json::parser parser({}, options, parser_block.data(), parser_block.size());
  parser.reset(&memory);
  json::error_code error;
  parser.write(text.data(), text.size(), error);
  if (error) return unexpected(WireError{WireErrorKind::not_json, ""});
  const json::value value = parser.release();
  if (!value.is_object()) return unexpected(WireError{WireErrorKind::not_an_object, ""});
  return use(value.get_object());
}

template <class Variant>
expected<Variant, WireError> text_to_message(std::string_view text, std::size_t max_size) {
  return with_object<Variant>(text, max_size,
                              [](const json::object& object) { return object_to_message<Variant>(object); });
}

}  // namespace sealhall::wire::detail
