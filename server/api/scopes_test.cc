#include "server/api/scopes.h"

#include <doctest/doctest.h>

using namespace sealhall::api;

TEST_CASE("scopes: granular ones are contained in their classic form") {
  CHECK(classic_scope("meeting:read:list_meetings") == "meeting:read");
  CHECK(classic_scope("meeting:update:meeting") == "meeting:write");
  CHECK(classic_scope("meeting:delete:meeting") == "meeting:write");
  CHECK(classic_scope("cloud_recording:read:list_recording_files") == "recording:read");
  CHECK(classic_scope("dashboard:read:list_meetings") == "dashboard_meetings:read");
  const std::string_view list = "meeting:read:list_meetings";
  CHECK(Scopes::parse("meeting:read").reach(list) == Reach::own);
  CHECK(Scopes::parse("meeting:read:admin").reach(list) == Reach::account);
  CHECK(Scopes::parse("meeting:read:list_meetings").reach(list) == Reach::own);
  CHECK(Scopes::parse("meeting:read:list_meetings:admin").reach(list) == Reach::account);
  CHECK(Scopes::parse("meeting:read meeting:read:list_meetings:admin").reach(list) == Reach::account);
  CHECK(Scopes::parse("meeting:write:admin user:read:admin").reach(list) == Reach::none);
  CHECK(Scopes::parse("meeting:read:meeting:admin").reach(list) == Reach::none);
  CHECK(Scopes::parse("meeting:read:admin").reach("") == Reach::none);
  CHECK(Scopes::parse("meeting").reach(list) == Reach::none);
}

TEST_CASE("scopes: text, sets") {
  const auto scopes = Scopes::parse(" user:read,meeting:write  user:read\n");
  CHECK(scopes.text() == "meeting:write user:read");
  CHECK(scopes.within(Scopes::parse("user:read x")).text() == "user:read");
  CHECK(Scopes::parse("").empty());
}
