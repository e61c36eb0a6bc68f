#include "client/cli/news.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::cli;
using Lines = std::vector<std::string>;

TEST_CASE("news: a new name, role and consent are said once, to oneself as You, without control characters") {
  wire::RosterEntry before;
  before.name = "Ada";
  wire::RosterEntry now = before;
  CHECK(news_of_person(before, now, false).empty());
  now.name = "Countess\x1b[2J";
  now.role = wire::Role::cohost;
  now.consent = wire::ConsentState::agreed;
  const Lines said = news_of_person(before, now, false);
  CHECK(said == Lines{"Ada is called Countess?[2J now.", "Countess?[2J is now a co-host.",
                      "Countess?[2J has agreed to being recorded."});
  CHECK(news_of_person(before, now, true).at(1) == "You are now a co-host.");
  now = before;
  now.consent = wire::ConsentState::refused;
  CHECK(news_of_person(before, now, false) == Lines{"Ada has refused to be recorded."});
  now = before;
  now.consent = wire::ConsentState::asked;
  CHECK(news_of_person(before, now, false).empty());
}

TEST_CASE("news: what hosts do to the meeting is said; another room is no news") {
  const wire::MeetingInfo before;
  wire::MeetingInfo now;
  now.locked = true;
  now.suspended = true;
  now.chat = wire::ChatPolicy::nobody;
  now.draw = false;
  CHECK(news_of_meeting(before, now).size() == 4);
  CHECK(news_of_meeting(before, now).at(1) == "The meeting is locked: nobody else can come in.");
  CHECK(news_of_meeting(now, before).at(1) == "The meeting is open again.");
  now.room = 2;
  CHECK(news_of_meeting(before, now).empty());
}
