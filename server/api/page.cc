#include "server/api/page.h"

#include <algorithm>
#include <charconv>

namespace sealhall::api {

Page Window::page(std::uint64_t total) const {
  Page out;
  out.page_size = limit;
  out.total_records = static_cast<std::uint32_t>(total);
  out.page_count = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, (total + limit - 1) / limit));
  out.page_number = std::min(offset / limit + 1, out.page_count);
  if (std::uint64_t{offset} + limit < total) out.next_page_token = "p" + std::to_string(offset + limit);
  return out;
}

expected<Window, ApiError> window_of(const PageQuery& query, std::uint32_t most, std::uint32_t usual) {
  Window out;
  if (query.format && *query.format == "csv") {
    most = csv_page;
    usual = csv_page;
  } else if (query.format && *query.format != "json") {
    return unexpected(wrong_field("format", "csv or json."));
  }
  out.limit = std::clamp(query.page_size.value_or(usual), std::uint32_t{1}, most);
  constexpr std::uint32_t farthest = 100'000'000;
  if (query.next_page_token && !query.next_page_token->empty()) {
    const std::string_view token = *query.next_page_token;
    const char* end = token.data() + token.size();
    const auto [read, error] = std::from_chars(token.data() + 1, end, out.offset);
    if (token.front() != 'p' || error != std::errc{} || read != end || out.offset > farthest) {
      return unexpected(wrong_field("next_page_token", "This is not a token of the page before."));
    }
    return out;
  }
  const std::uint32_t number = std::max(query.page_number.value_or(1), std::uint32_t{1});
  if (number > farthest / out.limit) return unexpected(wrong_field("page_number", "There is no such page."));
  out.offset = (number - 1) * out.limit;
  return out;
}

}  // namespace sealhall::api
