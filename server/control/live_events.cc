#include "server/control/live_events.h"

#include "core/base/encoding.h"
#include "io/log/json_text.h"
#include "server/api/text.h"

namespace sealhall::control {
namespace {

std::string text(std::string_view value) { return "\"" + io::json_escape(value) + "\""; }

std::string_view name_of(LiveEvent::What what) {
  switch (what) {
    case LiveEvent::What::started:
      return "meeting.started";
    case LiveEvent::What::ended:
      return "meeting.ended";
    case LiveEvent::What::waits:
      return "meeting.participant_joined_waiting_room";
    case LiveEvent::What::admitted:
      return "meeting.participant_admitted";
    case LiveEvent::What::gave_up:
      return "meeting.participant_left_waiting_room";
    case LiveEvent::What::came:
      return "meeting.participant_joined";
    case LiveEvent::What::left:
      return "meeting.participant_left";
    case LiveEvent::What::shares:
      return "meeting.sharing_started";
    case LiveEvent::What::stops_sharing:
      return "meeting.sharing_ended";
    case LiveEvent::What::said:
      return "meeting.chat_message_sent";
  }
  return "";
}

/// Whole minutes, begun ones counted.
std::int64_t minutes(const LiveEvent& e) {
  constexpr std::int64_t minute = 60'000'000;
  const std::int64_t lasted = static_cast<std::int64_t>(e.at) - static_cast<std::int64_t>(e.started_at);
  return lasted <= 0 ? 0 : (lasted + minute - 1) / minute;
}

std::string said(const wire::ChatMessage& m) {
  std::string out = R"({"message_id":)" + text(std::to_string(m.message)) + R"(,"date_time":)" +
                    text(api::rfc3339(UnixMicros{static_cast<std::int64_t>(m.sent_at_ms) * 1000})) +
                    R"(,"sender_session_id":)" + text(std::to_string(m.from)) + R"(,"sender_name":)" + text(m.name) +
                    R"(,"recipient_type":"everyone","message_content":)" + text(m.text);
  if (m.reply_to) out += R"(,"reply_main_message_id":)" + text(std::to_string(*m.reply_to));
  return out + "}";
}

}  // namespace

Event to_event(const LiveEvent& e) {
  const std::string at = api::rfc3339(e.at);
  std::string object = R"({"id":)" + text(e.meeting_id) + R"(,"uuid":)" + text(to_base64(e.meeting_uuid)) +
                       R"(,"host_id":)" + text(e.owner_id) + R"(,"topic":)" + text(e.topic) +
                       R"(,"type":2,"start_time":)" + text(api::rfc3339(e.started_at)) +
                       R"(,"timezone":"UTC","duration":)" + std::to_string(minutes(e));
  if (e.what == LiveEvent::What::ended) object += R"(,"end_time":)" + text(at);
  if (e.what == LiveEvent::What::said) {
    object += R"(,"chat_message":)" + said(e.message);
  } else if (e.what != LiveEvent::What::started && e.what != LiveEvent::What::ended) {
    object += R"(,"participant":{"user_id":)" + text(std::to_string(e.person.participant)) + R"(,"user_name":)" +
              text(e.person.name) + R"(,"id":)" + text(e.person.account) + R"(,"email":"")";
    if (e.what == LiveEvent::What::came) object += R"(,"join_time":)" + text(at);
    if (e.what == LiveEvent::What::waits || e.what == LiveEvent::What::admitted || e.what == LiveEvent::What::gave_up)
      object += R"(,"date_time":)" + text(at);
    if (e.what == LiveEvent::What::shares || e.what == LiveEvent::What::stops_sharing) {
      object += R"(,"sharing_details":{"content":"screen","link_source":"","file_link":"","source":"","date_time":)" +
                text(at) + "}";
    }
    if (e.what == LiveEvent::What::left) {
      object += R"(,"leave_time":)" + text(at) + R"(,"leave_reason":)" +
                text(e.person.removed ? "removed by a host" : "left the meeting");
    }
    object += "}";
  }
  return {.name = std::string{name_of(e.what)}, .account_id = e.account_id, .at = e.at, .object_json = object + "}"};
}

}  // namespace sealhall::control
