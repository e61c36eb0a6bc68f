// The bodies of this folder's endpoints, with their limits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/wire/description.h"
#include "server/api/arrange.h"
#include "server/api/page.h"
#include "server/api/permission.h"
#include "server/api/shape.h"

namespace sealhall::identity::shapes {

struct Person {
  std::string id;
  std::string login;
  std::string name;
  bool admin = false;
};
struct SignedInView {
  std::string token;  ///< "" when it is in the cookie
  std::string expires_at;
  Person user;
  std::optional<std::string> device;          ///< keep it, and send it at the next sign-in
  std::optional<bool> second_factor_missing;  ///< the session is short: set one up
};
struct Password {
  std::string password;
};
struct Code {
  std::string code;
};
struct NewPassword {
  std::string password;  ///< the present one
  std::string new_password;
};
struct LookAtPassword {
  std::string password;
  std::optional<std::string> login;
  std::optional<std::string> name;
};
struct PasswordLook {
  double guess_bits = 0;               ///< how many guesses it takes, as a power of two
  double enough_bits = 0;              ///< from which on it is taken
  std::optional<std::string> problem;  ///< why it would be refused
};
struct ResetRequest {
  std::string login;
};
struct ResetFinish {
  std::string token;
  std::string password;
};
struct TotpEnrolment {
  std::string secret;  ///< base32
  std::string uri;     ///< for a QR code
};
struct RecoveryCodes {
  std::vector<std::string> recovery_codes;  ///< the only time that they are seen
};
struct Security {
  bool totp = false;
  std::uint32_t recovery_codes_left = 0;
  std::uint32_t passkeys = 0;
};
struct SessionView {
  std::string id;
  std::string method;
  std::string source;
  std::string client;
  std::string created_at;
  std::string expires_at;
  bool current = false;
};
struct SessionList {
  std::vector<SessionView> sessions;
};
struct SessionPath {
  std::string session_id;
};
struct PasskeyCreation {
  std::string challenge;
  std::string rp_id;
  std::string user_id;
  std::string user_name;
  std::string display_name;
  std::vector<std::uint32_t> algorithms;  ///< COSE, without their sign: 7 is ES256, 8 is EdDSA
  std::vector<std::string> exclude;
};
struct NewPasskey {
  std::optional<std::string> name;
  Bytes client_data;
  Bytes attestation_object;
};
struct PasskeyView {
  std::string id;
  std::string name;
  bool backed_up = false;
  std::string created_at;
  std::optional<std::string> last_used_at;
};
struct PasskeyList {
  std::vector<PasskeyView> passkeys;
};
struct PasskeyPath {
  std::string passkey_id;
};
struct PasskeyRequest {
  std::string challenge;
  std::string rp_id;
};
struct PasskeySignIn {
  Bytes credential_id;
  Bytes client_data;
  Bytes authenticator_data;
  Bytes signature;
  std::optional<bool> cookie;
};
struct Invite {
  std::string login;
  std::optional<std::string> role;
  std::optional<std::string> group_id;
};
struct InvitationView {
  std::string id;
  std::string login;
  std::string role;
  std::optional<std::string> group_id;
  std::string created_at;
  std::string expires_at;
};
struct InvitationList {
  api::Page page;
  std::vector<InvitationView> invitations;
};
struct ListQuery {
  api::ListQuery list;
};
/// A line of a file of people, before it is taken.
struct ImportRow {
  std::string login;
  std::optional<std::string> name;
  std::optional<std::string> role;   ///< its id or its name
  std::optional<std::string> group;  ///< the same
};
struct ImportCheck {
  std::vector<ImportRow> rows;
};
enum class ImportProblem : std::uint8_t { bad_login, repeated, exists, no_such_role, role_not_yours, no_such_group };
struct CheckedRow {
  std::vector<ImportProblem> problems;
  std::optional<std::string> role_id;
  std::optional<std::string> group_id;
};
struct ImportChecked {
  std::vector<CheckedRow> rows;  ///< as many, in the same order
};
struct InvitationPath {
  std::string invitation_id;
};
struct Token {
  std::string token;
};
struct Invited {
  std::string login;
};
struct Accept {
  std::string token;
  std::string name;
  std::string password;
  std::optional<bool> cookie;
};
/// The page behind the link of a mail.
struct LinkPage {
  std::optional<std::string> token;
  std::optional<std::string> lang;
};
struct AccountForm {
  std::optional<std::string> token;
  std::optional<std::string> lang;
  std::optional<std::string> login;
  std::optional<std::string> name;
  std::optional<std::string> password;
};
struct PersonPath {
  std::string user_id;
};
struct GiveRole {
  std::string role;
};
struct LogQuery {
  std::optional<std::string> from;  ///< RFC 3339
  std::optional<std::string> to;
  std::optional<std::string> user_id;
  std::optional<std::string> query;  ///< a part of the login, the source, the client
  std::optional<std::string> kind;
  std::optional<std::string> method;
  std::optional<std::string> sort;  ///< "at" or "-at"
  api::PageQuery page;
};
struct OperationQuery {
  std::optional<std::string> from;  ///< RFC 3339
  std::optional<std::string> to;
  std::optional<std::string> user_id;
  std::optional<std::string> query;  ///< a part of the login or of the object's id
  std::optional<std::string> action;
  std::optional<std::string> category;
  std::optional<std::string> sort;  ///< "at" or "-at"
  api::PageQuery page;
};
struct SignInLine {
  std::string at;
  std::string user_id;
  std::optional<std::string> login;  ///< absent when that person is gone
  std::string kind;                  ///< in, out, refused
  std::string method;
  std::string source;
  std::string client;
};
struct SignInLog {
  api::Page page;
  std::vector<SignInLine> sign_ins;
};
struct OperationLine {
  std::string at;
  std::string actor;
  std::optional<std::string> login;
  std::string action;
  std::string category;
  std::string object_id;
};
struct OperationLog {
  api::Page page;
  std::vector<OperationLine> operations;
};
struct RolePath {
  std::string role_id;
};
struct RoleView {
  std::string id;
  std::string name;
  std::string description;
  std::vector<api::Permission> permissions;
  bool built_in = false;
  std::uint32_t members = 0;
};
struct RoleList {
  api::Page page;
  std::vector<RoleView> roles;
};
struct NewRole {
  std::string name;
  std::optional<std::string> description;
  std::vector<api::Permission> permissions;
};
struct ChangeRole {
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::vector<api::Permission>> permissions;
};
struct GroupPath {
  std::string group_id;
};
struct GroupMemberPath {
  std::string group_id;
  std::string user_id;
};
struct GroupView {
  std::string id;
  std::string name;
  std::uint32_t members = 0;
};
struct GroupList {
  api::Page page;
  std::vector<GroupView> groups;
};
struct NewGroup {
  std::string name;
};
struct MemberView {
  std::string id;
  std::string login;
  std::string name;
  bool primary = false;
};
struct MemberList {
  std::vector<MemberView> members;
};
struct PolicyRuleView {
  std::string name;
  std::string kind;  ///< boolean, number, word, text
  std::string meaning;
  std::string meaning_zh;  ///< in Traditional Chinese
  api::Json standard;
  std::optional<std::int64_t> least;  ///< of a number
  std::optional<std::int64_t> most;   ///< of a number; of a text: bytes
  std::optional<std::vector<std::string>> words;
  bool for_users = true;
};
struct PolicyRules {
  std::vector<PolicyRuleView> policies;
};
struct PolicySettingView {
  std::string name;
  api::Json value;
  std::optional<bool> locked;
};
struct PolicySettingsView {
  std::vector<PolicySettingView> settings;
};
struct EffectiveView {
  std::string name;
  api::Json value;
  std::string source;                   ///< standard, account, group, user
  std::optional<std::string> group_id;  ///< with the source "group"
  bool locked = false;
};
struct EffectiveList {
  std::vector<EffectiveView> policies;
};
struct PolicyPath {
  std::string name;
};
struct GroupPolicyPath {
  std::string group_id;
  std::string name;
};

BOOST_DESCRIBE_STRUCT(Person, (), (id, login, name, admin))
BOOST_DESCRIBE_STRUCT(SignedInView, (), (token, expires_at, user, device, second_factor_missing))
BOOST_DESCRIBE_STRUCT(Password, (), (password))
BOOST_DESCRIBE_STRUCT(Code, (), (code))
BOOST_DESCRIBE_STRUCT(NewPassword, (), (password, new_password))
BOOST_DESCRIBE_STRUCT(LookAtPassword, (), (password, login, name))
BOOST_DESCRIBE_STRUCT(PasswordLook, (), (guess_bits, enough_bits, problem))
BOOST_DESCRIBE_STRUCT(ResetRequest, (), (login))
BOOST_DESCRIBE_STRUCT(ResetFinish, (), (token, password))
BOOST_DESCRIBE_STRUCT(TotpEnrolment, (), (secret, uri))
BOOST_DESCRIBE_STRUCT(RecoveryCodes, (), (recovery_codes))
BOOST_DESCRIBE_STRUCT(Security, (), (totp, recovery_codes_left, passkeys))
BOOST_DESCRIBE_STRUCT(SessionView, (), (id, method, source, client, created_at, expires_at, current))
BOOST_DESCRIBE_STRUCT(SessionList, (), (sessions))
BOOST_DESCRIBE_STRUCT(SessionPath, (), (session_id))
BOOST_DESCRIBE_STRUCT(PasskeyCreation, (), (challenge, rp_id, user_id, user_name, display_name, algorithms, exclude))
BOOST_DESCRIBE_STRUCT(NewPasskey, (), (name, client_data, attestation_object))
BOOST_DESCRIBE_STRUCT(PasskeyView, (), (id, name, backed_up, created_at, last_used_at))
BOOST_DESCRIBE_STRUCT(PasskeyList, (), (passkeys))
BOOST_DESCRIBE_STRUCT(PasskeyPath, (), (passkey_id))
BOOST_DESCRIBE_STRUCT(PasskeyRequest, (), (challenge, rp_id))
BOOST_DESCRIBE_STRUCT(PasskeySignIn, (), (credential_id, client_data, authenticator_data, signature, cookie))
BOOST_DESCRIBE_STRUCT(Invite, (), (login, role, group_id))
BOOST_DESCRIBE_STRUCT(InvitationView, (), (id, login, role, group_id, created_at, expires_at))
BOOST_DESCRIBE_STRUCT(InvitationList, (), (page, invitations))
BOOST_DESCRIBE_STRUCT(ListQuery, (), (list))
BOOST_DESCRIBE_STRUCT(ImportRow, (), (login, name, role, group))
BOOST_DESCRIBE_STRUCT(ImportCheck, (), (rows))
BOOST_DESCRIBE_ENUM(ImportProblem, bad_login, repeated, exists, no_such_role, role_not_yours, no_such_group)
BOOST_DESCRIBE_STRUCT(CheckedRow, (), (problems, role_id, group_id))
BOOST_DESCRIBE_STRUCT(ImportChecked, (), (rows))
BOOST_DESCRIBE_STRUCT(InvitationPath, (), (invitation_id))
BOOST_DESCRIBE_STRUCT(Token, (), (token))
BOOST_DESCRIBE_STRUCT(Invited, (), (login))
BOOST_DESCRIBE_STRUCT(Accept, (), (token, name, password, cookie))
BOOST_DESCRIBE_STRUCT(LinkPage, (), (token, lang))
BOOST_DESCRIBE_STRUCT(AccountForm, (), (token, lang, login, name, password))
BOOST_DESCRIBE_STRUCT(PersonPath, (), (user_id))
BOOST_DESCRIBE_STRUCT(GiveRole, (), (role))
BOOST_DESCRIBE_STRUCT(LogQuery, (), (from, to, user_id, query, kind, method, sort, page))
BOOST_DESCRIBE_STRUCT(OperationQuery, (), (from, to, user_id, query, action, category, sort, page))
BOOST_DESCRIBE_STRUCT(SignInLine, (), (at, user_id, login, kind, method, source, client))
BOOST_DESCRIBE_STRUCT(SignInLog, (), (page, sign_ins))
BOOST_DESCRIBE_STRUCT(OperationLine, (), (at, actor, login, action, category, object_id))
BOOST_DESCRIBE_STRUCT(OperationLog, (), (page, operations))
BOOST_DESCRIBE_STRUCT(RolePath, (), (role_id))
BOOST_DESCRIBE_STRUCT(RoleView, (), (id, name, description, permissions, built_in, members))
BOOST_DESCRIBE_STRUCT(RoleList, (), (page, roles))
BOOST_DESCRIBE_STRUCT(NewRole, (), (name, description, permissions))
BOOST_DESCRIBE_STRUCT(ChangeRole, (), (name, description, permissions))
BOOST_DESCRIBE_STRUCT(GroupPath, (), (group_id))
BOOST_DESCRIBE_STRUCT(GroupMemberPath, (), (group_id, user_id))
BOOST_DESCRIBE_STRUCT(GroupView, (), (id, name, members))
BOOST_DESCRIBE_STRUCT(GroupList, (), (page, groups))
BOOST_DESCRIBE_STRUCT(NewGroup, (), (name))
BOOST_DESCRIBE_STRUCT(MemberView, (), (id, login, name, primary))
BOOST_DESCRIBE_STRUCT(MemberList, (), (members))
BOOST_DESCRIBE_STRUCT(PolicyRuleView, (), (name, kind, meaning, meaning_zh, standard, least, most, words, for_users))
BOOST_DESCRIBE_STRUCT(PolicyRules, (), (policies))
BOOST_DESCRIBE_STRUCT(PolicySettingView, (), (name, value, locked))
BOOST_DESCRIBE_STRUCT(PolicySettingsView, (), (settings))
BOOST_DESCRIBE_STRUCT(EffectiveView, (), (name, value, source, group_id, locked))
BOOST_DESCRIBE_STRUCT(EffectiveList, (), (policies))
BOOST_DESCRIBE_STRUCT(PolicyPath, (), (name))
BOOST_DESCRIBE_STRUCT(GroupPolicyPath, (), (group_id, name))

}  // namespace sealhall::identity::shapes

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&identity::shapes::Password::password> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&identity::shapes::Code::code> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::NewPassword::password> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&identity::shapes::NewPassword::new_password> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&identity::shapes::LookAtPassword::password> = size_between(0, 512);
template <>
inline constexpr Limit limit_of<&identity::shapes::LookAtPassword::login> = size_between(0, 100);
template <>
inline constexpr Limit limit_of<&identity::shapes::LookAtPassword::name> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&identity::shapes::ResetRequest::login> = size_between(1, 100);
template <>
inline constexpr Limit limit_of<&identity::shapes::ResetFinish::token> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&identity::shapes::ResetFinish::password> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&identity::shapes::NewPasskey::name> = size_between(0, 100);
template <>
inline constexpr Limit limit_of<&identity::shapes::NewPasskey::client_data> = size_between(1, 4096);
template <>
inline constexpr Limit limit_of<&identity::shapes::NewPasskey::attestation_object> = size_between(1, 8192);
template <>
inline constexpr Limit limit_of<&identity::shapes::PasskeySignIn::credential_id> = size_between(1, 1023);
template <>
inline constexpr Limit limit_of<&identity::shapes::PasskeySignIn::client_data> = size_between(1, 4096);
template <>
inline constexpr Limit limit_of<&identity::shapes::PasskeySignIn::authenticator_data> = size_between(37, 4096);
template <>
inline constexpr Limit limit_of<&identity::shapes::PasskeySignIn::signature> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&identity::shapes::Invite::login> = size_between(3, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::Invite::role> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::Invite::group_id> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::ImportCheck::rows> = size_between(1, 500);
template <>
inline constexpr Limit limit_of<&identity::shapes::Token::token> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&identity::shapes::Accept::token> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&identity::shapes::Accept::name> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&identity::shapes::Accept::password> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&identity::shapes::GiveRole::role> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::NewRole::name> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::NewRole::description> = size_between(0, 500);
template <>
inline constexpr Limit limit_of<&identity::shapes::NewRole::permissions> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::ChangeRole::name> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::ChangeRole::description> = size_between(0, 500);
template <>
inline constexpr Limit limit_of<&identity::shapes::NewGroup::name> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::PolicySettingsView::settings> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&identity::shapes::PolicySettingView::name> = size_between(1, 64);
}  // namespace sealhall::wire
