#include "server/api/page.h"

#include <doctest/doctest.h>

using namespace sealhall::api;

TEST_CASE("trap 5: an empty list is page 1 of 1; paging by token and by number, where 0 is 1") {
  const auto empty = window_of({})->page(0);
  CHECK(empty.page_count == 1);
  CHECK(empty.page_number == 1);
  CHECK(empty.total_records == 0);
  CHECK(empty.next_page_token == "");
  CHECK(window_of({.page_size = 10, .page_number = 0, .next_page_token = {}})->offset == 0);
  CHECK(window_of({.page_size = 10, .page_number = 1, .next_page_token = {}})->offset == 0);
  CHECK(window_of({.page_size = 10, .page_number = 3, .next_page_token = {}})->offset == 20);
  CHECK(window_of({.page_size = 1000, .page_number = {}, .next_page_token = {}})->limit == 300);
  CHECK(window_of({.page_size = 0, .page_number = {}, .next_page_token = {}})->limit == 1);

  // Along the tokens every record comes once, and the last page has none.
  std::string token;
  std::uint32_t pages = 0;
  std::uint32_t next = 0;
  do {
    const auto window = window_of({.page_size = 10, .page_number = {}, .next_page_token = token});
    REQUIRE(window.has_value());
    CHECK(window->offset == next);
    const auto page = window->page(25);
    CHECK(page.page_count == 3);
    CHECK(page.page_number == ++pages);
    next += 10;
    token = page.next_page_token;
  } while (!token.empty());
  CHECK(pages == 3);
  for (const char* wrong : {"x10", "p", "p-1", "p10x", "p99999999999", "p999999999"}) {
    CHECK_FALSE(window_of({.page_size = {}, .page_number = {}, .next_page_token = wrong}).has_value());
  }
  CHECK_FALSE(window_of({.page_size = {}, .page_number = 4'000'000'000U, .next_page_token = {}}).has_value());
}
