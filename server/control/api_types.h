// The bodies of the REST API: requests with their limits, responses. Encoded and checked by the codec of core/wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/wire/description.h"
#include "core/wire/media_channel.h"
#include "server/api/permission.h"

namespace sealhall::control::shapes {

struct SetUp {
  std::string token;
  std::string login;
  std::string name;
  std::string password;
  std::optional<bool> cookie;  ///< for our own pages: the token comes as a cookie and not in the answer
};
struct SignIn {
  std::string login;
  std::string password;
  std::optional<std::string> code;    ///< of the authenticator app, or a recovery code, when there is a second factor
  std::optional<std::string> device;  ///< what an earlier sign-in gave: a known device is not held up by strangers
  std::optional<bool> cookie;         ///< for our own pages: the token comes as a cookie and not in the answer
};
struct CreateUser {
  std::string login;
  std::string name;
  std::string password;
  std::optional<bool> admin;
};
struct CreateMeeting {
  std::optional<std::string> topic;
  std::optional<std::string> passcode;  ///< empty: none; absent: none
  std::optional<bool> waiting_room;
  std::optional<bool> join_before_host;
};

struct MeetingPath {
  std::string meeting_id;
};
struct RegisterPath {
  std::string meeting_id;
  std::optional<std::string> lang;  ///< of the page; otherwise as the browser wishes
};
struct MeetingQuery {
  std::optional<std::uint32_t> limit;  ///< 1 to 200
  std::optional<std::uint32_t> offset;
};
struct JoinPage {
  std::string meeting_id;
  std::optional<std::string> pwd;
  std::optional<std::string> tk;
};
struct StartPage {
  std::string meeting_id;
  std::optional<std::string> zak;
};
struct SetupPage {
  std::optional<std::string> token;
};
/// Up to three segments below /app and /admin: the page itself reads them.
struct SitePage {
  std::optional<std::string> page;
  std::optional<std::string> item;
  std::optional<std::string> part;
};
struct SetupForm {
  std::optional<std::string> token;
  std::optional<std::string> name;
  std::optional<std::string> login;
  std::optional<std::string> password;
};

struct UserView {
  std::string id;
  std::string login;
  std::string name;
  bool admin = false;
};
/// Who is signed in, and what a page may offer them.
struct Me {
  std::string id;
  std::string login;
  std::string name;
  bool admin = false;
  std::string role;                           ///< "owner", "admin", "member", or a role's id
  std::vector<api::Permission> permissions;   ///< of their role: about what belongs to others
  std::optional<bool> second_factor_missing;  ///< this session can only set one up
};
struct MeetingView {
  std::string id;
  std::string topic;
  std::string join_url;
  std::optional<std::string> passcode;
  bool waiting_room = false;
  bool join_before_host = true;
  std::string created_at;
  std::optional<std::string> ended_at;
  std::uint32_t participants = 0;  ///< inside now
  std::uint32_t waiting = 0;
};
/// What anybody with the link may know before joining.
struct JoinInfo {
  std::string id;
  std::string topic;
  bool passcode_needed = false;
  bool waiting_room = false;
  std::string signalling_url;
};
struct Status {
  std::string name;
  std::string version;
  bool setup_needed = false;
};
struct WorkerList {
  std::vector<wire::media::WorkerStats> workers;
};
struct Health {
  std::string status;
};
struct UserList {
  std::vector<UserView> users;
};
struct MeetingList {
  std::vector<MeetingView> meetings;
};

BOOST_DESCRIBE_STRUCT(SetUp, (), (token, login, name, password, cookie))
BOOST_DESCRIBE_STRUCT(SignIn, (), (login, password, code, device, cookie))
BOOST_DESCRIBE_STRUCT(CreateUser, (), (login, name, password, admin))
BOOST_DESCRIBE_STRUCT(CreateMeeting, (), (topic, passcode, waiting_room, join_before_host))
BOOST_DESCRIBE_STRUCT(UserView, (), (id, login, name, admin))
BOOST_DESCRIBE_STRUCT(Me, (), (id, login, name, admin, role, permissions, second_factor_missing))
BOOST_DESCRIBE_STRUCT(MeetingView, (),
                      (id, topic, join_url, passcode, waiting_room, join_before_host, created_at, ended_at,
                       participants, waiting))
BOOST_DESCRIBE_STRUCT(JoinInfo, (), (id, topic, passcode_needed, waiting_room, signalling_url))
BOOST_DESCRIBE_STRUCT(Status, (), (name, version, setup_needed))
BOOST_DESCRIBE_STRUCT(MeetingPath, (), (meeting_id))
BOOST_DESCRIBE_STRUCT(RegisterPath, (), (meeting_id, lang))
BOOST_DESCRIBE_STRUCT(MeetingQuery, (), (limit, offset))
BOOST_DESCRIBE_STRUCT(JoinPage, (), (meeting_id, pwd, tk))
BOOST_DESCRIBE_STRUCT(StartPage, (), (meeting_id, zak))
BOOST_DESCRIBE_STRUCT(SetupPage, (), (token))
BOOST_DESCRIBE_STRUCT(SitePage, (), (page, item, part))
BOOST_DESCRIBE_STRUCT(SetupForm, (), (token, name, login, password))
BOOST_DESCRIBE_STRUCT(WorkerList, (), (workers))
BOOST_DESCRIBE_STRUCT(Health, (), (status))
BOOST_DESCRIBE_STRUCT(UserList, (), (users))
BOOST_DESCRIBE_STRUCT(MeetingList, (), (meetings))

}  // namespace sealhall::control::shapes

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&control::shapes::SetUp::token> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&control::shapes::SetUp::login> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&control::shapes::SetUp::name> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&control::shapes::SetUp::password> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&control::shapes::SignIn::login> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&control::shapes::SignIn::password> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&control::shapes::SignIn::code> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&control::shapes::SignIn::device> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&control::shapes::CreateUser::login> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&control::shapes::CreateUser::name> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&control::shapes::CreateUser::password> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&control::shapes::CreateMeeting::topic> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&control::shapes::CreateMeeting::passcode> = size_between(0, 64);
}  // namespace sealhall::wire
