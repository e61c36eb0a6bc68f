// Lists in pages: {page_count, page_number, page_size, total_records, next_page_token, ..}. By token or by number; an
// empty list is page 1 of 1 (trap 5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/api/shape.h"

namespace sealhall::api {

/// A field `PageQuery page;` of a query struct: its four fields stand among the others.
struct PageQuery {
  std::optional<std::uint32_t> page_size;
  std::optional<std::uint32_t> page_number;  ///< from 1; 0 is as 1
  std::optional<std::string> next_page_token;
  std::optional<std::string> format;  ///< "csv": the list as a table, a thousand lines a page; "json"
};
/// A field `Page page;` of a list's struct, the items beside it: struct UserList { Page page; std::vector<..> users; };
struct Page {
  std::uint32_t page_count = 1;
  std::uint32_t page_number = 1;
  std::uint32_t page_size = 30;
  std::uint32_t total_records = 0;
  std::string next_page_token;  ///< "" on the last page
};
BOOST_DESCRIBE_STRUCT(PageQuery, (), (page_size, page_number, next_page_token, format))
BOOST_DESCRIBE_STRUCT(Page, (), (page_count, page_number, page_size, total_records, next_page_token))
template <>
inline constexpr bool flattened<PageQuery> = true;
template <>
inline constexpr bool flattened<Page> = true;

/// What to read from the store: LIMIT and OFFSET.
struct Window {
  std::uint32_t limit = 30;
  std::uint32_t offset = 0;
  /// How the window looks in the answer, when there are `total` records in all.
  [[nodiscard]] Page page(std::uint64_t total) const;
};
/// As much of a table as is answered at once.
inline constexpr std::uint32_t csv_page = 1000;
/// A page_size above `most` is taken as `most`; of a table both are `csv_page`. Error: a token that is not ours, a
/// format that there is not.
expected<Window, ApiError> window_of(const PageQuery& query, std::uint32_t most = 300, std::uint32_t usual = 30);

}  // namespace sealhall::api
