// The bodies of the v2 endpoints about people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/api/page.h"
#include "server/api/shape.h"

namespace sealhall::v2 {

struct UserPath {
  std::string user_id;  ///< an id, an e-mail address, or "me"
};
struct UserListQuery {
  std::optional<std::string> status;  ///< "active" (also without), "inactive", "pending", "all"
  std::optional<std::string> role_id;
  std::optional<std::string> group_id;
  std::optional<std::string> query;  ///< a part of the address, the name or the department
  std::optional<std::string> sort;  ///< "email", "display_name", "dept", "created_at", "last_login_time"; "-" before it
  api::PageQuery page;
};
struct DeleteUserQuery {
  std::string user_id;
  std::optional<std::string> action;  ///< "disassociate" (keeps the person, deactivated) or "delete"
};
struct EmailQuery {
  std::string email;
};
/// Absent where it is not known: "" is no time (trap 4).
struct User {
  std::string id;
  std::string email;
  std::string first_name;
  std::string last_name;
  std::string display_name;
  std::uint32_t type = 2;
  std::string status;
  std::optional<std::uint64_t> pmi;  ///< a number here (trap 4)
  std::optional<std::string> timezone;
  std::optional<std::string> dept;
  std::string created_at;
  std::optional<std::string> last_login_time;
  std::vector<std::string> group_ids;
  std::string role_id;
  std::uint32_t verified = 1;
  // Of one user only, not in lists.
  std::optional<std::string> account_id;
  std::optional<std::string> role_name;
  std::optional<std::string> personal_meeting_url;
  std::optional<std::string> language;
  std::optional<std::string> job_title;
  std::optional<std::string> company;
  std::optional<std::string> phone_number;
};
struct UserList {
  api::Page page;
  std::vector<User> users;
};
struct NewUserInfo {
  std::string email;
  std::optional<std::uint32_t> type;
  std::optional<std::string> first_name;
  std::optional<std::string> last_name;
  std::optional<std::string> display_name;
  std::optional<std::string> password;
};
enum class CreateAction : std::uint8_t { create, autoCreate, custCreate, ssoCreate };
struct CreateUser {
  CreateAction action = CreateAction::create;
  NewUserInfo user_info;
};
struct CreatedUser {
  std::string id;
  std::string email;
  std::string first_name;
  std::string last_name;
  std::uint32_t type = 2;
};
struct ChangeUser {
  std::optional<std::string> first_name;
  std::optional<std::string> last_name;
  std::optional<std::string> display_name;
  std::optional<std::string> dept;
  std::optional<std::string> job_title;
  std::optional<std::string> company;
  std::optional<std::string> phone_number;
  std::optional<std::string> timezone;
  std::optional<std::string> language;
  std::optional<std::uint32_t> type;  ///< taken and without effect: nobody needs a licence here
};
enum class StatusAction : std::uint8_t { activate, deactivate };
struct ChangeStatus {
  StatusAction action = StatusAction::activate;
};
struct ExistedEmail {
  bool existed_email = false;
};
struct Scheduler {
  std::string id;
  std::string email;
  std::optional<std::uint64_t> pmi;
};
struct SchedulerList {
  std::vector<Scheduler> schedulers;
};
struct AssistantList {
  std::vector<Scheduler> assistants;
};
struct AssistantReference {
  std::optional<std::string> id;
  std::optional<std::string> email;
};
struct AddAssistants {
  std::vector<AssistantReference> assistants;
};
struct AddedAssistants {
  std::string ids;  ///< ',' between them
  std::string add_at;
};
struct AssistantPath {
  std::string user_id;
  std::string assistant_id;
};
struct SchedulerPath {
  std::string user_id;
  std::string scheduler_id;
};

struct GroupPath {
  std::string group_id;
};
struct GroupMemberPath {
  std::string group_id;
  std::string member_id;
};
struct GroupMembersQuery {
  std::string group_id;
  api::PageQuery page;
};
struct Group {
  std::string id;
  std::string name;
  std::uint64_t total_members = 0;
};
struct GroupList {
  std::uint64_t total_records = 0;
  std::vector<Group> groups;
};
struct NameOfGroup {
  std::string name;
};
struct Member {
  std::string id;
  std::string email;
  std::string first_name;
  std::string last_name;
  std::uint32_t type = 2;
};
struct MemberList {
  api::Page page;
  std::vector<Member> members;
};
struct MemberReference {
  std::optional<std::string> id;
  std::optional<std::string> email;
};
struct AddMembers {
  std::vector<MemberReference> members;
};
struct AddedMembers {
  std::string ids;  ///< commas between them
  std::string added_at;
};

struct RolePath {
  std::string role_id;
};
struct RoleMembersQuery {
  std::string role_id;
  api::PageQuery page;
};
struct Role {
  std::string id;
  std::string name;
  std::string description;
  std::uint64_t total_members = 0;
};
struct RoleList {
  std::uint64_t total_records = 0;
  std::vector<Role> roles;
};

struct FieldPath {
  std::string field_id;
};
struct TrackingField {
  std::string id;
  std::string field;
  bool required = false;
  bool visible = false;
  std::vector<std::string> recommended_values;
};
struct TrackingFieldList {
  std::uint64_t total_records = 0;
  std::vector<TrackingField> tracking_fields;
};
struct ChangeTrackingField {
  std::optional<std::string> field;
  std::optional<bool> required;
  std::optional<bool> visible;
  std::optional<std::vector<std::string>> recommended_values;
};

BOOST_DESCRIBE_STRUCT(UserPath, (), (user_id))
BOOST_DESCRIBE_STRUCT(UserListQuery, (), (status, role_id, group_id, query, sort, page))
BOOST_DESCRIBE_STRUCT(DeleteUserQuery, (), (user_id, action))
BOOST_DESCRIBE_STRUCT(EmailQuery, (), (email))
BOOST_DESCRIBE_STRUCT(User, (),
                      (id, email, first_name, last_name, display_name, type, status, pmi, timezone, dept, created_at,
                       last_login_time, group_ids, role_id, verified, account_id, role_name, personal_meeting_url,
                       language, job_title, company, phone_number))
BOOST_DESCRIBE_STRUCT(UserList, (), (page, users))
BOOST_DESCRIBE_STRUCT(NewUserInfo, (), (email, type, first_name, last_name, display_name, password))
BOOST_DESCRIBE_ENUM(CreateAction, create, autoCreate, custCreate, ssoCreate)
BOOST_DESCRIBE_STRUCT(CreateUser, (), (action, user_info))
BOOST_DESCRIBE_STRUCT(CreatedUser, (), (id, email, first_name, last_name, type))
BOOST_DESCRIBE_STRUCT(ChangeUser, (),
                      (first_name, last_name, display_name, dept, job_title, company, phone_number, timezone, language,
                       type))
BOOST_DESCRIBE_ENUM(StatusAction, activate, deactivate)
BOOST_DESCRIBE_STRUCT(ChangeStatus, (), (action))
BOOST_DESCRIBE_STRUCT(ExistedEmail, (), (existed_email))
BOOST_DESCRIBE_STRUCT(Scheduler, (), (id, email, pmi))
BOOST_DESCRIBE_STRUCT(SchedulerList, (), (schedulers))
BOOST_DESCRIBE_STRUCT(AssistantList, (), (assistants))
BOOST_DESCRIBE_STRUCT(AssistantReference, (), (id, email))
BOOST_DESCRIBE_STRUCT(AddAssistants, (), (assistants))
BOOST_DESCRIBE_STRUCT(AddedAssistants, (), (ids, add_at))
BOOST_DESCRIBE_STRUCT(AssistantPath, (), (user_id, assistant_id))
BOOST_DESCRIBE_STRUCT(SchedulerPath, (), (user_id, scheduler_id))
BOOST_DESCRIBE_STRUCT(GroupPath, (), (group_id))
BOOST_DESCRIBE_STRUCT(GroupMemberPath, (), (group_id, member_id))
BOOST_DESCRIBE_STRUCT(GroupMembersQuery, (), (group_id, page))
BOOST_DESCRIBE_STRUCT(Group, (), (id, name, total_members))
BOOST_DESCRIBE_STRUCT(GroupList, (), (total_records, groups))
BOOST_DESCRIBE_STRUCT(NameOfGroup, (), (name))
BOOST_DESCRIBE_STRUCT(Member, (), (id, email, first_name, last_name, type))
BOOST_DESCRIBE_STRUCT(MemberList, (), (page, members))
BOOST_DESCRIBE_STRUCT(MemberReference, (), (id, email))
BOOST_DESCRIBE_STRUCT(AddMembers, (), (members))
BOOST_DESCRIBE_STRUCT(AddedMembers, (), (ids, added_at))
BOOST_DESCRIBE_STRUCT(RolePath, (), (role_id))
BOOST_DESCRIBE_STRUCT(RoleMembersQuery, (), (role_id, page))
BOOST_DESCRIBE_STRUCT(Role, (), (id, name, description, total_members))
BOOST_DESCRIBE_STRUCT(RoleList, (), (total_records, roles))
BOOST_DESCRIBE_STRUCT(FieldPath, (), (field_id))
BOOST_DESCRIBE_STRUCT(TrackingField, (), (id, field, required, visible, recommended_values))
BOOST_DESCRIBE_STRUCT(TrackingFieldList, (), (total_records, tracking_fields))
BOOST_DESCRIBE_STRUCT(ChangeTrackingField, (), (field, required, visible, recommended_values))

}  // namespace sealhall::v2

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&v2::NewUserInfo::email> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&v2::AddAssistants::assistants> = size_between(1, 30);
template <>
inline constexpr Limit limit_of<&v2::NewUserInfo::first_name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&v2::NewUserInfo::last_name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&v2::NewUserInfo::password> = size_between(0, 512);
template <>
inline constexpr Limit limit_of<&v2::ChangeUser::first_name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&v2::ChangeUser::last_name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&v2::ChangeUser::dept> = size_between(0, 128);
template <>
inline constexpr Limit limit_of<&v2::NameOfGroup::name> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&v2::AddMembers::members> = size_between(1, 30);
template <>
inline constexpr Limit limit_of<&v2::ChangeTrackingField::field> = size_between(1, 100);
}  // namespace sealhall::wire
