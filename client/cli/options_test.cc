#include "client/cli/options.h"

#include <doctest/doctest.h>

#include <vector>

#include "client/cli/commands.h"

using namespace sealhall::cli;

namespace {
template <typename Parse>
auto parse(Parse function, std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return function(static_cast<int>(argv.size()), argv.data());
}
}  // namespace

TEST_CASE("options: join takes a link and what to send") {
  const auto o =
      parse(parse_join_options, {"join", "https://h/j/1", "--name", "Ada", "--audio", "a.wav", "--video", "screen",
                                 "--loop", "--stats", "--relay", "--duration", "2.5", "--ca", "ca.pem"});
  REQUIRE(o.has_value());
  CHECK(o->link == "https://h/j/1");
  CHECK(o->name == "Ada");
  CHECK(o->video == "screen");
  CHECK(o->loop);
  CHECK(o->stats);
  CHECK(o->relay);
  CHECK(o->duration == doctest::Approx(2.5));
}

TEST_CASE("options: mistakes end with a text and exit code 2, help with 0") {
  for (const auto& words : std::vector<std::vector<std::string>>{{"join"},
                                                                 {"join", "x", "--nonsense"},
                                                                 {"join", "x", "--duration", "-1"},
                                                                 {"join", "x", "--max-height", "10"}}) {
    const auto o = parse(parse_join_options, words);
    REQUIRE_FALSE(o.has_value());
    CHECK(o.error().code == exit_code::usage);
    CHECK_FALSE(o.error().text.empty());
  }
  const auto help = parse(parse_join_options, {"join", "--help"});
  REQUIRE_FALSE(help.has_value());
  CHECK(help.error().code == 0);
  CHECK(help.error().text.find("--record") != std::string::npos);
}

TEST_CASE("options: load needs a server or a link") {
  CHECK_FALSE(parse(parse_load_options, {"load"}).has_value());
  const auto o = parse(parse_load_options, {"load", "--link", "https://h/j/1", "--link", "https://h/j/2",
                                            "--participants", "30", "--video-kbps", "600"});
  REQUIRE(o.has_value());
  CHECK(o->links.size() == 2);
  CHECK(o->participants == 30);
  CHECK(o->video_kbps == 600);
}
