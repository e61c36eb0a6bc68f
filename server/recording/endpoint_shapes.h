// What the endpoints of recording take.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/api/page.h"
#include "server/api/shape.h"

namespace sealhall::recordings {

namespace shapes {

struct MeetingPath {
  std::string recorded_meeting_id;
  std::optional<std::string> include_fields;
  std::optional<std::string> action;
};
struct MeetingFilePath {
  std::string recorded_meeting_id;
  std::string file_id;
  std::optional<std::string> action;
};
struct UserPath {
  std::string recorded_user_id;
  std::optional<std::string> from;
  std::optional<std::string> to;
  std::optional<bool> trash;
  api::PageQuery page;
};
struct OwnQuery {
  std::optional<bool> trash;
  api::PageQuery page;
};
struct RecordingPath {
  std::string recording_id;
  std::optional<std::string> action;
};
struct LivePath {
  std::string live_meeting_id;
};
struct LiveContact {
  std::string email;
  std::optional<std::string> user_name;
};
struct LiveEventParams {
  std::optional<std::vector<LiveContact>> contacts;  ///< with participant.invite
  // With waiting_room.update, at least one; "" takes it away.
  std::optional<std::string> waiting_room_title;
  std::optional<std::string> waiting_room_description;
};
struct LiveEvent {
  std::string method;
  std::optional<LiveEventParams> params;
};
struct StatusAction {
  std::string action;
};
struct ChangeSettings {
  std::optional<std::string> share_recording;
  std::optional<bool> viewer_download;
  std::optional<std::string> password;
  std::optional<bool> recording_authentication;  ///< only false: viewers have the link and the passcode, no account
};
struct Keep {
  std::optional<bool> legal_hold;
  std::optional<std::string> delete_at;  ///< "" for never
};
struct Share {
  std::optional<std::string> passcode;
  std::optional<std::uint32_t> expires_in_hours;
  std::optional<bool> viewer_download;
};
struct FilePath {
  std::string file_id;
};
struct SharePath {
  std::string share_token;
};
struct OpenShare {
  std::optional<std::string> passcode;
};
struct LiveStatus {
  std::string state;  ///< "off", "starting", "on", "paused"
};

BOOST_DESCRIBE_STRUCT(MeetingPath, (), (recorded_meeting_id, include_fields, action))
BOOST_DESCRIBE_STRUCT(MeetingFilePath, (), (recorded_meeting_id, file_id, action))
BOOST_DESCRIBE_STRUCT(UserPath, (), (recorded_user_id, from, to, trash, page))
BOOST_DESCRIBE_STRUCT(OwnQuery, (), (trash, page))
BOOST_DESCRIBE_STRUCT(RecordingPath, (), (recording_id, action))
BOOST_DESCRIBE_STRUCT(LivePath, (), (live_meeting_id))
BOOST_DESCRIBE_STRUCT(LiveContact, (), (email, user_name))
BOOST_DESCRIBE_STRUCT(LiveEventParams, (), (contacts, waiting_room_title, waiting_room_description))
BOOST_DESCRIBE_STRUCT(LiveEvent, (), (method, params))
BOOST_DESCRIBE_STRUCT(StatusAction, (), (action))
BOOST_DESCRIBE_STRUCT(ChangeSettings, (), (share_recording, viewer_download, password, recording_authentication))
BOOST_DESCRIBE_STRUCT(Keep, (), (legal_hold, delete_at))
BOOST_DESCRIBE_STRUCT(Share, (), (passcode, expires_in_hours, viewer_download))
BOOST_DESCRIBE_STRUCT(FilePath, (), (file_id))
BOOST_DESCRIBE_STRUCT(SharePath, (), (share_token))
BOOST_DESCRIBE_STRUCT(OpenShare, (), (passcode))
BOOST_DESCRIBE_STRUCT(LiveStatus, (), (state))

}  // namespace shapes

}  // namespace sealhall::recordings

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&recordings::shapes::LiveEventParams::waiting_room_title> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&recordings::shapes::LiveEventParams::waiting_room_description> = size_between(0, 1000);
}  // namespace sealhall::wire
