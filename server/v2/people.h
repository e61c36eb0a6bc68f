// The v2 endpoints about people: users, groups, roles, tracking fields.
#pragma once

#include <functional>
#include <string>

#include "core/base/random.h"
#include "io/net/clock.h"
#include "server/api/caller_cache.h"
#include "server/api/registry.h"
#include "server/events.h"
#include "server/v2/shapes.h"
#include "store/assistants.h"
#include "store/directory.h"
#include "store/profiles.h"
#include "store/sign_ins.h"

namespace sealhall::v2 {

/// Lives as long as the registry.
class People {
 public:
  struct NewPerson {
    std::string account_id;
    std::string email;
    std::string name;
    std::string password;  ///< "": one that nobody knows; a reset by mail makes the first
  };
  struct Parts {
    store::Engine& engine;
    const io::WallClock& clock;
    RandomSource& random;
    api::CallerCache& callers;
    std::string public_url;
    std::function<void(NewPerson, api::Done<std::string> id)> create;
    EventBus* events = nullptr;
    /// Writes down who changed what.
    std::function<void(const api::Caller&, std::string action, std::string category, std::string object)> log = nullptr;
  };
  /// Also resolves {user_id}: an id, an address, or "me".
  People(api::Registry& registry, Parts parts);

 private:
  template <class Query = api::None, class Request = api::None>
  using Call = api::Call<Query, Request>;
  template <class Response = api::None>
  using Answer = api::Answer<Response>;

  // users.cc
  void add_user_endpoints(api::Registry& registry);
  void list_users(Call<UserListQuery> call, Answer<UserList> answer);
  void list_pending(Call<UserListQuery> call, const api::Window& window, Answer<UserList> answer);
  void create_user(Call<api::None, CreateUser> call, Answer<CreatedUser> answer);
  void get_user(Call<UserPath> call, Answer<User> answer);
  void change_user(Call<UserPath, ChangeUser> call, Answer<> answer);
  void delete_user(Call<DeleteUserQuery> call, Answer<> answer);
  void only_invited(const std::string& account, std::string who, api::Done<std::optional<api::Subject>> done);
  void change_status(Call<UserPath, ChangeStatus> call, Answer<> answer);
  void email_exists(Call<EmailQuery> call, Answer<ExistedEmail> answer);
  void set_disabled(const api::Caller& caller, const api::Subject& subject, bool disabled, bool disassociated,
                    Answer<> answer);
  void publish(std::string_view event, const store::Person& person);
  // assistants.cc
  void add_assistant_endpoints(api::Registry& registry);
  struct AddingAssistants;
  // groups.cc
  void add_group_endpoints(api::Registry& registry);
  void list_groups(Call<> call, Answer<GroupList> answer);
  void create_group(Call<api::None, NameOfGroup> call, Answer<Group> answer);
  void group_members(Call<GroupMembersQuery> call, Answer<MemberList> answer);
  void add_members(Call<GroupPath, AddMembers> call, Answer<AddedMembers> answer);
  struct Adding;
  void add_next(std::shared_ptr<Adding> adding);
  void list_roles(Call<> call, Answer<RoleList> answer);
  struct Counting;
  void count_next(std::shared_ptr<Counting> counting);
  void role_members(Call<RoleMembersQuery> call, Answer<MemberList> answer);
  void list_role_members(const std::string& account_id, const std::string& role, api::Window window,
                         Answer<MemberList> answer);
  // tracking_fields.cc
  void add_field_endpoints(api::Registry& registry);

  std::string new_id();
  void log(const api::Caller& caller, std::string action, std::string category, std::string object) {
    if (parts_.log) parts_.log(caller, std::move(action), std::move(category), std::move(object));
  }
  /// As answer.done(), and what was done is written down.
  auto logged(const api::Caller& caller, std::string action, std::string category, std::string object,
              Answer<> answer) {
    return [this, caller, action = std::move(action), category = std::move(category), object = std::move(object),
            answer = std::move(answer)](expected<void, store::StoreError> done) mutable {
      if (!done) return answer(api::from_store(done.error()));
      log(caller, std::move(action), std::move(category), std::move(object));
      answer();
    };
  }

  Parts parts_;
  store::Profiles profiles_;
  store::Directory directory_;
  store::Assistants assistants_;
  store::SignIns sign_ins_;
};

/// "Ada", "Lovelace" of a profile or, without one, of the name that others see.
std::pair<std::string, std::string> names_of(const store::Person& person);
/// "owner" -> "0", "admin" -> "1", "member" -> "2", as programs of the field know them; others stay.
std::string role_number(std::string_view role);
std::string role_of_number(std::string_view number);

}  // namespace sealhall::v2
