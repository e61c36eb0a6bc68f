// Tested in server/control/identity_test.cc
#include "server/identity/passkeys.h"

#include <utility>

#include "core/base/encoding.h"
#include "core/meeting/display_name.h"
#include "io/log/log.h"
#include "server/identity/json_text.h"

namespace sealhall::identity {
namespace {

using api::ApiError;

constexpr Duration challenge_lasts = std::chrono::minutes{5};
constexpr std::size_t most_challenges = 10'000;
constexpr std::size_t most_passkeys = 25;

/// One answer for everything that does not verify; the log has the kind.
ApiError refused(PasskeyError error) {
  io::log::info("a passkey was refused", {{"kind", static_cast<int>(error)}});
  return {401, "That passkey was not accepted. Please try again."};
}

/// The challenge in the browser's answer, "" when it cannot be read. Whether it is the right one is checked later.
std::string challenge_in(ByteView client_data) {
  const auto object = json_object(as_text(client_data), 4096);
  return object ? std::string{text_member(*object, "challenge").value_or("")} : std::string{};
}

}  // namespace

void Challenges::put(std::string challenge, std::string user_id, Instant now) {
  while (!by_age_.empty()) {
    const auto oldest = waiting_.find(by_age_.front());
    if (oldest->second.until > now && waiting_.size() < most_challenges) break;
    waiting_.erase(oldest);
    by_age_.pop_front();
  }
  by_age_.push_back(challenge);
  waiting_.insert_or_assign(std::move(challenge),
                            Waiting{std::move(user_id), now + challenge_lasts, std::prev(by_age_.end())});
}

bool Challenges::take(const std::string& challenge, std::string_view user_id, Instant now) {
  const auto found = waiting_.find(challenge);
  if (found == waiting_.end()) return false;
  const bool right = found->second.until > now && found->second.user_id == user_id;
  by_age_.erase(found->second.order);
  waiting_.erase(found);
  return right;
}

Passkeys::Passkeys(Accounts& accounts, std::string public_url)
    : accounts_(accounts),
      store_(accounts.parts().engine),
      factors_(accounts.parts().engine),
      origin_(std::move(public_url)),
      rp_id_(rp_id_of(origin_)) {}

std::string Passkeys::new_challenge(std::string user_id) {
  std::string challenge = accounts_.random_text(32);
  challenges_.put(challenge, std::move(user_id), accounts_.parts().loop.now());
  return challenge;
}

PasskeyExpectation Passkeys::expectation(std::string challenge) const {
  return {std::move(challenge), {origin_}, rp_id_};
}

void Passkeys::begin_registration(const store::User& user, Done<Creation> done) {
  if (rp_id_.empty()) return done(unexpected(ApiError{409, "Passkeys need a server with a name, not an address."}));
  factors_.passkeys_of(user.id, [this, user, done = std::move(done)](auto passkeys) mutable {
    if (!passkeys) return done(unexpected(api::from_store(passkeys.error())));
    if (passkeys->size() >= most_passkeys)
      return done(unexpected(ApiError{409, "At most 25 passkeys. Remove one first."}));
    Creation out{new_challenge(user.id), rp_id_, to_base64url(as_bytes(user.id)), user.login, user.name, {}};
    for (store::Passkey& p : *passkeys) out.exclude.push_back(std::move(p.credential_id));
    done(std::move(out));
  });
}

void Passkeys::finish_registration(const store::User& user, std::string name, Bytes client_data,
                                   Bytes attestation_object, Done<store::Passkey> done) {
  const std::string challenge = challenge_in(client_data);
  if (!challenges_.take(challenge, user.id, accounts_.parts().loop.now())) {
    return done(unexpected(refused(PasskeyError::wrong_challenge)));
  }
  auto made = register_passkey(client_data, attestation_object, expectation(challenge));
  if (!made) return done(unexpected(refused(made.error())));
  name = meeting::display_name(name);
  store::Passkey passkey{
      to_base64url(made->credential_id), user.id,          static_cast<std::int64_t>(made->key.algorithm),
      std::move(made->key.key),          made->sign_count, made->backed_up,
      name.empty() ? "Passkey" : name,   accounts_.now(),  std::nullopt};
  factors_.add_passkey(passkey, [passkey, done = std::move(done)](auto added) mutable {
    if (!added && added.error() == store::StoreError::taken) {
      return done(unexpected(ApiError{409, "That passkey is registered already."}));
    }
    if (!added) return done(unexpected(api::from_store(added.error())));
    done(std::move(passkey));
  });
}

Passkeys::Request Passkeys::begin_sign_in() { return {new_challenge({}), rp_id_}; }

void Passkeys::finish_sign_in(PasskeyAnswer answer, SignInSource source, Done<SignedIn> done) {
  const Instant moment = accounts_.parts().loop.now();
  if (const Duration wait = accounts_.guard().wait({"", source.address}, moment); wait > Duration::zero()) {
    return done(unexpected(api::too_many(meeting::retry_after_seconds(wait))));
  }
  const std::string challenge = challenge_in(answer.client_data);
  if (!challenges_.take(challenge, {}, moment)) return done(unexpected(refused(PasskeyError::wrong_challenge)));
  const std::string id = to_base64url(answer.credential_id);
  factors_.passkey(id, [this, id, challenge, answer = std::move(answer), source = std::move(source),
                        done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(api::from_store(found.error())));
    if (!*found) return done(unexpected(refused(PasskeyError::unknown_credential)));
    const store::Passkey passkey = std::move(**found);
    const PasskeyKey key{static_cast<PasskeyAlgorithm>(passkey.algorithm), passkey.public_key};
    const auto used = check_passkey(answer, {answer.credential_id, key, passkey.sign_count}, expectation(challenge));
    if (!used) return done(unexpected(refused(used.error())));
    factors_.use_passkey(
        id, passkey.sign_count, used->sign_count, used->backed_up, accounts_.now(),
        [this, user_id = passkey.user_id, source = std::move(source), done = std::move(done)](auto kept) mutable {
          if (!kept) return done(unexpected(refused(PasskeyError::counter_went_back)));
          store_.user(user_id, [this, source = std::move(source), done = std::move(done)](auto user) mutable {
            if (!user) return done(unexpected(api::from_store(user.error())));
            if (!*user || (*user)->disabled) {
              return done(unexpected(refused(PasskeyError::unknown_credential)));
            }
            accounts_.start_session(std::move(**user), "passkey", std::move(source), true, std::move(done));
          });
        });
  });
}

void Passkeys::list(std::string user_id, Done<std::vector<store::Passkey>> done) {
  factors_.passkeys_of(std::move(user_id), [done = std::move(done)](auto passkeys) mutable {
    if (!passkeys) return done(unexpected(api::from_store(passkeys.error())));
    done(std::move(*passkeys));
  });
}

void Passkeys::remove(std::string user_id, std::string credential_id, Done<void> done) {
  factors_.remove_passkey(std::move(user_id), std::move(credential_id), [done = std::move(done)](auto removed) mutable {
    if (!removed && removed.error() == store::StoreError::not_found) return done(unexpected(api::not_found()));
    if (!removed) return done(unexpected(api::from_store(removed.error())));
    done({});
  });
}

}  // namespace sealhall::identity
