#include "io/log/log.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "io/log/json_text.h"

using namespace sealhall::io;

TEST_CASE("log: a JSON line has time, level, process, message and typed fields") {
  const std::string line = log::format_line(
      log::Format::json, "control", 1'700'000'000'123'456, log::Level::warning, "A \"thing\"\nhappened",
      {{"count", 3}, {"ok", true}, {"rate", 1.5}, {"name", "x\ty"}, {"id", loggable("0123456789abcdef")}});
  CHECK(line ==
        R"({"time":"2023-11-14T22:13:20.123Z","level":"warning","process":"control","message":"A \"thing\"\nhappened",)"
        R"("count":3,"ok":true,"rate":1.5,"name":"x\ty","id":"01234567"})");
}

TEST_CASE("log: a human line stays one line, whatever comes in") {
  const std::string line = log::format_line(log::Format::human, "media-0", 0, log::Level::info, "a\nb\x1b[2J",
                                            {{"k", "v w"}, {"n", -1}, {"p", "q"}});
  CHECK(line.find('\n') == std::string::npos);
  CHECK(line.find('\x1b') == std::string::npos);
  CHECK(line.ends_with("  k=\"v w\"  n=-1  p=q"));
}

TEST_CASE("log: an id is shown by eight characters at most") {
  CHECK(loggable("abc").view() == "abc");
  CHECK(loggable("0123456789").view() == "01234567");
  CHECK(loggable(std::uint64_t{123456789012}).view() == "12345678");
}

TEST_CASE("json text: what is not UTF-8 or would end the string is escaped") {
  CHECK(json_escape("a\"\\\x01\x7f") == "a\\\"\\\\\\u0001\\u007f");
  CHECK(json_escape("ä€😀") == "ä€😀");
  CHECK(json_escape("\xff") == "\\ufffd");
  CHECK(json_escape("\xc0\x80") == "\\ufffd\\ufffd");             // overlong
  CHECK(json_escape("\xed\xa0\x80") == "\\ufffd\\ufffd\\ufffd");  // surrogate
  CHECK(json_escape("\xe2\x82") == "\\ufffd\\ufffd");             // cut off
}

TEST_CASE("log: numbers that JSON cannot say become null") {
  const std::string line = log::format_line(log::Format::json, "p", 0, log::Level::info, "m",
                                            {{"x", std::numeric_limits<double>::infinity()}});
  CHECK(line.ends_with(R"("x":null})"));
}
