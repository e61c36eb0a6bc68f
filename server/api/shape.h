// Described structs as tables: one codec, one query parser and one OpenAPI writer work on them, so that an endpoint
// costs the compiler a table and not a codec.
//
// Fields may be: bool, whole numbers, double, std::string, Bytes (base64url), described enumerations (by word),
// std::optional (absent or null), std::vector, described structs, Json (any JSON value).
// A trailing underscore is not part of the name: `operator_` is "operator". Limits: wire::limit_of<&T::field>.
#pragma once

#include <array>
#include <span>

#include "core/base/expected.h"
#include "core/wire/reflect.h"
#include "server/api/error.h"

namespace sealhall::api {

/// No parameters, no body, no answer.
struct None {};
/// Any JSON value, kept as text. Checked to be JSON when it comes in; what goes out must be.
struct Json {
  std::string text = "null";
};
/// A struct whose fields stand among those of the struct that holds it (Page, PageQuery).
template <class T>
inline constexpr bool flattened = false;

enum class Kind : std::uint8_t { boolean, integer, real, text, bytes, word, optional, list, object, json };

struct Type;
struct Field {
  std::string_view name;
  const Type& (*type)() = nullptr;
  wire::Limit limit;
  void* (*in)(void* object) = nullptr;
};
struct Word {
  std::string_view name;
  std::int64_t value = 0;
};
/// All that is known about a type at run time. Lives for ever.
struct Type {
  Kind kind;
  std::string_view name = {};                          ///< object, word
  std::size_t size = 0;                                ///< integer, word: bytes
  bool is_signed = false;                              ///< integer
  bool is_flat = false;                                ///< object: `flattened`
  std::span<const Field> fields = {};                  ///< object
  std::span<const Word> words = {};                    ///< word
  const Type& (*element)() = nullptr;                  ///< optional, list
  const void* (*get)(const void* optional) = nullptr;  ///< optional: its value or null
  void* (*make)(void* optional) = nullptr;             ///< optional: makes a value
  std::size_t (*count)(const void* list) = nullptr;    ///< list
  void* (*append)(void* list) = nullptr;               ///< list: a new element at the end
  const void* (*at)(const void* list, std::size_t) = nullptr;
};

template <class T>
const Type& type_of();

namespace detail {

constexpr std::string_view field_name(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);
  return name;
}

template <class T, class D>
constexpr Field field() {
  using Value = std::remove_cvref_t<decltype(std::declval<T>().*D::pointer)>;
  return {field_name(D::name), &type_of<Value>, wire::limit_of<D::pointer>,
          [](void* object) -> void* { return &(static_cast<T*>(object)->*D::pointer); }};
}
template <class T, template <class...> class List, class... D>
constexpr std::array<Field, sizeof...(D)> fields(List<D...>) {
  return {field<T, D>()...};
}
template <template <class...> class List, class... D>
constexpr std::array<Word, sizeof...(D)> words(List<D...>) {
  return {Word{field_name(D::name), static_cast<std::int64_t>(D::value)}...};
}
template <class T>
inline constexpr auto fields_of = fields<T>(wire::Fields<T>{});
template <class E>
inline constexpr auto words_of = words(boost::describe::describe_enumerators<E>{});

template <class T>
constexpr Type make_type() {
  if constexpr (std::is_same_v<T, bool>) {
    return {.kind = Kind::boolean};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return {.kind = Kind::text};
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return {.kind = Kind::bytes};
  } else if constexpr (std::is_same_v<T, Json>) {
    return {.kind = Kind::json};
  } else if constexpr (std::is_same_v<T, double>) {
    return {.kind = Kind::real};
  } else if constexpr (wire::DescribedEnum<T>) {
    return {.kind = Kind::word, .name = wire::struct_name<T>, .size = sizeof(T), .words = words_of<T>};
  } else if constexpr (std::is_integral_v<T>) {
    return {.kind = Kind::integer, .size = sizeof(T), .is_signed = std::is_signed_v<T>};
  } else if constexpr (wire::IsOptional<T>::value) {
    return {.kind = Kind::optional,
            .element = &type_of<typename T::value_type>,
            .get = [](const void* o) -> const void* {
              const T& optional = *static_cast<const T*>(o);
              return optional ? &*optional : nullptr;
            },
            .make = [](void* o) -> void* { return &static_cast<T*>(o)->emplace(); }};
  } else if constexpr (wire::IsList<T>::value) {
    return {.kind = Kind::list,
            .element = &type_of<typename T::value_type>,
            .count = [](const void* l) { return static_cast<const T*>(l)->size(); },
            .append = [](void* l) -> void* { return &static_cast<T*>(l)->emplace_back(); },
            .at = [](const void* l, std::size_t i) -> const void* { return &(*static_cast<const T*>(l))[i]; }};
  } else {
    static_assert(wire::Described<T>, "a struct of an endpoint needs BOOST_DESCRIBE_STRUCT");
    static_assert(wire::completely_described<T>(), "a field of this struct is missing in its BOOST_DESCRIBE_STRUCT");
    return {.kind = Kind::object, .name = wire::struct_name<T>, .is_flat = flattened<T>, .fields = fields_of<T>};
  }
}

}  // namespace detail

template <class T>
const Type& type_of() {
  static constexpr Type type = detail::make_type<T>();
  return type;
}

// ---- the codec on tables (json.cc) ---------------------------------------------------------------------------------

/// Canonical JSON as JavaScript writes it: compact, raw UTF-8, "/" as it is, absent optionals left out (trap 11).
std::string write_json(const Type& type, const void* value);
/// Fills `into` (a default-made value of the type). Unknown fields are skipped, null is as absent. Every field that is
/// wrong is named, up to ten.
expected<void, ApiError> read_json(std::string_view text, const Type& type, void* into);

/// One name and value of a query, a form or a path, decoded.
struct Parameter {
  std::string name;
  std::string value;
};
/// "a=1&b=%20": RFC 3986 and forms ('+' is a space). Badly encoded pairs are an error.
expected<std::vector<Parameter>, ApiError> parse_parameters(std::string_view text);
/// Fills `into` from texts: numbers, "true"/"false"/"1"/"0", words, lists by comma or repetition. An empty text is as
/// absent for everything optional but text. Of two with the same name the first counts.
expected<void, ApiError> read_parameters(std::span<const Parameter> parameters, const Type& type, void* into);

template <class T>
std::string to_json(const T& value) {
  return write_json(type_of<T>(), &value);
}
template <class T>
expected<T, ApiError> from_json(std::string_view text) {
  T out{};
  if (auto r = read_json(text, type_of<T>(), &out); !r) return unexpected(std::move(r.error()));
  return out;
}

}  // namespace sealhall::api
