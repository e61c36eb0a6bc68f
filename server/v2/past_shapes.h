// The bodies of the endpoints about meetings that were held: past meetings, reports, dashboards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/api/page.h"
#include "server/api/shape.h"
#include "server/v2/run_content.h"

namespace sealhall::v2 {

struct PastPath {
  std::string past_meeting_id;  ///< a number: the last time that it was held; or the uuid of one time
};
struct PastQuery {
  std::string past_meeting_id;
  std::optional<std::string> include_fields;  ///< taken: registrant_id is there whenever somebody registered
  api::PageQuery page;
};
/// One time that a meeting was held.
struct PastMeeting {
  std::string uuid;
  std::optional<std::uint64_t> id;  ///< absent for meetings of the first version, whose ids are no numbers
  std::string host_id;
  std::uint32_t type = 2;
  std::string topic;
  std::string user_name;  ///< the host's
  std::string user_email;
  std::string start_time;
  std::optional<std::string> end_time;
  std::uint32_t duration = 0;       ///< minutes, begun ones counted
  std::uint32_t total_minutes = 0;  ///< of everybody together
  std::uint32_t participants_count = 0;
  std::vector<TrackedValue> tracking_fields;
};
struct PastInstance {
  std::string uuid;
  std::string start_time;
};
struct PastInstances {
  std::vector<PastInstance> meetings;
};
struct PastParticipant {
  std::string id;       ///< of the account; "" for guests
  std::string user_id;  ///< the number in the meeting
  std::string name;
  std::string user_email;
  std::string join_time;
  std::optional<std::string> leave_time;
  std::uint32_t duration = 0;  ///< seconds
  std::string status = "in_meeting";
  std::optional<std::string> registrant_id;
  bool internal_user = false;
  bool failover = false;
};
struct PastParticipantList {
  api::Page page;
  std::vector<PastParticipant> participants;
};
struct AnswerDetail {
  std::string question;
  std::string answer;
  std::optional<std::string> polling_id;
  std::optional<std::string> date_time;
};
struct AnswersOfOne {
  std::string name;
  std::string email;
  std::vector<AnswerDetail> question_details;
};
struct PastAnswers {
  std::string uuid;
  std::optional<std::uint64_t> id;
  std::string start_time;
  std::vector<AnswersOfOne> questions;
};

struct ReportRange {
  std::optional<std::string> from;  ///< a day; without: 30 days before `to`
  std::optional<std::string> to;    ///< a day, included; without: today
};
struct ReportUsersQuery {
  std::optional<std::string> type;  ///< "active" (has held a meeting) or "inactive"
  std::optional<std::string> from;
  std::optional<std::string> to;
  api::PageQuery page;
};
struct ReportUser {
  std::string id;
  std::string email;
  std::string user_name;
  std::uint32_t type = 2;
  std::uint32_t meetings = 0;
  std::uint32_t participants = 0;
  std::uint32_t meeting_minutes = 0;
  std::optional<std::string> last_login_time;
};
struct ReportUserList {
  std::string from;
  std::string to;
  api::Page page;
  std::vector<ReportUser> users;
};
struct ReportMeetingsQuery {
  std::string user_id;
  std::optional<std::string> type;  ///< taken: what runs now is in the dashboard, not here
  std::optional<std::string> from;
  std::optional<std::string> to;
  api::PageQuery page;
};
struct ReportMeetingList {
  std::string from;
  std::string to;
  api::Page page;
  std::vector<PastMeeting> meetings;
};
struct DailyQuery {
  std::optional<std::uint32_t> year;
  std::optional<std::uint32_t> month;
};
struct DailyDate {
  std::string date;
  std::uint32_t new_users = 0;
  std::uint32_t meetings = 0;
  std::uint32_t participants = 0;
  std::uint32_t meeting_minutes = 0;
};
struct DailyReport {
  std::uint32_t year = 0;
  std::uint32_t month = 0;
  std::vector<DailyDate> dates;
};
struct LogQuery {
  std::optional<std::string> from;
  std::optional<std::string> to;
  std::optional<std::string> category_type;
  api::PageQuery page;
};
struct ActivityQuery {
  std::optional<std::string> from;
  std::optional<std::string> to;
  api::PageQuery page;
};
struct OperationLine {
  std::string time;
  std::string operator_;
  std::string category_type;
  std::string action;
  std::string operation_detail;
};
struct OperationLines {
  std::string from;
  std::string to;
  api::Page page;
  std::vector<OperationLine> operation_logs;
};
struct ActivityLine {
  std::string email;
  std::string time;
  std::string type;  ///< "Sign in", "Sign out", "Sign in refused"
  std::string ip_address;
  std::string client_type;
  std::string version;
};
struct ActivityLines {
  std::string from;
  std::string to;
  api::Page page;
  std::vector<ActivityLine> activity_logs;
};
struct TelephoneCall {
  std::string meeting_id;
};
struct TelephoneReport {
  std::string from;
  std::string to;
  api::Page page;
  std::vector<TelephoneCall> telephony_usage;
};
struct StorageDay {
  std::string date;
  std::string free_usage = "0";
  std::string plan_usage = "0";
  std::string usage;  ///< "1.50 MB": of what was recorded until that day and is still there
};
struct StorageReport {
  std::string from;
  std::string to;
  std::vector<StorageDay> cloud_recording_storage;
};

struct RunPath {
  std::string run_id;
};
struct RunQuery {
  std::string run_id;
  std::optional<std::string> type;
  api::PageQuery page;
};
struct RunPersonQuery {
  std::string run_id;
  std::string participant_id;  ///< `user_id` of the list: the number in the meeting
  std::optional<std::string> type;
};
struct DashboardQuery {
  std::optional<std::string> type;  ///< "live", "past" or "pastOne"
  std::optional<std::string> from;
  std::optional<std::string> to;
  api::PageQuery page;
};
struct DashboardMeeting {
  std::string uuid;
  std::optional<std::uint64_t> id;
  std::string topic;
  std::string host;
  std::string email;
  std::string user_type = "Licensed";
  std::string start_time;
  std::optional<std::string> end_time;
  std::string duration;  ///< "hh:mm:ss"
  std::uint32_t participants = 0;
  bool has_pstn = false;
  bool has_voip = false;
  bool has_3rd_party_audio = false;
  bool has_video = false;
  bool has_screen_share = false;
  bool has_recording = false;
  bool has_sip = false;
  std::vector<TrackedValue> tracking_fields;
};
struct DashboardList {
  std::string from;
  std::string to;
  api::Page page;
  std::vector<DashboardMeeting> meetings;
};
struct DashboardParticipant {
  std::string id;
  std::string user_id;
  std::string user_name;
  std::string email;
  std::string device;
  std::string join_time;
  std::optional<std::string> leave_time;
  std::optional<std::string> leave_reason;
  bool share_desktop = false;
  bool camera_used = false;
  bool microphone_used = false;
  std::string audio_quality;  ///< "good", "fair", "poor", "bad"; "" when there was none
  std::string video_quality;
  std::string screen_share_quality;
  std::optional<std::string> registrant_id;
};
struct DashboardParticipants {
  api::Page page;
  std::vector<DashboardParticipant> participants;
};
/// Texts, as programs of the field know them. Of what the participant received ("input") or sent ("output").
struct QosAudio {
  std::string bitrate;                 ///< "27.15 kbps"
  std::optional<std::string> latency;  ///< the round trip to the server, "30 ms"
  std::string jitter;                  ///< "5 ms"
  std::string avg_loss;                ///< "0.4 %"
  std::string max_loss;                ///< in one report
};
struct QosVideo {
  std::string bitrate;
  std::optional<std::string> latency;
  std::string jitter;
  std::string avg_loss;
  std::string max_loss;
  std::optional<std::string> resolution;  ///< "1280*720", of the largest picture
  std::string frame_rate;                 ///< "24 fps"
};
struct QosSample {
  std::string date_time;
  std::optional<QosAudio> audio_input;
  std::optional<QosAudio> audio_output;
  std::optional<QosVideo> video_input;
  std::optional<QosVideo> video_output;
  std::optional<QosVideo> as_input;  ///< what somebody shared
  std::optional<QosVideo> as_output;
};
struct QosParticipant {
  std::string user_id;
  std::string user_name;
  std::string device;
  std::string join_time;
  std::optional<std::string> leave_time;
  std::vector<QosSample> user_qos;  ///< one every 20 s; kept for 90 days
};
struct QosList {
  api::Page page;
  std::vector<QosParticipant> participants;
};

BOOST_DESCRIBE_STRUCT(PastPath, (), (past_meeting_id))
BOOST_DESCRIBE_STRUCT(PastQuery, (), (past_meeting_id, include_fields, page))
BOOST_DESCRIBE_STRUCT(PastMeeting, (),
                      (uuid, id, host_id, type, topic, user_name, user_email, start_time, end_time, duration,
                       total_minutes, participants_count, tracking_fields))
BOOST_DESCRIBE_STRUCT(PastInstance, (), (uuid, start_time))
BOOST_DESCRIBE_STRUCT(PastInstances, (), (meetings))
BOOST_DESCRIBE_STRUCT(PastParticipant, (),
                      (id, user_id, name, user_email, join_time, leave_time, duration, status, registrant_id,
                       internal_user, failover))
BOOST_DESCRIBE_STRUCT(PastParticipantList, (), (page, participants))
BOOST_DESCRIBE_STRUCT(AnswerDetail, (), (question, answer, polling_id, date_time))
BOOST_DESCRIBE_STRUCT(AnswersOfOne, (), (name, email, question_details))
BOOST_DESCRIBE_STRUCT(PastAnswers, (), (uuid, id, start_time, questions))
BOOST_DESCRIBE_STRUCT(ReportRange, (), (from, to))
BOOST_DESCRIBE_STRUCT(ReportUsersQuery, (), (type, from, to, page))
BOOST_DESCRIBE_STRUCT(ReportUser, (),
                      (id, email, user_name, type, meetings, participants, meeting_minutes, last_login_time))
BOOST_DESCRIBE_STRUCT(ReportUserList, (), (from, to, page, users))
BOOST_DESCRIBE_STRUCT(ReportMeetingsQuery, (), (user_id, type, from, to, page))
BOOST_DESCRIBE_STRUCT(ReportMeetingList, (), (from, to, page, meetings))
BOOST_DESCRIBE_STRUCT(DailyQuery, (), (year, month))
BOOST_DESCRIBE_STRUCT(DailyDate, (), (date, new_users, meetings, participants, meeting_minutes))
BOOST_DESCRIBE_STRUCT(DailyReport, (), (year, month, dates))
BOOST_DESCRIBE_STRUCT(LogQuery, (), (from, to, category_type, page))
BOOST_DESCRIBE_STRUCT(ActivityQuery, (), (from, to, page))
BOOST_DESCRIBE_STRUCT(OperationLine, (), (time, operator_, category_type, action, operation_detail))
BOOST_DESCRIBE_STRUCT(OperationLines, (), (from, to, page, operation_logs))
BOOST_DESCRIBE_STRUCT(ActivityLine, (), (email, time, type, ip_address, client_type, version))
BOOST_DESCRIBE_STRUCT(ActivityLines, (), (from, to, page, activity_logs))
BOOST_DESCRIBE_STRUCT(TelephoneCall, (), (meeting_id))
BOOST_DESCRIBE_STRUCT(TelephoneReport, (), (from, to, page, telephony_usage))
BOOST_DESCRIBE_STRUCT(StorageDay, (), (date, free_usage, plan_usage, usage))
BOOST_DESCRIBE_STRUCT(StorageReport, (), (from, to, cloud_recording_storage))
BOOST_DESCRIBE_STRUCT(RunPath, (), (run_id))
BOOST_DESCRIBE_STRUCT(RunQuery, (), (run_id, type, page))
BOOST_DESCRIBE_STRUCT(RunPersonQuery, (), (run_id, participant_id, type))
BOOST_DESCRIBE_STRUCT(DashboardQuery, (), (type, from, to, page))
BOOST_DESCRIBE_STRUCT(DashboardMeeting, (),
                      (uuid, id, topic, host, email, user_type, start_time, end_time, duration, participants, has_pstn,
                       has_voip, has_3rd_party_audio, has_video, has_screen_share, has_recording, has_sip,
                       tracking_fields))
BOOST_DESCRIBE_STRUCT(DashboardList, (), (from, to, page, meetings))
BOOST_DESCRIBE_STRUCT(DashboardParticipant, (),
                      (id, user_id, user_name, email, device, join_time, leave_time, leave_reason, share_desktop,
                       camera_used, microphone_used, audio_quality, video_quality, screen_share_quality, registrant_id))
BOOST_DESCRIBE_STRUCT(DashboardParticipants, (), (page, participants))
BOOST_DESCRIBE_STRUCT(QosAudio, (), (bitrate, latency, jitter, avg_loss, max_loss))
BOOST_DESCRIBE_STRUCT(QosVideo, (), (bitrate, latency, jitter, avg_loss, max_loss, resolution, frame_rate))
BOOST_DESCRIBE_STRUCT(QosSample, (),
                      (date_time, audio_input, audio_output, video_input, video_output, as_input, as_output))
BOOST_DESCRIBE_STRUCT(QosParticipant, (), (user_id, user_name, device, join_time, leave_time, user_qos))
BOOST_DESCRIBE_STRUCT(QosList, (), (page, participants))

}  // namespace sealhall::v2
