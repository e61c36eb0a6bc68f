// The bodies of the REST API: requests with their limits, responses. Encoded and checked by the codec of core/wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/wire/json_codec.h"

namespace sealhall::control::api {

struct SetUp {
  std::string token;
  std::string login;
  std::string name;
  std::string password;
};
struct SignIn {
  std::string login;
  std::string password;
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

struct UserView {
  std::string id;
  std::string login;
  std::string name;
  bool admin = false;
};
struct SignedInView {
  std::string token;
  std::string expires_at;  ///< RFC 3339
  UserView user;
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
struct UserList {
  std::vector<UserView> users;
};
struct MeetingList {
  std::vector<MeetingView> meetings;
};

BOOST_DESCRIBE_STRUCT(SetUp, (), (token, login, name, password))
BOOST_DESCRIBE_STRUCT(SignIn, (), (login, password))
BOOST_DESCRIBE_STRUCT(CreateUser, (), (login, name, password, admin))
BOOST_DESCRIBE_STRUCT(CreateMeeting, (), (topic, passcode, waiting_room, join_before_host))
BOOST_DESCRIBE_STRUCT(UserView, (), (id, login, name, admin))
BOOST_DESCRIBE_STRUCT(SignedInView, (), (token, expires_at, user))
BOOST_DESCRIBE_STRUCT(MeetingView, (),
                      (id, topic, join_url, passcode, waiting_room, join_before_host, created_at, ended_at,
                       participants, waiting))
BOOST_DESCRIBE_STRUCT(JoinInfo, (), (id, topic, passcode_needed, waiting_room, signalling_url))
BOOST_DESCRIBE_STRUCT(Status, (), (name, version, setup_needed))
BOOST_DESCRIBE_STRUCT(UserList, (), (users))
BOOST_DESCRIBE_STRUCT(MeetingList, (), (meetings))

}  // namespace sealhall::control::api

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&control::api::SetUp::token> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&control::api::SetUp::login> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&control::api::SetUp::name> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&control::api::SetUp::password> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&control::api::SignIn::login> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&control::api::SignIn::password> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&control::api::CreateUser::login> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&control::api::CreateUser::name> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&control::api::CreateUser::password> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&control::api::CreateMeeting::topic> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&control::api::CreateMeeting::passcode> = size_between(0, 64);
}  // namespace sealhall::wire

namespace sealhall::control::api {

/// A request body, checked against the limits.
template <class T>
expected<T, wire::WireError> parse(std::string_view body) {
  constexpr std::size_t max_body = 16 * 1024;
  return wire::detail::with_object<T>(body, max_body,
                                      [](const boost::json::object& object) -> expected<T, wire::WireError> {
                                        T out;
                                        if (auto r = wire::detail::fields_from_json(object, out); !r)
                                          return unexpected(r.error());
                                        return out;
                                      });
}

template <class T>
std::string text(const T& value) {
  boost::json::object object;
  wire::detail::put_fields(value, object, {});
  return boost::json::serialize(object);
}

}  // namespace sealhall::control::api
