#include "server/api/shape.h"

#include <doctest/doctest.h>

#include "server/api/numbers.h"

using namespace sealhall;
using namespace sealhall::api;

namespace shape_test {

enum class Mode : std::uint8_t { off, none_ };
BOOST_DESCRIBE_ENUM(Mode, off, none_)
struct Inner {
  std::int32_t temperature = 0;
  std::vector<Inner> more;  // of its own kind
};
BOOST_DESCRIBE_STRUCT(Inner, (), (temperature, more))
struct Everything {
  bool flag = false;
  std::uint8_t small = 0;
  std::int64_t large = 0;
  double real = 0;
  std::string text;
  Bytes bytes;
  Mode mode = Mode::off;
  std::optional<Inner> inner;
  std::vector<std::string> list;
  Json any;
  std::optional<std::string> operator_;
};
BOOST_DESCRIBE_STRUCT(Everything, (), (flag, small, large, real, text, bytes, mode, inner, list, any, operator_))
struct Parameters {
  std::optional<bool> flag;
  std::optional<std::int16_t> number;
  std::optional<Mode> mode;
  std::optional<std::string> text;
  std::vector<std::uint32_t> list;
  std::optional<double> real;
};
BOOST_DESCRIBE_STRUCT(Parameters, (), (flag, number, mode, text, list, real))
struct OneReal {
  double real = 0;
};
BOOST_DESCRIBE_STRUCT(OneReal, (), (real))

}  // namespace shape_test
using namespace shape_test;

namespace {

expected<Parameters, ApiError> parameters(std::string_view query) {
  auto pairs = parse_parameters(query);
  if (!pairs) return unexpected(pairs.error());
  Parameters out;
  if (auto r = read_parameters(*pairs, type_of<Parameters>(), &out); !r) return unexpected(r.error());
  return out;
}

}  // namespace

TEST_CASE("shape: what is written is read back") {
  Everything e;
  e.flag = true;
  e.small = 255;
  e.large = -9'007'199'254'740'991;
  e.real = 0.1;
  e.text = "\"\\/\b\f\n\r\t\x01é€\U0001F600";
  e.bytes = {0, 255, 16};
  e.mode = Mode::none_;
  e.inner = Inner{-5, {{7, {}}}};
  e.list = {"a", ""};
  e.any.text = R"({"x":[1,2.5,null]})";
  e.operator_ = "who";
  const std::string text = to_json(e);
  CHECK(text == R"({"flag":true,"small":255,"large":-9007199254740991,"real":0.1,"text":"\"\\/\b\f\n\r\t\u0001é€😀",)"
                R"("bytes":"AP8Q","mode":"none","inner":{"temperature":-5,"more":[{"temperature":7,"more":[]}]},)"
                R"("list":["a",""],"any":{"x":[1,2.5,null]},"operator":"who"})");
  const auto back = from_json<Everything>(text);
  REQUIRE(back.has_value());
  CHECK(to_json(*back) == R"({"flag":true,"small":255,"large":-9007199254740991,"real":0.1,)" +
                              text.substr(text.find(R"("text")"))
                                  .replace(text.substr(text.find(R"("text")")).find("2.5,null"), 8, "2.5E0,null"));
  CHECK(back->text == e.text);
  CHECK(back->inner->more.at(0).temperature == 7);
}

TEST_CASE("trap 11: JSON as JSON.stringify writes it: no exponents, slashes as they are, nothing around") {
  Everything e;
  e.real = 1e21;
  CHECK(to_json(e).find("\"real\":1000000000000000000000,") != std::string::npos);
  e.real = 1e-7;
  CHECK(to_json(e).find("\"real\":0.0000001,") != std::string::npos);
  e.text = "a/b \x7f";
  CHECK(to_json(e).find("\"text\":\"a/b \x7f\"") != std::string::npos);
  CHECK(to_json(e).back() == '}');
}

TEST_CASE("shape: numbers outside of their type or limit are refused") {
  const auto small = [](const std::string& number) {
    Everything e;
    const auto in = from_json<Inner>(R"({"temperature":)" + number + R"(,"more":[]})");
    return in.has_value();
  };
  CHECK(small("2147483647"));
  CHECK(small("-2147483648"));
  CHECK_FALSE(small("2147483648"));
  CHECK_FALSE(small("-2147483649"));
  CHECK_FALSE(small("1.5"));
  CHECK(small("3.0"));
  CHECK_FALSE(small("1e300"));
  CHECK_FALSE(small("\"1\""));
  CHECK_FALSE(small("99999999999999999999"));
}

TEST_CASE("shape: what no double can hold is refused, in a body and in a query") {
  const auto in_body = [](const std::string& number) { return from_json<OneReal>(R"({"real":)" + number + "}"); };
  CHECK(in_body("1.5e300")->real == 1.5e300);
  CHECK_FALSE(in_body("1.5e330").has_value());
  CHECK_FALSE(in_body("-1e999").has_value());
  CHECK(*parameters("real=-2.5")->real == -2.5);
  for (const std::string number : {"1e999", "inf", "-inf", "nan", "infinity"}) {
    CAPTURE(number);
    CHECK_FALSE(parameters("real=" + number).has_value());
  }
}

TEST_CASE("shape: parameters as people and programs write them") {
  CHECK(parameters("")->list.empty());
  CHECK(parameters("flag=1")->flag == true);
  CHECK(parameters("flag=false")->flag == false);
  CHECK_FALSE(parameters("flag=yes").has_value());
  CHECK(parameters("number=-7")->number == -7);
  CHECK_FALSE(parameters("number=40000").has_value());
  CHECK_FALSE(parameters("number=7x").has_value());
  CHECK(!parameters("number=")->number);
  CHECK(parameters("mode=none")->mode == Mode::none_);
  CHECK_FALSE(parameters("mode=on").has_value());
  CHECK(parameters("text=a+b%26c")->text == "a b&c");
  CHECK(parameters("text=")->text == "");
  CHECK_FALSE(parameters("text=%ff").has_value());
  CHECK_FALSE(parameters("text=%").has_value());
  CHECK(parameters("list=1,2&list=3")->list == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(parameters("list[]=1&list%5B%5D=2")->list == std::vector<std::uint32_t>{1, 2});
  CHECK(parameters("number=1&number=2")->number == 1);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "x=1&";
  CHECK_FALSE(parameters(many).has_value());
}

TEST_CASE("shape: UTF-8 is RFC 3629, nothing longer") {
  CHECK(is_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"));
  for (const char* wrong : {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80", "\xff"}) {
    CHECK_FALSE(is_utf8(wrong));
  }
}
