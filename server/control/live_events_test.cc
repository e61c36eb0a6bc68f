#include "server/control/live_events.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>

using namespace sealhall;
using namespace sealhall::control;

namespace {
LiveEvent some(LiveEvent::What what) {
  LiveEvent e;
  e.what = what;
  e.account_id = "acc";
  e.meeting_id = "81234567890";
  e.meeting_uuid = Bytes(16, 1);
  e.owner_id = "owner";
  e.topic = "A \"topic\"\n";
  e.started_at = UnixMicros{1'700'000'000'000'000};
  e.at = UnixMicros{1'700'000'061'000'000};
  e.person.participant = 3;
  e.person.name = "Ada";
  return e;
}
}  // namespace

TEST_CASE("live events: have the names and objects that integrations know; ids of running meetings are text") {
  using What = LiveEvent::What;
  const Event ended = to_event(some(What::ended));
  CHECK(ended.name == "meeting.ended");
  CHECK(ended.account_id == "acc");
  const boost::json::value object = boost::json::parse(ended.object_json);
  CHECK(object.at("id") == "81234567890");
  CHECK(object.at("uuid") == "AQEBAQEBAQEBAQEBAQEBAQ==");
  CHECK(object.at("topic") == "A \"topic\"\n");
  CHECK(object.at("start_time") == "2023-11-14T22:13:20Z");
  CHECK(object.at("end_time") == "2023-11-14T22:14:21Z");
  CHECK(object.at("duration") == 2);
  const Event came = to_event(some(What::came));
  CHECK(came.name == "meeting.participant_joined");
  const boost::json::value person = boost::json::parse(came.object_json).at("participant");
  CHECK(person.at("user_name") == "Ada");
  CHECK(person.at("user_id") == "3");
  CHECK(person.at("join_time") == "2023-11-14T22:14:21Z");
  LiveEvent left = some(What::left);
  left.person.removed = true;
  CHECK(boost::json::parse(to_event(left).object_json).at("participant").at("leave_reason") == "removed by a host");
  CHECK(to_event(some(What::waits)).name == "meeting.participant_joined_waiting_room");
  CHECK(to_event(some(What::started)).object_json.find("participant") == std::string::npos);
}
