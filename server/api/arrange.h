// Searching, sorting and paging short lists (groups, roles, applications, webhooks) that the store gives whole. Long
// ones (people, logs, meetings) are arranged by the database.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "server/api/page.h"

namespace sealhall::api {

/// A field `ListQuery list;` of a query struct.
struct ListQuery {
  std::optional<std::string> query;  ///< rows in which a text has this in it, capitals or not
  std::optional<std::string> sort;   ///< a field of the rows; "-name" is the other way round
  PageQuery page;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (), (query, sort, page))
template <>
inline constexpr bool flattened<ListQuery> = true;

struct Arranged {
  Page page;
  std::vector<std::size_t> order;  ///< which rows, in which order
};
/// Without page_size, page_number and token all rows are on one page, as before there were pages.
/// Error: a field that the rows do not have, a token that is not ours.
expected<Arranged, ApiError> arrange(const Type& row, std::size_t count,
                                     const std::function<const void*(std::size_t)>& at, const ListQuery& wanted);

template <class Row>
expected<Page, ApiError> arrange(std::vector<Row>& rows, const ListQuery& wanted) {
  auto arranged = arrange(type_of<Row>(), rows.size(), [&](std::size_t i) -> const void* { return &rows[i]; }, wanted);
  if (!arranged) return unexpected(std::move(arranged.error()));
  std::vector<Row> out;
  out.reserve(arranged->order.size());
  for (const std::size_t i : arranged->order) out.push_back(std::move(rows[i]));
  rows = std::move(out);
  return arranged->page;
}

}  // namespace sealhall::api
