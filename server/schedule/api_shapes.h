// Paths, queries and answers of the scheduling endpoints that are of no use elsewhere.
#pragma once

#include "server/schedule/shapes.h"

namespace sealhall::schedule::shapes {

enum class ListType : std::uint8_t { scheduled, live, upcoming, upcoming_meetings, previous_meetings };
struct UserMeetings {
  std::string user_id;
  std::optional<ListType> type{};
  api::PageQuery page;
};
struct UserPath {
  std::string user_id;
};
struct MeetingPath {
  std::string meeting_id;
};
struct NewGuest {
  std::string name;
  std::optional<std::uint32_t> expires_in_hours{};  ///< absent: as long as the meeting is there
};
struct GuestView {
  std::string id;
  std::string name;
  std::string join_url;
  std::string created_at;
  std::optional<std::string> expires_at{};
};
struct GuestList {
  std::vector<GuestView> guests;
};
struct GuestPath {
  std::string meeting_id;
  std::string guest_id;
};
struct MeetingQuery {
  std::string meeting_id;
  std::optional<std::string> occurrence_id{};
  std::optional<bool> show_previous_occurrences{};
};
struct DeleteQuery {
  std::string meeting_id;
  std::optional<std::string> occurrence_id{};
  std::optional<bool> schedule_for_reminder{};    ///< of hosts, who are sent no letter about it here
  std::optional<bool> cancel_meeting_reminder{};  ///< false: those who registered are sent none either
};
struct MeetingAction {
  std::string action;  ///< "end" or "recover"
};
struct InvitationView {
  std::string invitation;
  std::vector<std::string> sip_links;
};
struct InviteAttendee {
  std::string name;
};
struct InviteBody {
  std::vector<InviteAttendee> attendees;
  std::optional<std::uint32_t> ttl{};
};
struct InviteLinkView {
  std::string name;
  std::string join_url;
};
struct InviteLinks {
  std::vector<InviteLinkView> attendees;
};
enum class RegistrantState : std::uint8_t { pending, approved, denied };
struct RegistrantQuery {
  std::string meeting_id;
  std::optional<std::string> occurrence_id{};
  std::optional<RegistrantState> status{};
  api::PageQuery page;
};
struct EnrolQuery {
  std::string meeting_id;
  std::optional<std::string> occurrence_ids{};  ///< with ',' between
};
struct RegistrantPath {
  std::string meeting_id;
  std::string registrant_id;
};
struct RegistrantView {
  std::string id;
  std::string email;
  std::string first_name;
  std::string last_name;
  std::string address;
  std::string city;
  std::string country;
  std::string zip;
  std::string state;
  std::string phone;
  std::string industry;
  std::string org;
  std::string job_title;
  std::string comments;
  std::vector<CustomAnswer> custom_questions;
  std::string status;
  std::string create_time;
  std::optional<std::string> join_url{};
  std::optional<std::vector<std::string>> occurrence_ids{};  ///< absent: all times
};
struct RegistrantList {
  api::Page page;
  std::vector<RegistrantView> registrants;
};
struct RegisteredView {
  std::uint64_t id = 0;
  std::string registrant_id;
  std::string topic;
  std::optional<std::string> start_time{};
  std::optional<std::string> join_url{};
  std::optional<std::vector<OccurrenceView>> occurrences{};
};
struct BatchBody {
  std::optional<bool> auto_approve{};
  std::optional<bool> registrants_confirmation_email{};
  std::vector<RegistrantBody> registrants;
};
struct BatchView {
  std::string registrant_id;
  std::string email;
  std::optional<std::string> join_url{};
};
struct BatchList {
  std::vector<BatchView> registrants;
};
struct NamedRegistrant {
  std::optional<std::string> id{};
  std::optional<std::string> email{};
};
struct DecisionBody {
  std::string action;  ///< "approve", "deny" or "cancel"
  std::optional<std::vector<NamedRegistrant>> registrants{};
};
struct QuestionList {
  std::vector<Question> questions;
  std::vector<CustomQuestion> custom_questions;
};
struct NewTemplate {
  std::uint64_t meeting_id = 0;
  std::optional<std::string> name{};
  std::optional<bool> save_recurrence{};
};
struct TemplateView {
  std::string id;
  std::string name;
  std::uint32_t type = 2;
};
struct TemplateList {
  std::uint32_t total_records = 0;
  std::vector<TemplateView> templates;
};

struct TemplatePath {
  std::string template_id;
};
/// What a form for a meeting begins with.
struct TemplateContentView {
  std::string id;
  std::string name;
  std::uint32_t type = 2;
  std::uint32_t duration = 60;
  std::string topic;
  std::string agenda;
  Settings settings;
  std::optional<RecurrenceBody> recurrence{};
  std::vector<Question> questions;
  std::vector<CustomQuestion> custom_questions;
};

BOOST_DESCRIBE_ENUM(ListType, scheduled, live, upcoming, upcoming_meetings, previous_meetings)
BOOST_DESCRIBE_STRUCT(NewGuest, (), (name, expires_in_hours))
BOOST_DESCRIBE_STRUCT(GuestView, (), (id, name, join_url, created_at, expires_at))
BOOST_DESCRIBE_STRUCT(GuestList, (), (guests))
BOOST_DESCRIBE_STRUCT(GuestPath, (), (meeting_id, guest_id))
BOOST_DESCRIBE_STRUCT(UserMeetings, (), (user_id, type, page))
BOOST_DESCRIBE_STRUCT(UserPath, (), (user_id))
BOOST_DESCRIBE_STRUCT(MeetingPath, (), (meeting_id))
BOOST_DESCRIBE_STRUCT(MeetingQuery, (), (meeting_id, occurrence_id, show_previous_occurrences))
BOOST_DESCRIBE_STRUCT(DeleteQuery, (), (meeting_id, occurrence_id, schedule_for_reminder, cancel_meeting_reminder))
BOOST_DESCRIBE_STRUCT(MeetingAction, (), (action))
BOOST_DESCRIBE_STRUCT(InvitationView, (), (invitation, sip_links))
BOOST_DESCRIBE_STRUCT(InviteAttendee, (), (name))
BOOST_DESCRIBE_STRUCT(InviteBody, (), (attendees, ttl))
BOOST_DESCRIBE_STRUCT(InviteLinkView, (), (name, join_url))
BOOST_DESCRIBE_STRUCT(InviteLinks, (), (attendees))
BOOST_DESCRIBE_ENUM(RegistrantState, pending, approved, denied)
BOOST_DESCRIBE_STRUCT(RegistrantQuery, (), (meeting_id, occurrence_id, status, page))
BOOST_DESCRIBE_STRUCT(RegistrantPath, (), (meeting_id, registrant_id))
BOOST_DESCRIBE_STRUCT(RegistrantView, (),
                      (id, email, first_name, last_name, address, city, country, zip, state, phone, industry, org,
                       job_title, comments, custom_questions, status, create_time, join_url, occurrence_ids))
BOOST_DESCRIBE_STRUCT(RegistrantList, (), (page, registrants))
BOOST_DESCRIBE_STRUCT(EnrolQuery, (), (meeting_id, occurrence_ids))
BOOST_DESCRIBE_STRUCT(RegisteredView, (), (id, registrant_id, topic, start_time, join_url, occurrences))
BOOST_DESCRIBE_STRUCT(BatchBody, (), (auto_approve, registrants_confirmation_email, registrants))
BOOST_DESCRIBE_STRUCT(BatchView, (), (registrant_id, email, join_url))
BOOST_DESCRIBE_STRUCT(BatchList, (), (registrants))
BOOST_DESCRIBE_STRUCT(NamedRegistrant, (), (id, email))
BOOST_DESCRIBE_STRUCT(DecisionBody, (), (action, registrants))
BOOST_DESCRIBE_STRUCT(QuestionList, (), (questions, custom_questions))
BOOST_DESCRIBE_STRUCT(NewTemplate, (), (meeting_id, name, save_recurrence))
BOOST_DESCRIBE_STRUCT(TemplateView, (), (id, name, type))
BOOST_DESCRIBE_STRUCT(TemplateList, (), (total_records, templates))
BOOST_DESCRIBE_STRUCT(TemplatePath, (), (template_id))
BOOST_DESCRIBE_STRUCT(TemplateContentView, (),
                      (id, name, type, duration, topic, agenda, settings, recurrence, questions, custom_questions))

}  // namespace sealhall::schedule::shapes

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&schedule::shapes::NewGuest::name> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&schedule::shapes::NewGuest::expires_in_hours> = at_most(24 * 366);
template <>
inline constexpr Limit limit_of<&schedule::shapes::InviteBody::attendees> = size_between(1, 500);
template <>
inline constexpr Limit limit_of<&schedule::shapes::InviteAttendee::name> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&schedule::shapes::BatchBody::registrants> = size_between(1, 30);
template <>
inline constexpr Limit limit_of<&schedule::shapes::DecisionBody::registrants> = size_between(0, 30);
template <>
inline constexpr Limit limit_of<&schedule::shapes::NewTemplate::name> = size_between(1, 100);
}  // namespace sealhall::wire
