// Who people are: sign-in with a password and a second factor, sessions, the first administrator by a one-time link.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/random.h"
#include "io/net/clock.h"
#include "server/api/caller.h"
#include "server/api/tokens.h"
#include "server/events.h"
#include "server/identity/password.h"
#include "server/identity/password_rules.h"
#include "server/identity/policies.h"
#include "server/identity/sign_in_guard.h"
#include "server/meeting_policies.h"
#include "store/directory.h"
#include "store/sign_ins.h"
#include "store/store.h"

namespace sealhall::identity {

class SecondFactors;

template <class T>
using Done = std::move_only_function<void(expected<T, api::ApiError>)>;

struct SignedIn {
  std::string token;  ///< 32 random bytes as base64url; the only time that it is seen
  UnixMicros expires_at{};
  store::User user;
  std::string device;                  ///< to be sent along at the next sign-in from here; "" when it was known already
  bool second_factor_missing = false;  ///< the account asks for one: the session is short, enough to set one up
};

struct AccountTimes {
  std::optional<Duration> session = std::nullopt;  ///< instead of what the policy says
  Duration setup_link = std::chrono::minutes{30};
  Duration device = std::chrono::hours{24 * 365};
  Duration enrolment = std::chrono::minutes{15};  ///< a session without the second factor that is asked for
};

struct NewAccount {
  std::string login;
  std::string name;
  std::string password;
  store::UserRole role = store::UserRole::member;
  std::string account_id{store::default_account};
  std::string role_id = {};  ///< "": what `role` says
};

/// Where an attempt comes from and what came with it.
struct SignInSource {
  std::string address;      ///< an IPv4 address or the /64 of an IPv6 one
  std::string client = {};  ///< the User-Agent
  std::string device = {};  ///< the token of a device that has signed in before
};

/// Callbacks come on the loop.
class Accounts {
 public:
  struct Parts {
    io::Loop& loop;
    store::Engine& engine;
    const io::WallClock& clock;
    RandomSource& random;
    PasswordHasher& hasher;
    AccountTimes times = {};
    SecondFactors* factors = nullptr;      ///< none: nobody has any
    const BreachList* breached = nullptr;  ///< none: nothing is known of breaches
    EventBus* events = nullptr;
  };
  explicit Accounts(Parts parts);

  /// Wrong name, wrong password, disabled: one and the same 401. A second factor that is missing or wrong is said only
  /// after the right password, in `errors` for the field "code". Attempts are slowed down by the guard.
  void sign_in(std::string login, std::string password, std::string code, SignInSource source, Done<SignedIn> done);
  /// For whoever was recognised in another way (a passkey, a provider, an invitation): starts the session.
  void start_session(store::User user, std::string method, SignInSource source, bool second_factor,
                     Done<SignedIn> done);
  /// A session that waited for it becomes a whole one. A failure is logged: the person signs in again.
  void second_factor_added(const store::User& user, std::string token_hash, std::move_only_function<void()> done);
  void sign_out(std::string token_hash, std::string user_id, std::string account_id, std::string source,
                Done<void> done);
  /// Who has this token; nullopt for an unknown or expired one.
  void user_of(std::string_view token, Done<std::optional<store::User>> done);

  void create(NewAccount account, Done<store::User> done);
  /// Whether that is somebody's password: for changes that want it said again. Slowed down like a sign-in.
  void confirm_password(const store::User& user, std::string password, SignInSource source, Done<void> done);
  /// What is wrong with a new password of this person, as an error of that field.
  [[nodiscard]] std::optional<api::ApiError> wrong_password(std::string_view field, std::string_view password,
                                                            const PasswordOwner& owner) const;

  /// A fresh set-up token while there is no administrator; nullopt afterwards. Older ones stop working.
  void offer_setup(Done<std::optional<std::string>> done);
  void set_up(std::string token, NewAccount admin, SignInSource source, Done<SignedIn> done);

  /// What counts for this user, of every policy.
  using Policies = std::map<std::string, EffectivePolicy, std::less<>>;
  void policies_of(std::string account_id, std::string user_id, Done<Policies> done);
  /// What of it is about this user's meetings.
  void meeting_policies_of(std::string account_id, std::string user_id, Done<MeetingPolicies> done);

  /// Bytes as base64url.
  std::string random_text(std::size_t bytes);
  [[nodiscard]] UnixMicros now() const { return parts_.clock.now(); }
  [[nodiscard]] SignInGuard& guard() noexcept { return guard_; }
  [[nodiscard]] const Parts& parts() const noexcept { return parts_; }
  [[nodiscard]] PasswordHasher& hasher() noexcept { return parts_.hasher; }
  void publish(std::string_view event, const store::User& user);
  /// The same of somebody who is looked up first; of nobody nothing is said.
  void publish_of(std::string_view event, std::string user_id);
  /// Writes down who changed what; a failure is logged and stops nothing.
  void log_operation(std::string account_id, std::string actor, std::string action, std::string category,
                     std::string object_id);
  /// The same of whoever calls: a program is named itself, also when it acts for a person.
  void log_operation(const api::Caller& by, std::string action, std::string category, std::string object_id) {
    log_operation(by.account_id, by.actor(), std::move(action), std::move(category), std::move(object_id));
  }

 private:
  struct Attempting;
  void check_password(std::shared_ptr<Attempting> attempt);
  void check_second_factor(std::shared_ptr<Attempting> attempt);
  void refuse(std::shared_ptr<Attempting> attempt, api::ApiError error);
  [[nodiscard]] std::optional<api::ApiError> wrong_with(const NewAccount& account) const;
  void begin_session(store::User user, std::string method, SignInSource source, bool second_factor, bool known_device,
                     Done<SignedIn> done);

  Parts parts_;
  store::Store store_;
  store::SignIns sign_ins_;
  store::Directory directory_;
  SignInGuard guard_;
};

using api::token_hash;
/// Lower case ASCII, without white space around; what logins are compared by.
std::string normalised_login(std::string_view login);
UnixMicros plus(UnixMicros time, Duration d) noexcept;

}  // namespace sealhall::identity
