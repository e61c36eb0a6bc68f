// Tested in server/control/identity_test.cc
// One's own security: password, second factor, passkeys, sessions.
#include <memory>
#include <utility>

#include "server/api/text.h"
#include "server/identity/endpoints.h"
#include "server/identity/shapes.h"

namespace sealhall::identity {
namespace {

using api::Access;
using api::Answer;
using api::Call;
using api::None;

constexpr std::size_t passkey_body = 32U << 10;

shapes::PasskeyView view_of(const store::Passkey& p) {
  shapes::PasskeyView out{p.credential_id, p.name, p.backed_up, api::rfc3339(p.created_at), std::nullopt};
  if (p.last_used_at) out.last_used_at = api::rfc3339(*p.last_used_at);
  return out;
}

/// The handlers with what they need; kept alive by the endpoints.
struct Security {
  explicit Security(EndpointParts p)
      : parts(p), store(p.accounts.parts().engine), sign_ins(p.accounts.parts().engine) {}
  EndpointParts parts;
  store::Store store;
  store::SignIns sign_ins;

  /// Calls `go` with the person who calls.
  template <class A, class Go>
  void as_user(const api::Caller& caller, A answer, Go go) {
    store.user(caller.user_id, [answer = std::move(answer), go = std::move(go)](auto user) mutable {
      if (!user) return answer(api::from_store(user.error()));
      if (!*user || (*user)->disabled) return answer(api::sign_in_needed());
      go(std::move(**user), std::move(answer));
    });
  }
  /// The session that has set up a factor is restricted no more.
  void whole_session(const store::User& user, const std::string& token_hash, std::move_only_function<void()> done) {
    parts.accounts.second_factor_added(user, token_hash, [this, token_hash, done = std::move(done)]() mutable {
      parts.callers.forget_token(token_hash);
      done();
    });
  }
  /// The same after the password was right: what makes an account weaker or stronger asks for it again.
  template <class A, class Go>
  void after_password(const api::CallBase& call, std::string password, A answer, Go go) {
    as_user(call.caller, std::move(answer),
            [this, source = source_of(call), password = std::move(password), go = std::move(go)](store::User user,
                                                                                                 A a) mutable {
              const store::User copy = user;
              parts.accounts.confirm_password(
                  copy, std::move(password), std::move(source),
                  [user = std::move(user), a = std::move(a), go = std::move(go)](auto right) mutable {
                    if (!right) return a(right.error());
                    go(std::move(user), std::move(a));
                  });
            });
  }
};

void add_passwords(api::Registry& registry, const std::shared_ptr<Security>& s) {
  registry.add({"POST", "/api/me/password", "Security", "Change my password", Access::signed_in()},
               [s](Call<None, shapes::NewPassword> call, Answer<> answer) {
                 s->as_user(call.caller, std::move(answer),
                            [s, source = source_of(call), hash = call.caller.token_hash, body = std::move(call.body)](
                                store::User user, Answer<> a) mutable {
                              s->parts.credentials.change(user, std::move(body.password), std::move(body.new_password),
                                                          std::move(source), std::move(hash), std::move(a).done());
                            });
               });
  registry.add(
      {"GET", "/api/me/security", "Security", "How my account is protected", Access::signed_in().also_restricted()},
      [s](Call<> call, Answer<shapes::Security> answer) {
        const std::string id = call.caller.user_id;
        s->parts.factors.state(id, [s, id, answer = std::move(answer)](auto state) mutable {
          if (!state) return answer(state.error());
          s->parts.passkeys.list(id, std::move(answer).from([state = *state](const auto& passkeys) {
            return shapes::Security{state.totp, static_cast<std::uint32_t>(state.recovery_codes),
                                    static_cast<std::uint32_t>(passkeys.size())};
          }));
        });
      });
}

void add_second_factor(api::Registry& registry, const std::shared_ptr<Security>& s) {
  registry.add({"POST", "/api/me/totp", "Security", "Begin to use an authenticator app",
                Access::signed_in().also_restricted(), 201},
               [s](Call<None, shapes::Password> call, Answer<shapes::TotpEnrolment> answer) {
                 s->after_password(call, std::move(call.body.password), std::move(answer),
                                   [s](const store::User& user, Answer<shapes::TotpEnrolment> a) {
                                     s->parts.factors.begin(user, std::move(a).from([](SecondFactors::Enrolment e) {
                                       return shapes::TotpEnrolment{std::move(e.secret), std::move(e.uri)};
                                     }));
                                   });
               });
  registry.add({"POST", "/api/me/totp/confirm", "Security", "Prove that the app has the secret",
                Access::signed_in().also_restricted()},
               [s](Call<None, shapes::Code> call, Answer<shapes::RecoveryCodes> answer) {
                 s->as_user(
                     call.caller, std::move(answer),
                     [s, code = std::move(call.body.code), hash = call.caller.token_hash](
                         const store::User& user, Answer<shapes::RecoveryCodes> a) mutable {
                       s->parts.factors.confirm(
                           user, std::move(code), [s, user, hash, a = std::move(a)](auto codes) mutable {
                             if (!codes) return a(codes.error());
                             s->parts.accounts.log_operation(user.account_id, user.id, "add", "second factor", user.id);
                             s->whole_session(user, hash, [a = std::move(a), codes = std::move(*codes)]() mutable {
                               a(shapes::RecoveryCodes{std::move(codes)});
                             });
                           });
                     });
               });
  registry.add({"POST", "/api/me/totp/disable", "Security", "Stop using the authenticator app", Access::signed_in()},
               [s](Call<None, shapes::Code> call, Answer<> answer) {
                 s->as_user(call.caller, std::move(answer),
                            [s, code = std::move(call.body.code)](const store::User& user, Answer<> a) mutable {
                              const Instant now = s->parts.accounts.parts().loop.now();
                              const std::string device = "codes of " + user.id;
                              const Attempt attempt{user.login, "", device};
                              SignInGuard& guard = s->parts.accounts.guard();
                              if (const Duration wait = guard.wait(attempt, now); wait > Duration::zero()) {
                                return a(api::too_many(meeting::retry_after_seconds(wait)));
                              }
                              guard.begins(attempt, now);
                              s->parts.factors.disable(
                                  user, std::move(code), [s, user, device, now, a = std::move(a)](auto off) mutable {
                                    if (!off) return a(off.error());
                                    s->parts.accounts.guard().succeeded({user.login, "", device}, now);
                                    s->parts.accounts.log_operation(user.account_id, user.id, "remove", "second factor",
                                                                    user.id);
                                    a();
                                  });
                            });
               });
  registry.add(
      {"POST", "/api/me/recovery-codes", "Security", "New recovery codes instead of the old ones", Access::signed_in()},
      [s](Call<None, shapes::Password> call, Answer<shapes::RecoveryCodes> answer) {
        s->after_password(call, std::move(call.body.password), std::move(answer),
                          [s](const store::User& user, Answer<shapes::RecoveryCodes> a) {
                            s->parts.factors.renew_codes(user, [s, user, a = std::move(a)](auto codes) mutable {
                              if (!codes) return a(codes.error());
                              s->parts.accounts.log_operation(user.account_id, user.id, "change", "recovery codes",
                                                              user.id);
                              a(shapes::RecoveryCodes{std::move(*codes)});
                            });
                          });
      });
}

void add_passkeys(api::Registry& registry, const std::shared_ptr<Security>& s) {
  registry.add({"POST", "/api/me/passkeys/begin", "Security", "What a browser needs to make a passkey",
                Access::signed_in().also_restricted()},
               [s](Call<None, shapes::Password> call, Answer<shapes::PasskeyCreation> answer) {
                 s->after_password(
                     call, std::move(call.body.password), std::move(answer),
                     [s](const store::User& user, Answer<shapes::PasskeyCreation> a) {
                       s->parts.passkeys.begin_registration(user, std::move(a).from([](Passkeys::Creation c) {
                         return shapes::PasskeyCreation{std::move(c.challenge),    std::move(c.rp_id),
                                                        std::move(c.user_id),      std::move(c.user_name),
                                                        std::move(c.display_name), {7, 8},
                                                        std::move(c.exclude)};
                       }));
                     });
               });
  registry.add({"POST", "/api/me/passkeys", "Security", "Register a passkey", Access::signed_in().also_restricted(),
                201, passkey_body},
               [s](Call<None, shapes::NewPasskey> call, Answer<shapes::PasskeyView> answer) {
                 s->as_user(
                     call.caller, std::move(answer),
                     [s, body = std::move(call.body), hash = call.caller.token_hash](
                         const store::User& user, Answer<shapes::PasskeyView> a) mutable {
                       s->parts.passkeys.finish_registration(
                           user, body.name.value_or(""), std::move(body.client_data),
                           std::move(body.attestation_object), [s, user, hash, a = std::move(a)](auto made) mutable {
                             if (!made) {
                               api::ApiError error = std::move(made.error());
                               if (error.status == 401) error.status = 400;  // the session is fine
                               return a(error);
                             }
                             s->parts.accounts.log_operation(user.account_id, user.id, "add", "passkey", user.id);
                             s->whole_session(user, hash,
                                              [a = std::move(a), view = view_of(*made)]() mutable { a(view); });
                           });
                     });
               });
  registry.add({"GET", "/api/me/passkeys", "Security", "My passkeys", Access::signed_in()},
               [s](Call<> call, Answer<shapes::PasskeyList> answer) {
                 s->parts.passkeys.list(call.caller.user_id, std::move(answer).from([](const auto& passkeys) {
                   shapes::PasskeyList list;
                   for (const store::Passkey& p : passkeys) list.passkeys.push_back(view_of(p));
                   return list;
                 }));
               });
  registry.add({"DELETE", "/api/me/passkeys/{passkey_id}", "Security", "Forget a passkey", Access::signed_in()},
               [s](Call<shapes::PasskeyPath> call, Answer<> answer) {
                 s->parts.passkeys.remove(call.caller.user_id, std::move(call.query.passkey_id),
                                          [s, caller = call.caller, answer = std::move(answer)](auto removed) mutable {
                                            if (!removed) return answer(removed.error());
                                            s->parts.accounts.log_operation(caller, "remove", "passkey",
                                                                            caller.user_id);
                                            answer();
                                          });
               });
}

void add_sessions(api::Registry& registry, const std::shared_ptr<Security>& s) {
  registry.add({"GET", "/api/me/sessions", "Security", "Where I am signed in", Access::signed_in()},
               [s](Call<> call, Answer<shapes::SessionList> answer) {
                 s->sign_ins.sessions_of(
                     call.caller.user_id, s->parts.accounts.now(),
                     std::move(answer).from([current = call.caller.token_hash](const auto& sessions) {
                       shapes::SessionList list;
                       for (const store::SessionInfo& i : sessions) {
                         list.sessions.push_back({i.id, i.method, i.source, i.client, api::rfc3339(i.created_at),
                                                  api::rfc3339(i.expires_at), i.token_hash == current});
                       }
                       return list;
                     }));
               });
  registry.add({"DELETE", "/api/me/sessions/{session_id}", "Security", "End one of my sessions", Access::signed_in()},
               [s](Call<shapes::SessionPath> call, Answer<> answer) {
                 s->sign_ins.end(call.caller.user_id, std::move(call.query.session_id),
                                 [s, answer = std::move(answer)](auto ended) mutable {
                                   if (!ended && ended.error() == store::StoreError::not_found)
                                     return answer(api::not_found());
                                   if (!ended) return answer(api::from_store(ended.error()));
                                   s->parts.callers.forget_token(*ended);
                                   answer();
                                 });
               });
  registry.add(
      {"POST", "/api/me/sessions/end-others", "Security", "End every session but this one", Access::signed_in()},
      [s](Call<> call, Answer<> answer) {
        s->sign_ins.end_others(call.caller.user_id, call.caller.token_hash,
                               [s, answer = std::move(answer)](auto ended) mutable {
                                 if (!ended) return answer(api::from_store(ended.error()));
                                 for (const std::string& hash : *ended) s->parts.callers.forget_token(hash);
                                 answer();
                               });
      });
}

}  // namespace

void add_security_endpoints(api::Registry& registry, const EndpointParts& parts) {
  const auto security = std::make_shared<Security>(parts);
  add_passwords(registry, security);
  add_second_factor(registry, security);
  add_passkeys(registry, security);
  add_sessions(registry, security);
}

}  // namespace sealhall::identity
