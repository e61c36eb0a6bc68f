#include "client/cli/host_commands.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::cli;
using Kind = TypedCommand::Kind;

namespace {
const NamedPeople people{.present = {{1, "Ada Lovelace"}, {2, "Bob"}, {3, "Bobby"}, {9, "Adam"}},
                         .waiting = {{12, "Eve"}}};
}

TEST_CASE("commands: actions on people by name, beginning or number") {
  auto c = parse_command("mute ada lovelace", people);
  REQUIRE(c.has_value());
  CHECK(c->action == wire::HostAction::mute_audio);
  CHECK(c->participant == 1U);
  CHECK(parse_command("  Remove  bob ", people)->participant == 2U);
  CHECK(parse_command("remove bobb", people)->participant == 3U);
  CHECK(parse_command("remove #9", people)->participant == 9U);
  CHECK(parse_command("cohost 3", people)->action == wire::HostAction::make_cohost);
  CHECK(parse_command("admit eve", people)->participant == 12U);
}

TEST_CASE("commands: what needs no name") {
  CHECK_FALSE(parse_command("admit", people)->participant.has_value());
  CHECK(parse_command("record-start", people)->action == wire::HostAction::record_start);  // "record" records here
  CHECK(parse_command("lock", people)->action == wire::HostAction::lock);
  CHECK(parse_command("end", people)->action == wire::HostAction::end_meeting);
  CHECK(parse_command("keys", people)->action == wire::HostAction::new_keys);
  CHECK(parse_command("who", people)->kind == Kind::who);
  CHECK(parse_command("mute", people)->kind == Kind::mute_me);
  CHECK(parse_command("leave", people)->kind == Kind::leave);
}

TEST_CASE("commands: mistakes get a sentence") {
  for (const char* line :
       {"", "dance", "remove", "remove ada", "remove nobody", "remove Eve", "lock me", "deny Bob", "remove 77"}) {
    CAPTURE(line);
    const auto c = parse_command(line, people);
    REQUIRE_FALSE(c.has_value());
    CHECK(c.error().size() > 10);
  }
  CHECK(parse_command("remove ada", people).error().find("#1 #9") != std::string::npos);
}
