// Tested in accounts_test.cc and server/control/identity_test.cc
#include "server/identity/accounts.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/base/ascii.h"
#include "core/meeting/display_name.h"
#include "io/log/json_text.h"
#include "io/log/log.h"
#include "server/api/tokens.h"
#include "server/identity/meeting_policies.h"
#include "server/identity/second_factors.h"

namespace sealhall::identity {
namespace {

using api::ApiError;

constexpr std::size_t max_client_text = 120;

ApiError from_password(PasswordError error) {
  if (error == PasswordError::busy) return {503, "Many people are signing in. Please try again.", {}, 2};
  return {503, "The server is short of memory. Please try again.", {}, 10};
}

ApiError wrong_sign_in() { return {401, "That name and password do not belong together."}; }

std::string shortened(std::string text) {
  std::erase_if(text, [](char c) { return c < 0x20 || c >= 0x7F; });
  if (text.size() > max_client_text) text.resize(max_client_text);
  return text;
}

}  // namespace

UnixMicros plus(UnixMicros time, Duration d) noexcept {
  return UnixMicros{static_cast<std::int64_t>(time) + d.count()};
}

std::string normalised_login(std::string_view login) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t from = login.find_first_not_of(space);
  if (from == std::string_view::npos) return {};
  login = login.substr(from, login.find_last_not_of(space) - from + 1);
  return ascii_lower(login);
}

Accounts::Accounts(Parts parts)
    : parts_(std::move(parts)), store_(parts_.engine), sign_ins_(parts_.engine), directory_(parts_.engine) {}

std::string Accounts::random_text(std::size_t bytes) { return api::random_text(parts_.random, bytes); }

/// One attempt on its way through the look-up, the password and the second factor.
struct Accounts::Attempting {
  std::string login;
  std::string password;
  std::string code;
  SignInSource source;
  std::string known_device;  ///< its hash, when it is this login's
  Instant begun{};           ///< when it was counted
  std::optional<store::User> user;
  std::string method = "password";
  Done<SignedIn> done;
  [[nodiscard]] Attempt counted() const { return {login, source.address, known_device}; }
};

void Accounts::sign_in(std::string login, std::string password, std::string code, SignInSource source,
                       Done<SignedIn> done) {
  auto attempt = std::make_shared<Attempting>();
  attempt->login = normalised_login(login);
  attempt->password = std::move(password);
  attempt->code = std::move(code);
  attempt->source = std::move(source);
  attempt->done = std::move(done);
  store_.user_by_login(attempt->login, [this, attempt](auto found) {
    if (!found) return attempt->done(unexpected(api::from_store(found.error())));
    attempt->user = std::move(*found);
    if (!attempt->user || attempt->source.device.empty()) return check_password(attempt);
    sign_ins_.is_known_device(token_hash(attempt->source.device), attempt->user->id, now(),
                              [this, attempt](auto known) {
                                if (!known) return attempt->done(unexpected(api::from_store(known.error())));
                                if (*known) attempt->known_device = token_hash(attempt->source.device);
                                check_password(attempt);
                              });
  });
}

void Accounts::check_password(std::shared_ptr<Attempting> attempt) {
  const Instant moment = parts_.loop.now();
  if (const Duration wait = guard_.wait(attempt->counted(), moment); wait > Duration::zero()) {
    return attempt->done(unexpected(api::too_many(meeting::retry_after_seconds(wait))));
  }
  // Counted before it is checked, so that guesses sent at the same time count too.
  attempt->begun = moment;
  guard_.begins(attempt->counted(), moment);
  const bool usable = attempt->user && !attempt->user->disabled;
  std::string hash = usable ? attempt->user->password_hash : std::string{};
  parts_.hasher.verify(std::move(hash), std::move(attempt->password), [this, attempt](auto right) {
    if (!right) {
      guard_.not_checked(attempt->counted(), attempt->begun);
      return attempt->done(unexpected(from_password(right.error())));
    }
    if (!*right) return refuse(attempt, wrong_sign_in());
    check_second_factor(attempt);
  });
}

void Accounts::check_second_factor(std::shared_ptr<Attempting> attempt) {
  const auto enter = [this, attempt](bool second_factor) {
    guard_.succeeded(attempt->counted(), attempt->begun);
    begin_session(std::move(*attempt->user), attempt->method, std::move(attempt->source), second_factor,
                  !attempt->known_device.empty(), std::move(attempt->done));
  };
  if (parts_.factors == nullptr) return enter(false);
  parts_.factors->check(*attempt->user, std::move(attempt->code), [this, attempt, enter](auto checked) {
    if (!checked) return refuse(attempt, std::move(checked.error()));
    if (*checked == SecondFactors::Checked::with_code) attempt->method = "password+totp";
    if (*checked == SecondFactors::Checked::with_recovery_code) attempt->method = "password+recovery";
    enter(*checked != SecondFactors::Checked::none_set_up);
  });
}

void Accounts::refuse(std::shared_ptr<Attempting> attempt, ApiError error) {
  // A disabled person or a wrong password: the log of the account says so; who asked learns nothing.
  if (error.status == 401 && attempt->user) {
    sign_ins_.log_sign_in({random_text(16), attempt->user->account_id, attempt->user->id, now(), "refused",
                           attempt->method, attempt->source.address, shortened(attempt->source.client)},
                          [](auto logged) {
                            if (!logged) io::log::warning("a refused sign-in could not be logged");
                          });
  }
  attempt->done(unexpected(std::move(error)));
}

void Accounts::start_session(store::User user, std::string method, SignInSource source, bool second_factor,
                             Done<SignedIn> done) {
  begin_session(std::move(user), std::move(method), std::move(source), second_factor, true, std::move(done));
}

void Accounts::begin_session(store::User user, std::string method, SignInSource source, bool second_factor,
                             bool known_device, Done<SignedIn> done) {
  const std::string account_id = user.account_id;
  const std::string user_id = user.id;
  policies_of(
      account_id, user_id,
      [this, user = std::move(user), method = std::move(method), source = std::move(source), second_factor,
       known_device, done = std::move(done)](auto policies) mutable {
        if (!policies) return done(unexpected(std::move(policies.error())));
        const bool required = std::get<bool>(policies->find("sign_in.second_factor_required")->second.value);
        if (method.starts_with("password") && !std::get<bool>(policies->find("sign_in.password")->second.value)) {
          return done(unexpected(ApiError{403,
                                          "Signing in with a password is not allowed here. Use a passkey or your "
                                          "organisation's sign-in."}));
        }
        const auto hours = std::get<std::int64_t>(policies->find("sign_in.session_hours")->second.value);
        SignedIn out;
        out.token = random_text(32);
        out.second_factor_missing = required && !second_factor;
        const Duration lasts = out.second_factor_missing ? parts_.times.enrolment
                                                         : parts_.times.session.value_or(std::chrono::hours{hours});
        out.expires_at = plus(now(), lasts);
        out.user = std::move(user);
        if (!known_device) out.device = random_text(32);
        store::SessionInfo session{random_text(16), token_hash(out.token), out.user.id,
                                   method,          source.address,        shortened(source.client),
                                   now(),           out.expires_at,        out.second_factor_missing};
        store::SignInRecord record{random_text(16), out.user.account_id,     out.user.id, now(), "in", method,
                                   source.address,  shortened(source.client)};
        sign_ins_.start(std::move(session), std::move(record),
                        [this, out = std::move(out), done = std::move(done)](auto started) mutable {
                          if (!started) return done(unexpected(api::from_store(started.error())));
                          publish("user.signed_in", out.user);
                          if (out.device.empty()) return done(std::move(out));
                          const std::string hash = token_hash(out.device);
                          const std::string id = out.user.id;
                          sign_ins_.remember_device(
                              hash, id, now(), plus(now(), parts_.times.device),
                              [out = std::move(out), done = std::move(done)](auto kept) mutable {
                                if (!kept) out.device.clear();  // the next sign-in is one from an unknown device
                                done(std::move(out));
                              });
                        });
      });
}

void Accounts::second_factor_added(const store::User& user, std::string hash, std::move_only_function<void()> done) {
  policies_of(user.account_id, user.id, [this, hash = std::move(hash), done = std::move(done)](auto policies) mutable {
    if (!policies) return done();
    const auto hours = std::get<std::int64_t>(policies->find("sign_in.session_hours")->second.value);
    const Duration lasts = parts_.times.session.value_or(std::chrono::hours{hours});
    sign_ins_.lift_restriction(std::move(hash), plus(now(), lasts), [done = std::move(done)](auto lifted) mutable {
      if (!lifted) io::log::warning("a session stays restricted after a second factor was set up");
      done();
    });
  });
}

void Accounts::sign_out(std::string hash, std::string user_id, std::string account_id, std::string source,
                        Done<void> done) {
  store_.end_session(std::move(hash), [this, user_id = std::move(user_id), account_id = std::move(account_id),
                                       source = std::move(source), done = std::move(done)](auto ended) mutable {
    if (!ended) return done(unexpected(api::from_store(ended.error())));
    sign_ins_.log_sign_in({random_text(16), account_id, user_id, now(), "out", "", source, ""}, [](auto) {});
    publish_of("user.signed_out", user_id);
    done({});
  });
}

void Accounts::user_of(std::string_view token, Done<std::optional<store::User>> done) {
  store_.user_of_session(token_hash(token), now(), [done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(api::from_store(user.error())));
    done(std::move(*user));
  });
}

void Accounts::confirm_password(const store::User& user, std::string password, SignInSource source, Done<void> done) {
  const std::string counted_as = source.device.empty() ? std::string{} : token_hash(source.device);
  // The session is proof of a known place; guesses within it count by user.
  const std::string login = user.login;
  const std::string device = "session of " + user.id + counted_as;
  const Attempt attempt{login, source.address, device};
  const Instant moment = parts_.loop.now();
  if (const Duration wait = guard_.wait(attempt, moment); wait > Duration::zero()) {
    return done(unexpected(api::too_many(meeting::retry_after_seconds(wait))));
  }
  guard_.begins(attempt, moment);
  parts_.hasher.verify(user.password_hash, std::move(password),
                       [this, login, device, moment, done = std::move(done)](auto right) mutable {
                         if (!right) {
                           guard_.not_checked({login, "", device}, moment);
                           return done(unexpected(from_password(right.error())));
                         }
                         if (!*right)
                           return done(unexpected(api::wrong_field("password", "That is not your password.")));
                         guard_.succeeded({login, "", device}, moment);
                         done({});
                       });
}

std::optional<ApiError> Accounts::wrong_password(std::string_view field, std::string_view password,
                                                 const PasswordOwner& owner) const {
  const auto problem = identity::check_password(password, owner, parts_.breached);
  if (!problem) return std::nullopt;
  return api::wrong_field(std::string{field}, std::string{sentence_for(*problem)});
}

std::optional<ApiError> Accounts::wrong_with(const NewAccount& account) const {
  const auto plain = [](char c) { return c > ' ' && c < 0x7F; };
  if (account.login.size() < 2 || account.login.size() > 64 || !std::ranges::all_of(account.login, plain)) {
    return api::wrong_field("login", "2 to 64 letters, digits or signs, without spaces.");
  }
  if (account.name.empty()) return api::wrong_field("name", "Please give a name.");
  return wrong_password("password", account.password, {account.login, account.name});
}

void Accounts::create(NewAccount account, Done<store::User> done) {
  account.login = normalised_login(account.login);
  account.name = meeting::display_name(account.name);
  if (const auto error = wrong_with(account)) return done(unexpected(*error));
  parts_.hasher.hash(account.password, [this, account, done = std::move(done)](auto hash) mutable {
    if (!hash) return done(unexpected(from_password(hash.error())));
    store::User user{random_text(16),  account.login, account.name, account.role,
                     std::move(*hash), now(),         false,        account.account_id};
    user.role_id = account.role_id;
    store_.create_user(user, [this, user, done = std::move(done)](auto made) mutable {
      if (!made) return done(unexpected(api::from_store(made.error())));
      publish("user.created", user);
      done(std::move(user));
    });
  });
}

void Accounts::offer_setup(Done<std::optional<std::string>> done) {
  store_.needs_setup([this, done = std::move(done)](auto needed) mutable {
    if (!needed) return done(unexpected(api::from_store(needed.error())));
    if (!*needed) return done(std::optional<std::string>{});
    std::string token = random_text(32);
    std::string hash = token_hash(token);
    store_.put_setup_link(std::move(hash), plus(now(), parts_.times.setup_link),
                          [token = std::move(token), done = std::move(done)](auto put) mutable {
                            if (!put) return done(unexpected(api::from_store(put.error())));
                            done(std::optional{std::move(token)});
                          });
  });
}

void Accounts::set_up(std::string token, NewAccount admin, SignInSource source, Done<SignedIn> done) {
  const Instant moment = parts_.loop.now();
  const std::string login = "set-up link";
  if (const Duration wait = guard_.wait({login, source.address}, moment); wait > Duration::zero()) {
    return done(unexpected(api::too_many(meeting::retry_after_seconds(wait))));
  }
  admin.login = normalised_login(admin.login);
  admin.name = meeting::display_name(admin.name);
  if (const auto error = wrong_with(admin)) return done(unexpected(*error));
  guard_.begins({login, source.address}, moment);
  parts_.hasher.hash(admin.password, [this, token = std::move(token), admin, login, moment, source = std::move(source),
                                      done = std::move(done)](auto hash) mutable {
    if (!hash) {
      guard_.not_checked({login, source.address}, moment);
      return done(unexpected(from_password(hash.error())));
    }
    store::User user{random_text(16), admin.login, admin.name, store::UserRole::admin, std::move(*hash), now(), false};
    user.role_id = "owner";
    store_.use_setup_link(
        token_hash(token), now(), user, [this, user, login, moment, source, done = std::move(done)](auto used) mutable {
          if (!used && used.error() == store::StoreError::not_valid) {
            return done(unexpected(
                ApiError{403, "This set-up link is not valid any more. Start the server again for a new one."}));
          }
          if (!used) return done(unexpected(api::from_store(used.error())));
          guard_.succeeded({login, source.address}, moment);
          begin_session(std::move(user), "set-up link", std::move(source), false, false, std::move(done));
        });
  });
}

void Accounts::policies_of(std::string account_id, std::string user_id, Done<Policies> done) {
  directory_.groups_of(user_id, [this, account_id, user_id, done = std::move(done)](auto groups) mutable {
    if (!groups) return done(unexpected(api::from_store(groups.error())));
    directory_.policies_for(
        account_id, user_id, [groups = std::move(*groups), done = std::move(done)](auto rows) mutable {
          if (!rows) return done(unexpected(api::from_store(rows.error())));
          PolicySettings of_account;
          PolicySettings of_user;
          std::vector<PolicyGroup> of_groups;
          for (const store::Group& group : groups) of_groups.push_back({group.id, {}});
          for (const store::Policy& row : *rows) {
            const PolicyRule* rule = policy_rule(row.name);
            const auto value = rule == nullptr ? std::nullopt : parse_policy_value(*rule, row.value);
            if (!value) continue;
            const PolicySetting setting{*value, row.locked};
            switch (row.level) {
              case store::Policy::Level::account:
                of_account[row.name] = setting;
                break;
              case store::Policy::Level::user:
                of_user[row.name] = setting;
                break;
              case store::Policy::Level::group:
                for (PolicyGroup& group : of_groups) {
                  if (group.id == row.subject_id) group.settings[row.name] = setting;
                }
                break;
            }
          }
          done(effective_policies(of_account, of_groups, of_user));
        });
  });
}

void Accounts::meeting_policies_of(std::string account_id, std::string user_id, Done<MeetingPolicies> done) {
  policies_of(std::move(account_id), std::move(user_id), [done = std::move(done)](auto policies) mutable {
    if (!policies) return done(unexpected(std::move(policies.error())));
    done(meeting_policies(*policies));
  });
}

void Accounts::publish(std::string_view event, const store::User& user) {
  if (parts_.events == nullptr) return;
  const std::size_t space = std::min(user.name.rfind(' '), user.name.size());
  const std::string last = space < user.name.size() ? user.name.substr(space + 1) : "";
  std::string object = R"({"id":")" + io::json_escape(user.id) + R"(","email":")" + io::json_escape(user.login) +
                       R"(","first_name":")" + io::json_escape(user.name.substr(0, space)) + R"(","last_name":")" +
                       io::json_escape(last) + R"(","display_name":")" + io::json_escape(user.name) + "\"}";
  parts_.events->publish({std::string{event}, user.account_id, now(), std::move(object)});
}

void Accounts::publish_of(std::string_view event, std::string user_id) {
  if (parts_.events == nullptr) return;
  store_.user(std::move(user_id), [this, event = std::string{event}](auto user) {
    if (user && *user) publish(event, **user);
  });
}

void Accounts::log_operation(std::string account_id, std::string actor, std::string action, std::string category,
                             std::string object_id) {
  sign_ins_.log_operation({random_text(16), std::move(account_id), now(), std::move(actor), std::move(action),
                           std::move(category), std::move(object_id)},
                          [](auto logged) {
                            if (!logged) io::log::warning("an operation could not be written into its log");
                          });
}

}  // namespace sealhall::identity
