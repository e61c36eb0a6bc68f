// What the codec, the schema and the TypeScript types know about a struct: its name, its fields, and the limits of
// each. Boost.Describe supplies the fields (description.h); names come from the C++ names themselves.
#pragma once

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/bytes.h"

namespace sealhall::wire {

/// What a field may hold. Sizes count code points of a string, bytes of `Bytes`, elements of a list.
struct Limit {
  std::uint64_t max_value = (std::uint64_t{1} << 53) - 1;  ///< the largest whole number that JavaScript keeps exact
  std::size_t min_size = 0;
  std::size_t max_size = 4096;
};
constexpr Limit size_between(std::size_t least, std::size_t most) noexcept {
  return {.min_size = least, .max_size = most};
}
constexpr Limit at_most(std::uint64_t value) noexcept { return {.max_value = value}; }

/// The limit of one field, by member pointer. Specialised in description.h where the default is too wide.
template <auto Member>
inline constexpr Limit limit_of{};

namespace detail {
template <class T>
constexpr std::string_view unqualified_name() noexcept {
  // "... [T = sealhall::wire::Join]" (clang) or "... [with T = sealhall::wire::Join; ...]" (g++).
  std::string_view text = __PRETTY_FUNCTION__;
  const std::size_t from = text.find("T = ") + 4;
  text = text.substr(from, text.find_first_of("];", from) - from);
  const std::size_t colon = text.rfind(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}
}  // namespace detail

/// The C++ name without namespaces: "RosterUpdate". Specialised where two messages of one channel would be the same.
template <class T>
inline constexpr std::string_view struct_name = detail::unqualified_name<T>();

/// "RosterUpdate" -> "roster_update": what a message carries as its "type".
template <class T>
const std::string& message_type() {
  static const std::string name = [] {
    std::string out;
    for (const char c : struct_name<T>) {
      if (c >= 'A' && c <= 'Z') {
        if (!out.empty()) out += '_';
        out += static_cast<char>(c - 'A' + 'a');
      } else {
        out += c;
      }
    }
    return out;
  }();
  return name;
}

template <class T>
concept Described = boost::describe::has_describe_members<T>::value;
template <class T>
concept DescribedEnum = boost::describe::has_describe_enumerators<T>::value;

template <class T>
using Fields = boost::describe::describe_members<T, boost::describe::mod_public>;

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {};
template <>
struct IsList<Bytes> : std::false_type {};  // travels as text

namespace detail {
struct Anything {
  template <class T>
  operator T() const noexcept;  // never defined: only asked for, in unevaluated contexts
};
template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) noexcept {
  return requires { T{(static_cast<void>(I), Anything{})...}; };
}
}  // namespace detail

/// True when an aggregate has exactly as many fields as its description: a forgotten field does not compile.
template <class T>
constexpr bool completely_described() noexcept {
  constexpr std::size_t count = boost::mp11::mp_size<Fields<T>>::value;
  return detail::takes<T>(std::make_index_sequence<count>{}) &&
         !detail::takes<T>(std::make_index_sequence<count + 1>{});
}

template <class T, class F>
constexpr void for_each_field(F&& f) {
  static_assert(completely_described<T>(), "a field of this struct is missing in core/wire/description.h");
  boost::mp11::mp_for_each<Fields<T>>(std::forward<F>(f));
}

}  // namespace sealhall::wire
