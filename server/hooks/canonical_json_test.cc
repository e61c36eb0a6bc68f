#include "server/hooks/canonical_json.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

namespace sealhall::hooks {
namespace {

TEST_CASE("canonical JSON: what JSON.stringify(JSON.parse(x)) gives") {
  // Every right side was written by a JavaScript engine.
  const std::pair<const char*, std::string> cases[] = {
      {R"({ "a" : 1 , "b" : [ 1, 2.0, 2.50 ] })", R"({"a":1,"b":[1,2,2.5]})"},
      {R"({"b":1,"10":2,"9":3,"a":4,"01":5,"4294967294":6,"4294967295":7})",
       R"({"9":3,"10":2,"4294967294":6,"b":1,"a":4,"01":5,"4294967295":7})"},
      {R"("\/ \u00e9 \u2028 \ud83d\ude00 \u001F \u007f \b\f\n\r\t \" \\")",
       "\"/ \u00e9 \u2028 \U0001F600 \\u001f \x7f \\b\\f\\n\\r\\t \\\" \\\\\""},
      {"[9007199254740991,9007199254740993,-9007199254740993,18446744073709551615]",
       "[9007199254740991,9007199254740992,-9007199254740992,18446744073709552000]"},
      {"[1E0,1e21,1e20,1.5e-7,0.000001,-0.0,-1.25e-10,1e-7]",
       "[1,1e+21,100000000000000000000,1.5e-7,0.000001,0,-1.25e-10,1e-7]"},
      {"[true,false,null,\"\",{},[]]", "[true,false,null,\"\",{},[]]"},
      {"97763643886", "97763643886"},
  };
  for (const auto& [in, out] : cases) CHECK(canonical_json(in).value_or("refused") == out);
}

TEST_CASE("canonical JSON: what is canonical stays as it is") {
  for (const char* text :
       {R"({"event":"meeting.started","payload":{"object":{"id":"123","x":0.1}}})", "[1e-7,1e+300]"}) {
    CHECK(canonical_json(text) == text);
  }
}

TEST_CASE("canonical JSON: no JSON, broken UTF-8 and bottomless nesting are refused") {
  CHECK_FALSE(canonical_json(""));
  CHECK_FALSE(canonical_json("{"));
  CHECK_FALSE(canonical_json("{} {}"));
  CHECK_FALSE(canonical_json("\"\xc3\x28\""));
  CHECK_FALSE(canonical_json("\"\\ud800\""));
  CHECK_FALSE(canonical_json(std::string(200, '[') + std::string(200, ']')));
}

TEST_CASE("canonical JSON: the text of numbers") {
  CHECK(js_number(5e-324) == "5e-324");
  CHECK(js_number(1.7976931348623157e308) == "1.7976931348623157e+308");
  CHECK(js_number(1.0 / 3) == "0.3333333333333333");
  CHECK(js_number(123456.789) == "123456.789");
  CHECK(js_number(std::numeric_limits<double>::infinity()) == "null");
}

}  // namespace
}  // namespace sealhall::hooks
