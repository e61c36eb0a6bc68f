#include "server/api/arrange.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "server/api/numbers.h"

namespace sealhall::api {
namespace {

const void* inside(const Field& field, const void* object) {
  return field.in(const_cast<void*>(object));  // NOLINT: the accessor does not write
}

/// nullptr: absent.
std::pair<const Type*, const void*> unwrapped(const Field& field, const void* object) {
  const Type* type = &field.type();
  const void* value = inside(field, object);
  while (type->kind == Kind::optional) {
    if (value != nullptr) value = type->get(value);
    type = &type->element();
  }
  return {type, value};
}

bool contains(const Type& row, const void* object, const std::string& wanted) {
  return std::ranges::any_of(row.fields, [&](const Field& field) {
    const auto [type, value] = unwrapped(field, object);
    if (value == nullptr) return false;
    const auto has = [&](const void* text) {
      return ascii_lower(*static_cast<const std::string*>(text)).find(wanted) != std::string::npos;
    };
    if (type->kind == Kind::text) return has(value);
    if (type->kind != Kind::list || type->element().kind != Kind::text) return false;
    for (std::size_t i = 0, n = type->count(value); i < n; ++i) {
      if (has(type->at(value, i))) return true;
    }
    return false;
  });
}

struct Key {
  bool there = false;
  double number = 0;
  std::string text;
  auto operator<=>(const Key&) const = default;
};

std::optional<Key> key_of(const Field& field, const void* object) {
  const auto [type, value] = unwrapped(field, object);
  Key out;
  out.there = value != nullptr;
  switch (type->kind) {
    case Kind::boolean:
      if (out.there) out.number = *static_cast<const bool*>(value) ? 1 : 0;
      return out;
    case Kind::integer:
    case Kind::word:
      if (out.there) out.number = static_cast<double>(load_integer(*type, value));
      return out;
    case Kind::real:
      if (out.there) out.number = *static_cast<const double*>(value);
      return out;
    case Kind::text:
      if (out.there) out.text = ascii_lower(*static_cast<const std::string*>(value));
      return out;
    default:
      return std::nullopt;
  }
}

}  // namespace

expected<Arranged, ApiError> arrange(const Type& row, std::size_t count,
                                     const std::function<const void*(std::size_t)>& at, const ListQuery& wanted) {
  std::vector<std::size_t> order;
  const std::string text = ascii_lower(wanted.query.value_or(""));
  for (std::size_t i = 0; i < count; ++i) {
    if (text.empty() || contains(row, at(i), text)) order.push_back(i);
  }
  if (wanted.sort && !wanted.sort->empty()) {
    std::string_view name = *wanted.sort;
    const bool down = name.starts_with('-');
    if (down) name.remove_prefix(1);
    const auto field = std::ranges::find(row.fields, name, &Field::name);
    if (field == row.fields.end()) return unexpected(wrong_field("sort", "There is no such field in this list."));
    std::vector<std::pair<Key, std::size_t>> keys;
    for (const std::size_t i : order) {
      auto key = key_of(*field, at(i));
      if (!key) return unexpected(wrong_field("sort", "This list cannot be sorted by that field."));
      keys.emplace_back(std::move(*key), i);
    }
    // The place in the list decides between equals, in both directions.
    std::ranges::sort(keys, [down](const auto& a, const auto& b) {
      if (a.first != b.first) return down ? b.first < a.first : a.first < b.first;
      return a.second < b.second;
    });
    std::ranges::transform(keys, order.begin(), [](const auto& pair) { return pair.second; });
  }
  const PageQuery& page = wanted.page;
  Window window;
  if (page.page_size || page.page_number || (page.next_page_token && !page.next_page_token->empty()) || page.format) {
    auto read = window_of(page);
    if (!read) return unexpected(std::move(read.error()));
    window = *read;
  } else {
    window.limit = static_cast<std::uint32_t>(std::max<std::size_t>(order.size(), 1));
  }
  Arranged out{window.page(order.size()), {}};
  const std::size_t from = std::min<std::size_t>(window.offset, order.size());
  const std::size_t to = std::min<std::size_t>(from + window.limit, order.size());
  out.order.assign(order.begin() + static_cast<std::ptrdiff_t>(from), order.begin() + static_cast<std::ptrdiff_t>(to));
  return out;
}

}  // namespace sealhall::api
