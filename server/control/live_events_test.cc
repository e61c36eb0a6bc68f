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
  const Event shares = to_event(some(What::shares));
  CHECK(shares.name == "meeting.sharing_started");
  CHECK(boost::json::parse(shares.object_json).at("participant").at("sharing_details").at("content") == "screen");
  CHECK(to_event(some(What::stops_sharing)).name == "meeting.sharing_ended");
  CHECK(to_event(some(What::admitted)).name == "meeting.participant_admitted");
  const Event gave_up = to_event(some(What::gave_up));
  CHECK(gave_up.name == "meeting.participant_left_waiting_room");
  CHECK(boost::json::parse(gave_up.object_json).at("participant").at("date_time") == "2023-11-14T22:14:21Z");
}

TEST_CASE("live events: a line of chat names its sender and says what was written") {
  LiveEvent e = some(LiveEvent::What::said);
  e.message.message = 7;
  e.message.from = 3;
  e.message.name = "Ada";
  e.message.text = "\"yes\"";
  e.message.reply_to = 5;
  e.message.sent_at_ms = 1'700'000'061'000;
  const Event event = to_event(e);
  CHECK(event.name == "meeting.chat_message_sent");
  const boost::json::value object = boost::json::parse(event.object_json);
  CHECK_FALSE(object.as_object().contains("participant"));
  const boost::json::value& message = object.at("chat_message");
  CHECK(message.at("message_content") == "\"yes\"");
  CHECK(message.at("message_id") == "7");
  CHECK(message.at("reply_main_message_id") == "5");
  CHECK(message.at("sender_name") == "Ada");
  CHECK(message.at("sender_session_id") == "3");
  CHECK(message.at("recipient_type") == "everyone");
  CHECK(message.at("date_time") == "2023-11-14T22:14:21Z");
}
