// People with their profiles, as lists and one by one; the tracking fields of an account.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

/// Texts are "" where nobody has said anything.
struct Profile {
  std::string first_name;
  std::string last_name;
  std::string department;
  std::string job_title;
  std::string company;
  std::string phone;
  std::string timezone;
  std::string language;
};
struct Person {
  std::string id;
  std::string account_id;
  std::string login;
  std::string name;
  std::string role;  ///< "owner", "admin", "member", or the id of a role
  UnixMicros created_at{};
  bool disabled = false;
  Profile profile;
  std::optional<UnixMicros> last_login_at{};
  std::string personal_meeting;  ///< its number; "" without one
  std::vector<std::string> group_ids{};
};
struct TrackingField {
  std::string id;
  std::string account_id;
  std::string field;  ///< unique in the account
  bool required = false;
  bool visible = false;
  std::string recommended_values;  ///< a newline between them
  UnixMicros created_at{};
};

class Profiles {
 public:
  /// The engine must outlive this.
  explicit Profiles(Engine& engine) noexcept : engine_(engine) {}

  struct Query {
    std::string account_id;
    std::optional<bool> disabled{};
    std::optional<std::string> role{};
    std::optional<std::string> group_id{};
    std::optional<std::string> text{};  ///< lower case: a part of the login, the name or the department
    enum class Order : std::uint8_t { created, login, name, department, last_login };
    Order order = Order::created;
    bool descending = false;
    std::uint32_t limit = 30;
    std::uint32_t offset = 0;
  };
  struct List {
    std::vector<Person> people;
    std::uint64_t total = 0;
  };
  /// In the wished order, equals by id.
  void list(Query query, Done<List> done);
  /// Of everybody of the account: id -> login.
  void logins(std::string account_id, Done<std::map<std::string, std::string>> done);
  /// By id or by login.
  void find(std::string id_or_login, Done<std::optional<Person>> done);
  /// The name that others see, and the profile. Error: not_found.
  void change(std::string account_id, std::string user_id, std::string name, Profile profile, Done<void> done);
  /// With everything of theirs. Error: not_found, not_valid (the last owner).
  void remove(std::string account_id, std::string user_id, Done<void> done);

  /// Error: taken (the name).
  void add_field(TrackingField field, Done<void> done);
  /// Error: not_found, taken.
  void change_field(TrackingField field, Done<void> done);
  void remove_field(std::string account_id, std::string id, Done<void> done);
  void field(std::string id, Done<std::optional<TrackingField>> done);
  /// Oldest first.
  void fields(std::string account_id, Done<std::vector<TrackingField>> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
