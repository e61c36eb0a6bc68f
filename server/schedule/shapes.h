// The meetings of the API as described structs: what comes in, what goes out, and what is sealed into the store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/api/page.h"
#include "server/api/shape.h"

namespace sealhall::schedule::shapes {

struct BreakoutRoom {
  std::string name;
  std::optional<std::vector<std::string>> participants{};  ///< addresses
};
struct BreakoutRooms {
  std::optional<bool> enable{};
  std::optional<std::vector<BreakoutRoom>> rooms{};
};
struct Invitee {
  std::string email;
};
/// Absent fields of a change stay as they are. What clients send beyond these is skipped.
struct Settings {
  std::optional<bool> host_video{};
  std::optional<bool> participant_video{};
  std::optional<bool> join_before_host{};
  std::optional<std::uint32_t> jbh_time{};  ///< minutes before the start from which people may come; 0: any time
  std::optional<bool> mute_upon_entry{};
  std::optional<bool> watermark{};
  std::optional<bool> use_pmi{};
  std::optional<bool> waiting_room{};
  std::optional<bool> meeting_authentication{};  ///< only people who are signed in
  std::optional<std::uint32_t> approval_type{};  ///< 0 registration, 1 registration that the host approves, 2 none
  std::optional<std::uint32_t> registration_type{};
  std::optional<bool> registrants_email_notification{};
  std::optional<bool> registrants_confirmation_email{};
  std::optional<bool> close_registration{};
  std::optional<bool> email_notification{};  ///< whether invitees hear of changes
  std::optional<bool> alternative_hosts_email_notification{};
  std::optional<bool> allow_multiple_devices{};
  std::optional<bool> focus_mode{};
  std::optional<bool> private_meeting{};
  std::optional<std::string> audio{};
  std::optional<std::string> auto_recording{};
  std::optional<std::string> alternative_hosts{};  ///< addresses with ';' or ',' between
  std::optional<std::string> encryption_type{};
  std::optional<std::string> contact_name{};
  std::optional<std::string> contact_email{};
  std::optional<std::string> language{};  ///< of invitations: "en-US" or "zh-TW"
  std::optional<BreakoutRooms> breakout_room{};
  std::optional<std::vector<Invitee>> meeting_invitees{};
};
struct RecurrenceBody {
  std::optional<std::uint32_t> type{};
  std::optional<std::uint32_t> repeat_interval{};
  std::optional<std::string> weekly_days{};
  std::optional<std::uint32_t> monthly_day{};
  std::optional<std::int32_t> monthly_week{};
  std::optional<std::uint32_t> monthly_week_day{};
  std::optional<std::uint32_t> end_times{};
  std::optional<std::string> end_date_time{};
};
struct TrackingField {
  std::string field;
  std::optional<std::string> value{};
  std::optional<bool> visible{};
};
/// Of POST and, all being optional, of PATCH.
struct MeetingBody {
  std::optional<std::string> topic{};
  std::optional<std::uint32_t> type{};
  std::optional<std::string> start_time{};
  std::optional<std::uint32_t> duration{};
  std::optional<std::string> timezone{};
  std::optional<std::string> password{};
  std::optional<bool> default_password{};
  std::optional<std::string> agenda{};
  std::optional<std::string> schedule_for{};
  std::optional<std::string> template_id{};
  std::optional<RecurrenceBody> recurrence{};
  std::optional<std::vector<TrackingField>> tracking_fields{};
  std::optional<Settings> settings{};
};

struct OccurrenceView {
  std::string occurrence_id;
  std::string start_time;
  std::uint32_t duration = 0;
  std::string status;  ///< "available" or "deleted"
};
struct MeetingView {
  std::string uuid;
  std::uint64_t id = 0;
  std::string host_id;
  std::optional<std::string> host_email{};
  std::optional<std::string> assistant_id{};
  std::string topic;
  std::uint32_t type = 2;
  std::string status;  ///< "waiting" or "started"
  std::optional<std::string> start_time{};
  std::optional<std::uint32_t> duration{};
  std::string timezone;
  std::string agenda;
  std::string created_at;
  std::optional<std::string> start_url{};  ///< only for whoever may start it
  std::string join_url;
  std::optional<std::string> registration_url{};
  std::string password;
  std::optional<std::string> h323_password{};
  std::optional<std::string> pstn_password{};
  std::optional<std::string> encrypted_password{};
  std::optional<std::string> occurrence_id{};
  Settings settings;
  std::optional<std::vector<OccurrenceView>> occurrences{};
  std::optional<RecurrenceBody> recurrence{};
  std::vector<TrackingField> tracking_fields;
};
struct ListedMeeting {
  std::string uuid;
  std::uint64_t id = 0;
  std::string host_id;
  std::string topic;
  std::uint32_t type = 2;
  std::optional<std::string> start_time{};
  std::uint32_t duration = 0;
  std::string timezone;
  std::string agenda;
  std::string created_at;
  std::string join_url;
  std::optional<std::string> pmi{};  ///< text here, a number in user objects (trap 4)
};
struct MeetingList {
  api::Page page;
  std::vector<ListedMeeting> meetings;
};

struct CustomAnswer {
  std::string title;
  std::optional<std::string> value{};
};
struct RegistrantBody {
  std::string email;
  std::string first_name;
  std::optional<std::string> last_name{};
  std::optional<std::string> address{};
  std::optional<std::string> city{};
  std::optional<std::string> country{};
  std::optional<std::string> zip{};
  std::optional<std::string> state{};
  std::optional<std::string> phone{};
  std::optional<std::string> industry{};
  std::optional<std::string> org{};
  std::optional<std::string> job_title{};
  std::optional<std::string> comments{};
  std::optional<std::string> language{};
  std::optional<std::vector<CustomAnswer>> custom_questions{};
  std::optional<bool> auto_approve{};
  std::optional<std::vector<std::string>> occurrence_ids{};  ///< of a series that is registered for by its times
};
struct Question {
  std::string field_name;
  std::optional<bool> required{};
};
struct CustomQuestion {
  std::string title;
  std::optional<std::string> type{};  ///< "short" or "single"
  std::optional<bool> required{};
  std::optional<std::vector<std::string>> answers{};
};
struct Questions {
  std::optional<std::vector<Question>> questions{};
  std::optional<std::vector<CustomQuestion>> custom_questions{};
};

/// Where a meeting is to be streamed to. The key is a password at the streaming service.
struct LiveStream {
  std::string stream_url;
  std::string stream_key;
  std::string page_url;                     ///< where people watch; may be empty
  std::optional<std::string> resolution{};  ///< "720p" or "1080p"
};

/// What of a meeting is content: sealed as one in `details_sealed`.
struct Details {
  std::string topic;
  std::string agenda;
  std::optional<std::string> passcode{};
  std::string link_secret;  ///< 32 bytes base64url: what link tokens are derived from
  Settings settings;
  std::optional<RecurrenceBody> recurrence{};
  std::vector<TrackingField> tracking_fields;
  Questions questions;
  std::optional<LiveStream> live_stream{};
};
/// What differs in one occurrence.
struct OccurrenceDetails {
  std::optional<std::string> topic{};
  std::optional<std::string> agenda{};
  std::optional<Settings> settings{};
};
/// A saved way to make meetings.
struct TemplateDetails {
  std::string name;
  Details details;
  std::uint32_t type = 2;
  std::uint32_t duration = 60;
};

BOOST_DESCRIBE_STRUCT(BreakoutRoom, (), (name, participants))
BOOST_DESCRIBE_STRUCT(BreakoutRooms, (), (enable, rooms))
BOOST_DESCRIBE_STRUCT(Invitee, (), (email))
BOOST_DESCRIBE_STRUCT(Settings, (),
                      (host_video, participant_video, join_before_host, jbh_time, mute_upon_entry, watermark, use_pmi,
                       waiting_room, meeting_authentication, approval_type, registration_type,
                       registrants_email_notification, registrants_confirmation_email, close_registration,
                       email_notification, alternative_hosts_email_notification, allow_multiple_devices, focus_mode,
                       private_meeting, audio, auto_recording, alternative_hosts, encryption_type, contact_name,
                       contact_email, language, breakout_room, meeting_invitees))
BOOST_DESCRIBE_STRUCT(RecurrenceBody, (),
                      (type, repeat_interval, weekly_days, monthly_day, monthly_week, monthly_week_day, end_times,
                       end_date_time))
BOOST_DESCRIBE_STRUCT(TrackingField, (), (field, value, visible))
BOOST_DESCRIBE_STRUCT(MeetingBody, (),
                      (topic, type, start_time, duration, timezone, password, default_password, agenda, schedule_for,
                       template_id, recurrence, tracking_fields, settings))
BOOST_DESCRIBE_STRUCT(OccurrenceView, (), (occurrence_id, start_time, duration, status))
BOOST_DESCRIBE_STRUCT(MeetingView, (),
                      (uuid, id, host_id, host_email, assistant_id, topic, type, status, start_time, duration, timezone,
                       agenda, created_at, start_url, join_url, registration_url, password, h323_password,
                       pstn_password, encrypted_password, occurrence_id, settings, occurrences, recurrence,
                       tracking_fields))
BOOST_DESCRIBE_STRUCT(ListedMeeting, (),
                      (uuid, id, host_id, topic, type, start_time, duration, timezone, agenda, created_at, join_url,
                       pmi))
BOOST_DESCRIBE_STRUCT(MeetingList, (), (page, meetings))
BOOST_DESCRIBE_STRUCT(CustomAnswer, (), (title, value))
BOOST_DESCRIBE_STRUCT(RegistrantBody, (),
                      (email, first_name, last_name, address, city, country, zip, state, phone, industry, org,
                       job_title, comments, language, custom_questions, auto_approve, occurrence_ids))
BOOST_DESCRIBE_STRUCT(Question, (), (field_name, required))
BOOST_DESCRIBE_STRUCT(CustomQuestion, (), (title, type, required, answers))
BOOST_DESCRIBE_STRUCT(Questions, (), (questions, custom_questions))
BOOST_DESCRIBE_STRUCT(LiveStream, (), (stream_url, stream_key, page_url, resolution))
BOOST_DESCRIBE_STRUCT(Details, (),
                      (topic, agenda, passcode, link_secret, settings, recurrence, tracking_fields, questions,
                       live_stream))
BOOST_DESCRIBE_STRUCT(OccurrenceDetails, (), (topic, agenda, settings))
BOOST_DESCRIBE_STRUCT(TemplateDetails, (), (name, details, type, duration))

}  // namespace sealhall::schedule::shapes

namespace sealhall::wire {
namespace shapes = schedule::shapes;
template <>
inline constexpr Limit limit_of<&shapes::MeetingBody::topic> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&shapes::MeetingBody::agenda> = size_between(0, 2000);
template <>
inline constexpr Limit limit_of<&shapes::MeetingBody::password> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&shapes::MeetingBody::timezone> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&shapes::MeetingBody::start_time> = size_between(0, 40);
template <>
inline constexpr Limit limit_of<&shapes::MeetingBody::duration> = at_most(60 * 24 * 7);
template <>
inline constexpr Limit limit_of<&shapes::MeetingBody::schedule_for> = size_between(0, 254);
template <>
inline constexpr Limit limit_of<&shapes::MeetingBody::tracking_fields> = size_between(0, 20);
template <>
inline constexpr Limit limit_of<&shapes::TrackingField::field> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&shapes::TrackingField::value> = size_between(0, 255);
template <>
inline constexpr Limit limit_of<&shapes::Settings::alternative_hosts> = size_between(0, 2000);
template <>
inline constexpr Limit limit_of<&shapes::Settings::contact_name> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&shapes::Settings::contact_email> = size_between(0, 254);
template <>
inline constexpr Limit limit_of<&shapes::Settings::meeting_invitees> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&shapes::Settings::jbh_time> = at_most(60);
template <>
inline constexpr Limit limit_of<&shapes::Invitee::email> = size_between(3, 254);
template <>
inline constexpr Limit limit_of<&shapes::BreakoutRooms::rooms> = size_between(0, 50);
template <>
inline constexpr Limit limit_of<&shapes::BreakoutRoom::name> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&shapes::BreakoutRoom::participants> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&shapes::RegistrantBody::occurrence_ids> = size_between(0, 100);
template <>
inline constexpr Limit limit_of<&shapes::RegistrantBody::email> = size_between(3, 254);
template <>
inline constexpr Limit limit_of<&shapes::RegistrantBody::first_name> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&shapes::RegistrantBody::last_name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&shapes::RegistrantBody::comments> = size_between(0, 2000);
template <>
inline constexpr Limit limit_of<&shapes::RegistrantBody::custom_questions> = size_between(0, 50);
template <>
inline constexpr Limit limit_of<&shapes::LiveStream::stream_url> = size_between(0, 1024);
template <>
inline constexpr Limit limit_of<&shapes::LiveStream::stream_key> = size_between(0, 512);
template <>
inline constexpr Limit limit_of<&shapes::LiveStream::page_url> = size_between(0, 1024);
template <>
inline constexpr Limit limit_of<&shapes::Questions::questions> = size_between(0, 20);
template <>
inline constexpr Limit limit_of<&shapes::Questions::custom_questions> = size_between(0, 50);
}  // namespace sealhall::wire
