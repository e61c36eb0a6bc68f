#include "server/media/options.h"

#include <doctest/doctest.h>

using namespace sealhall::media;

namespace {
bool accepted(const std::vector<std::string>& arguments) { return parse_options(arguments).has_value(); }
}  // namespace

TEST_CASE("media options: the whole line") {
  const auto o = parse_options({"--run", "/r", "--worker", "3", "--bind", "::", "--port", "8804", "--public-address",
                                "192.0.2.1", "--public-address", "2001:db8::1", "--no-gso"});
  REQUIRE(o);
  CHECK(o->run == "/r");
  CHECK(o->worker == 3);
  CHECK(o->bind.text() == "[::]:8804");
  CHECK(o->public_addresses == std::vector<std::string>{"192.0.2.1", "2001:db8::1"});
  CHECK(!o->gso);
}

TEST_CASE("media options: what is missing or wrong is said") {
  const std::vector<std::string> good{"--run", "/r", "--worker", "0", "--bind", "127.0.0.1", "--port", "0"};
  CHECK(accepted(good));
  CHECK(!accepted({}));
  for (std::size_t i = 0; i < good.size(); i += 2) {
    auto less = good;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i), less.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    CHECK(!accepted(less));
  }
  const auto with = [&](std::size_t at, std::string value) {
    auto other = good;
    other[at] = std::move(value);
    return accepted(other);
  };
  CHECK(!with(3, "64"));
  CHECK(!with(3, "-1"));
  CHECK(!with(5, "localhost"));
  CHECK(!with(7, "65536"));
  auto fast = good;
  fast.insert(fast.end(), {"--start-rate", "6000"});
  CHECK(parse_options(fast)->start_rate_kbps == 6000);
  fast.back() = "fast";
  CHECK(!accepted(fast));
  CHECK(!with(7, "80x"));
  CHECK(!with(0, "--rum"));
  CHECK(parse_options({"--run"}).error() == "Nothing follows --run.");
}

TEST_CASE("media options: a bound address is what clients are told, a wildcard becomes this machine's addresses") {
  CHECK(reachable_addresses(*sealhall::ice::Address::parse("192.0.2.1", 1)) == std::vector<std::string>{"192.0.2.1"});
  CHECK(!reachable_addresses(*sealhall::ice::Address::parse("0.0.0.0", 1)).empty());
}
