// Tested in server/control/identity_test.cc
#include "server/identity/second_factors.h"

#include <utility>

#include "server/identity/recovery_codes.h"
#include "server/identity/totp.h"

namespace sealhall::identity {
namespace {

using api::ApiError;

ApiError code_needed() {
  return {401, "Please enter a code.", {{"code", "The code that your authenticator app shows, or a recovery code."}}};
}
ApiError wrong_code() { return {401, "That code is not right.", {{"code", "Not right, too old, or used already."}}}; }
ApiError vault_away() { return {503, "The key service does not answer. Please try again.", {}, 5}; }

vault::SealContext place_of(const store::User& user) { return {user.account_id, "user", user.id, "totp"}; }

}  // namespace

void SecondFactors::open_secret(const store::User& user, Bytes sealed, Done<Bytes> done) {
  vault_.open(place_of(user), std::move(sealed), [done = std::move(done)](auto opened) mutable {
    if (!opened && opened.error() == vault::VaultError::unavailable) return done(unexpected(vault_away()));
    if (!opened)
      return done(unexpected(ApiError{500, "The second factor cannot be read. An administrator can reset it."}));
    done(std::move(*opened));
  });
}

void SecondFactors::check(const store::User& user, std::string code, Done<Checked> done) {
  factors_.totp(user.id, [this, user, code = std::move(code), done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    if (!*found || !(*found)->confirmed) return done(Checked::none_set_up);
    if (code.empty()) return done(unexpected(code_needed()));
    // The two have different forms, so one field is enough.
    if (const auto hash = recovery_code_hash(user.id, code)) {
      return factors_.use_recovery_code(user.id, *hash, [done = std::move(done)](auto used) mutable {
        if (!used && used.error() == store::StoreError::not_valid) return done(unexpected(wrong_code()));
        if (!used) return done(unexpected(api::from_store(used.error())));
        done(Checked::with_recovery_code);
      });
    }
    const std::int64_t last_step = (*found)->last_step;
    open_secret(user, std::move((*found)->secret_sealed),
                [this, user, last_step, code = std::move(code), done = std::move(done)](auto secret) mutable {
                  if (!secret) return done(unexpected(std::move(secret.error())));
                  const auto step = check_totp(*secret, code, clock_.now(), last_step);
                  wipe(*secret);
                  if (!step) return done(unexpected(wrong_code()));
                  factors_.use_totp(user.id, *step, [done = std::move(done)](auto used) mutable {
                    if (!used && used.error() == store::StoreError::not_valid) return done(unexpected(wrong_code()));
                    if (!used) return done(unexpected(api::from_store(used.error())));
                    done(Checked::with_code);
                  });
                });
  });
}

void SecondFactors::begin(const store::User& user, Done<Enrolment> done) {
  const TotpSecret secret = new_totp_secret(random_);
  const ByteView bytes = secret.reveal();
  Enrolment enrolment{to_base32(bytes), totp_uri(bytes, "Sealhall", user.login)};
  vault_.seal(place_of(user), "account", Bytes{bytes.begin(), bytes.end()},
              [this, user, enrolment = std::move(enrolment), done = std::move(done)](auto sealed) mutable {
                if (!sealed) return done(unexpected(vault_away()));
                factors_.begin_totp({user.id, std::move(*sealed), false, 0, clock_.now()},
                                    [enrolment = std::move(enrolment), done = std::move(done)](auto begun) mutable {
                                      if (!begun && begun.error() == store::StoreError::taken) {
                                        return done(unexpected(ApiError{409, "There is a second factor already."}));
                                      }
                                      if (!begun) return done(unexpected(api::from_store(begun.error())));
                                      done(std::move(enrolment));
                                    });
              });
}

std::vector<std::string> SecondFactors::new_codes(const std::string& user_id, std::vector<std::string>& hashes) {
  std::vector<std::string> codes;
  for (std::size_t i = 0; i < recovery_code_count; ++i) {
    codes.push_back(new_recovery_code(random_));
    hashes.push_back(*recovery_code_hash(user_id, codes.back()));
  }
  return codes;
}

void SecondFactors::confirm(const store::User& user, std::string code, Done<std::vector<std::string>> done) {
  factors_.totp(user.id, [this, user, code = std::move(code), done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    if (!*found || (*found)->confirmed) {
      return done(unexpected(ApiError{409, "There is nothing to confirm. Begin by asking for a new secret."}));
    }
    open_secret(user, std::move((*found)->secret_sealed),
                [this, user, code = std::move(code), done = std::move(done)](auto secret) mutable {
                  if (!secret) return done(unexpected(std::move(secret.error())));
                  const auto step = check_totp(*secret, code, clock_.now(), 0);
                  wipe(*secret);
                  if (!step)
                    return done(unexpected(
                        api::wrong_field("code", "That code is not right. Is the clock of your phone right?")));
                  std::vector<std::string> hashes;
                  auto codes = new_codes(user.id, hashes);
                  factors_.confirm_totp(user.id, *step, std::move(hashes),
                                        [codes = std::move(codes), done = std::move(done)](auto confirmed) mutable {
                                          if (!confirmed) return done(unexpected(api::from_store(confirmed.error())));
                                          done(std::move(codes));
                                        });
                });
  });
}

void SecondFactors::renew_codes(const store::User& user, Done<std::vector<std::string>> done) {
  factors_.totp(user.id, [this, user, done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    if (!*found || !(*found)->confirmed)
      return done(unexpected(ApiError{409, "There is no second factor to recover."}));
    std::vector<std::string> hashes;
    auto codes = new_codes(user.id, hashes);
    factors_.set_recovery_codes(user.id, std::move(hashes),
                                [codes = std::move(codes), done = std::move(done)](auto set) mutable {
                                  if (!set) return done(unexpected(api::from_store(set.error())));
                                  done(std::move(codes));
                                });
  });
}

void SecondFactors::disable(const store::User& user, std::string code, Done<void> done) {
  check(user, std::move(code), [this, user, done = std::move(done)](auto checked) mutable {
    if (!checked) {
      ApiError error = std::move(checked.error());
      if (error.status == 401) error.status = 400;  // it is not the session that is wrong
      return done(unexpected(std::move(error)));
    }
    if (*checked == Checked::none_set_up) return done(unexpected(ApiError{409, "There is no second factor."}));
    factors_.remove_totp(user.id, [done = std::move(done)](auto removed) mutable {
      if (!removed) return done(unexpected(api::from_store(removed.error())));
      done({});
    });
  });
}

void SecondFactors::state(const std::string& user_id, Done<State> done) {
  factors_.totp(user_id, [this, user_id, done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    const bool has = *found && (*found)->confirmed;
    factors_.recovery_codes_left(user_id, [has, done = std::move(done)](auto left) mutable {
      if (!left) return done(unexpected(api::from_store(left.error())));
      done(State{has, *left});
    });
  });
}

}  // namespace sealhall::identity
