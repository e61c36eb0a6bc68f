#include "server/api/csv.h"

#include <doctest/doctest.h>

#include <optional>

#include "server/api/page.h"

using namespace sealhall;
using namespace sealhall::api;

// Not without a name: clang wants the types that a description looks into to have linkage.
namespace csv_rows {

struct Inner {
  std::string city;
  std::optional<std::uint32_t> number;
};
enum class Colour : std::uint8_t { red, blue };
struct Row {
  std::string name;
  std::optional<std::string> note;
  std::int32_t count = 0;
  bool on = false;
  Colour colour = Colour::red;
  std::optional<Inner> place;
  std::vector<std::string> words;
  std::vector<Inner> places;
};
struct Rows {
  Page page;
  std::vector<Row> rows;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (city, number))
BOOST_DESCRIBE_ENUM(Colour, red, blue)
BOOST_DESCRIBE_STRUCT(Row, (), (name, note, count, on, colour, place, words, places))
BOOST_DESCRIBE_STRUCT(Rows, (), (page, rows))

}  // namespace csv_rows

using namespace csv_rows;

namespace {

std::string csv(const Rows& rows) { return write_csv(type_of<Rows>(), &rows); }
const std::string names = "name,note,count,on,colour,place.city,place.number,words,places\r\n";

}  // namespace

TEST_CASE("csv: a line of names, a line a row, nested fields beside the others") {
  CHECK(csv({}) == names);
  Rows rows;
  rows.rows.push_back({"Ada", "x", -3, true, Colour::blue, Inner{"Rome", 4}, {"a", "b"}, {{"Oslo", {}}}});
  rows.rows.push_back({});
  rows.rows.back().name = "";
  CHECK(csv(rows) ==
        names + R"(Ada,x,-3,true,blue,Rome,4,a; b,"[{""city"":""Oslo""}]")" + "\r\n" + ",,0,false,red,,,,[]\r\n");
}

TEST_CASE("csv: commas, quotes and ends of lines are quoted; what a spreadsheet would compute is a text") {
  Rows rows;
  rows.rows.push_back({});
  const auto first = [&](std::string name) {
    rows.rows[0].name = std::move(name);
    const std::string line = csv(rows).substr(names.size());
    return line.substr(0, line.find(",,0,"));
  };
  CHECK(first("a,b") == "\"a,b\"");
  CHECK(first("say \"hi\"") == "\"say \"\"hi\"\"\"");
  CHECK(first("two\nlines") == "\"two\nlines\"");
  CHECK(first("=1+1") == "'=1+1");
  CHECK(first("@cmd") == "'@cmd");
  CHECK(first("+886 2") == "'+886 2");
  CHECK(first("=HYPERLINK(\"http://x\",\"y\")") == "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
  CHECK(first("王小明") == "王小明");
  rows.rows[0].words = {"=a"};
  CHECK(csv(rows).find(",'=a,") != std::string::npos);
}

TEST_CASE("csv: the token of the next page is found inside the page") {
  Rows rows;
  rows.page.next_page_token = "p30";
  CHECK(text_field(type_of<Rows>(), &rows, "next_page_token") == "p30");
  CHECK(text_field(type_of<Rows>(), &rows, "nothing").empty());
  CHECK(has_field(type_of<Rows>(), "next_page_token"));
  CHECK_FALSE(has_field(type_of<Rows>(), "city"));
}
