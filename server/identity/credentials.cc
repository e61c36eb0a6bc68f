// Tested in server/control/identity_test.cc
#include "server/identity/credentials.h"

#include <utility>

#include "core/meeting/display_name.h"
#include "io/log/log.h"
#include "io/mail/message.h"
#include "server/identity/account_words.h"

namespace sealhall::identity {
namespace {

using api::ApiError;

ApiError link_not_valid() { return {403, "This link is not valid any more. Please ask for a new one."}; }

ApiError from_password(PasswordError error) {
  if (error == PasswordError::busy) return {503, "Many people are signing in. Please try again.", {}, 2};
  return {503, "The server is short of memory. Please try again.", {}, 10};
}

}  // namespace

void Credentials::change(const store::User& user, std::string present, std::string wanted, SignInSource source,
                         std::string hash_of_token, Done<void> done) {
  Accounts& accounts = parts_.accounts;
  if (auto wrong = accounts.wrong_password("new_password", wanted, {user.login, user.name})) {
    return done(unexpected(std::move(*wrong)));
  }
  accounts.confirm_password(
      user, std::move(present), std::move(source),
      [this, user, wanted = std::move(wanted), hash_of_token = std::move(hash_of_token),
       done = std::move(done)](auto right) mutable {
        if (!right) return done(unexpected(std::move(right.error())));
        parts_.accounts.hasher().hash(std::move(wanted), [this, user, hash_of_token = std::move(hash_of_token),
                                                          done = std::move(done)](auto hash) mutable {
          if (!hash) return done(unexpected(from_password(hash.error())));
          sign_ins_.set_password(user.id, std::move(*hash), std::move(hash_of_token),
                                 [this, user, done = std::move(done)](auto set) mutable {
                                   if (!set) return done(unexpected(api::from_store(set.error())));
                                   parts_.callers.forget_user(user.id);
                                   parts_.accounts.log_operation(user.account_id, user.id, "change", "password",
                                                                 user.id);
                                   done({});
                                 });
        });
      });
}

void Credentials::request_reset(std::string login, SignInSource source, Done<void> done) {
  login = normalised_login(login);
  SignInGuard& guard = parts_.accounts.guard();
  const Instant moment = parts_.accounts.parts().loop.now();
  const std::string counted = "reset " + login;  // its own count: asking for a reset locks no sign-in
  if (const Duration wait = guard.wait({counted, source.address}, moment); wait > Duration::zero()) {
    return done(unexpected(api::too_many(meeting::retry_after_seconds(wait))));
  }
  guard.begins({counted, source.address}, moment);
  store_.user_by_login(login, [this, done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(api::from_store(user.error())));
    // Answered before anything is written: who is here cannot be told from the time either.
    done({});
    if (*user && !(*user)->disabled && io::is_mail_address((*user)->login)) send_reset(**user);
  });
}

void Credentials::send_reset(const store::User& user) {
  const std::string token = parts_.accounts.random_text(32);
  sign_ins_.put_reset(token_hash(token), user.id, plus(parts_.accounts.now(), parts_.times.reset),
                      [this, user, token](auto put) {
                        if (!put) return io::log::warning("a password reset could not be written down");
                        io::Mail mail;
                        mail.to = user.login;
                        AccountMail words = reset_mail(user.name, parts_.public_url, token);
                        mail.subject = std::move(words.subject);
                        mail.text = std::move(words.text);
                        parts_.mailer.send(std::move(mail), [](auto kept) {
                          if (!kept) io::log::warning("the mail with a password reset could not be kept");
                        });
                      });
}

void Credentials::look_reset(std::string token, Done<void> done) {
  sign_ins_.user_of_reset(token_hash(token), parts_.accounts.now(), [done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(api::from_store(user.error())));
    if (!*user) return done(unexpected(link_not_valid()));
    done({});
  });
}

void Credentials::finish_reset(std::string token, std::string password, SignInSource source, Done<void> done) {
  SignInGuard& guard = parts_.accounts.guard();
  const Instant moment = parts_.accounts.parts().loop.now();
  const std::string counted = "reset link";
  if (const Duration wait = guard.wait({counted + source.address, source.address}, moment); wait > Duration::zero()) {
    return done(unexpected(api::too_many(meeting::retry_after_seconds(wait))));
  }
  const std::string hash = token_hash(token);
  sign_ins_.user_of_reset(
      hash, parts_.accounts.now(),
      [this, hash, counted, moment, password = std::move(password), source = std::move(source),
       done = std::move(done)](auto user) mutable {
        if (!user) return done(unexpected(api::from_store(user.error())));
        if (!*user) {
          parts_.accounts.guard().begins({counted + source.address, source.address}, moment);
          return done(unexpected(link_not_valid()));
        }
        if (auto wrong = parts_.accounts.wrong_password("password", password, {(*user)->login, (*user)->name})) {
          return done(unexpected(std::move(*wrong)));
        }
        parts_.accounts.hasher().hash(
            std::move(password), [this, hash, user = std::move(**user), done = std::move(done)](auto hashed) mutable {
              if (!hashed) return done(unexpected(from_password(hashed.error())));
              sign_ins_.reset_password(hash, parts_.accounts.now(), user.id, std::move(*hashed),
                                       [this, user, done = std::move(done)](auto reset) mutable {
                                         if (!reset && reset.error() == store::StoreError::not_valid)
                                           return done(unexpected(link_not_valid()));
                                         if (!reset) return done(unexpected(api::from_store(reset.error())));
                                         parts_.callers.forget_user(user.id);
                                         parts_.accounts.log_operation(user.account_id, user.id, "reset", "password",
                                                                       user.id);
                                         done({});
                                       });
            });
      });
}

void Credentials::invite(const api::Caller& by, Invite invite, Done<store::Invitation> done) {
  invite.login = normalised_login(invite.login);
  if (!io::is_mail_address(invite.login))
    return done(unexpected(api::wrong_field("login", "This must be a mail address.")));
  if (invite.login.size() > 64) return done(unexpected(api::wrong_field("login", "At most 64 characters.")));
  const std::string token = parts_.accounts.random_text(32);
  const UnixMicros now = parts_.accounts.now();
  store::Invitation row{parts_.accounts.random_text(16),
                        by.account_id,
                        token_hash(token),
                        std::move(invite.login),
                        std::move(invite.role),
                        std::move(invite.group_id),
                        by.user_id,
                        now,
                        plus(now, parts_.times.invitation)};
  sign_ins_.invite(row, [this, row, token, done = std::move(done)](auto kept) mutable {
    if (!kept && kept.error() == store::StoreError::taken) {
      return done(unexpected(ApiError{409, "Somebody with that address is here already."}));
    }
    if (!kept && kept.error() == store::StoreError::not_found) {
      return done(unexpected(api::wrong_field("group_id", "There is no such group.")));
    }
    if (!kept) return done(unexpected(api::from_store(kept.error())));
    io::Mail mail;
    mail.to = row.login;
    AccountMail words = invitation_mail(parts_.public_url, token, parts_.organisation ? parts_.organisation() : "");
    mail.subject = std::move(words.subject);
    mail.text = std::move(words.text);
    parts_.mailer.send(std::move(mail), [this, row, done = std::move(done)](auto sent) mutable {
      if (!sent) return done(unexpected(ApiError{503, "The invitation could not be sent. Please try again.", {}, 5}));
      parts_.accounts.log_operation(row.account_id, row.invited_by, "invite", "user", row.id);
      done(std::move(row));
    });
  });
}

void Credentials::invitations(std::string account_id, Done<std::vector<store::Invitation>> done) {
  sign_ins_.invitations(std::move(account_id), [done = std::move(done)](auto rows) mutable {
    if (!rows) return done(unexpected(api::from_store(rows.error())));
    done(std::move(*rows));
  });
}

void Credentials::revoke(std::string account_id, std::string id, Done<void> done) {
  sign_ins_.revoke_invitation(std::move(account_id), std::move(id), [done = std::move(done)](auto revoked) mutable {
    if (!revoked && revoked.error() == store::StoreError::not_found) return done(unexpected(api::not_found()));
    if (!revoked) return done(unexpected(api::from_store(revoked.error())));
    done({});
  });
}

void Credentials::look(std::string token, Done<store::Invitation> done) {
  sign_ins_.invitation(token_hash(token), parts_.accounts.now(), [done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(api::from_store(row.error())));
    if (!*row) return done(unexpected(link_not_valid()));
    done(std::move(**row));
  });
}

void Credentials::accept(std::string token, std::string name, std::string password, SignInSource source,
                         Done<SignedIn> done) {
  look(std::move(token), [this, name = meeting::display_name(name), password = std::move(password),
                          source = std::move(source), done = std::move(done)](auto row) mutable {
    if (!row) return done(unexpected(std::move(row.error())));
    if (name.empty()) return done(unexpected(api::wrong_field("name", "Please give a name.")));
    if (auto wrong = parts_.accounts.wrong_password("password", password, {row->login, name})) {
      return done(unexpected(std::move(*wrong)));
    }
    parts_.accounts.hasher().hash(std::move(password), [this, row = std::move(*row), name, source = std::move(source),
                                                        done = std::move(done)](auto hash) mutable {
      if (!hash) return done(unexpected(from_password(hash.error())));
      store::User user{
          parts_.accounts.random_text(16), row.login, name,          store::UserRole::member, std::move(*hash),
          parts_.accounts.now(),           false,     row.account_id};
      user.role_id = row.role;
      if (row.role == "owner" || row.role == "admin") user.role = store::UserRole::admin;
      sign_ins_.accept(row, parts_.accounts.now(), user,
                       [this, user, source = std::move(source), done = std::move(done)](auto accepted) mutable {
                         if (!accepted && accepted.error() == store::StoreError::not_valid) {
                           return done(unexpected(link_not_valid()));
                         }
                         if (!accepted) return done(unexpected(api::from_store(accepted.error())));
                         parts_.accounts.publish("user.invitation_accepted", user);
                         parts_.accounts.publish("user.created", user);
                         parts_.accounts.start_session(std::move(user), "invitation", std::move(source), false,
                                                       std::move(done));
                       });
    });
  });
}

}  // namespace sealhall::identity
