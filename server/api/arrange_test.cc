#include "server/api/arrange.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::api;

namespace {

struct Row {
  std::string name;
  std::optional<std::string> note;
  std::uint32_t members = 0;
  std::vector<std::string> scopes;
};
BOOST_DESCRIBE_STRUCT(Row, (), (name, note, members, scopes))

std::vector<Row> some() {
  return {{"Sales", "x", 3, {"user:read"}}, {"admins", {}, 12, {}}, {"Board", "a SALES note", 3, {"meeting:read"}}};
}
std::string names(const ListQuery& wanted) {
  auto rows = some();
  const auto page = arrange(rows, wanted);
  if (!page) return page.error().errors.empty() ? "?" : page.error().errors[0].field;
  std::string out;
  for (const Row& row : rows) out += (out.empty() ? "" : " ") + row.name;
  return out;
}
PageQuery page(std::optional<std::uint32_t> size, std::optional<std::uint32_t> number = {}) {
  return {size, number, {}, {}};
}

}  // namespace

TEST_CASE("arrange: without a wish everything stays as it is, on one page") {
  auto rows = some();
  const auto got = arrange(rows, {});
  REQUIRE(got.has_value());
  CHECK(rows.size() == 3);
  CHECK(got->total_records == 3);
  CHECK(got->page_count == 1);
  CHECK(got->next_page_token.empty());
  std::vector<Row> none;
  CHECK(arrange(none, {})->page_count == 1);
}

TEST_CASE("arrange: sorted by texts without capitals, by numbers as numbers, both ways") {
  CHECK(names({{}, "name", {}}) == "admins Board Sales");
  CHECK(names({{}, "-name", {}}) == "Sales Board admins");
  CHECK(names({{}, "members", {}}) == "Sales Board admins");
  CHECK(names({{}, "-members", {}}) == "admins Sales Board");
  CHECK(names({{}, "note", {}}) == "admins Board Sales");
  CHECK(names({{}, "colour", {}}) == "sort");
  CHECK(names({{}, "scopes", {}}) == "sort");
}

TEST_CASE("arrange: searched in every text and list of texts") {
  CHECK(names({"sales", {}, {}}) == "Sales Board");
  CHECK(names({"MEETING:", {}, {}}) == "Board");
  CHECK(names({"nobody", {}, {}}).empty());
}

TEST_CASE("arrange: pages are cut after searching and sorting") {
  CHECK(names({{}, "name", page(2)}) == "admins Board");
  CHECK(names({{}, "name", page(2, 2)}) == "Sales");
  auto rows = some();
  const auto first = arrange(rows, {{}, {}, page(2)});
  REQUIRE(first.has_value());
  CHECK(first->total_records == 3);
  CHECK(first->page_count == 2);
  auto again = some();
  REQUIRE(arrange(again, {{}, {}, {2, {}, first->next_page_token, {}}}).has_value());
  CHECK(again.size() == 1);
  CHECK(names({{}, {}, page(2, 9)}).empty());
  CHECK(names({{}, {}, {{}, {}, "nonsense", {}}}) == "next_page_token");
}
