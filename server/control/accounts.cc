#include "server/control/accounts.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "core/ice/address.h"
#include "core/meeting/display_name.h"

namespace sealhall::control {
namespace {

UnixMicros plus(UnixMicros time, Duration d) { return UnixMicros{static_cast<std::int64_t>(time) + d.count()}; }

ApiError from_password(PasswordError error) {
  if (error == PasswordError::busy) return {503, "Many people are signing in. Please try again.", {}, 2};
  return {503, "The server is short of memory. Please try again.", {}, 10};
}

ApiError wrong_sign_in() { return {401, "That name and password do not belong together."}; }

}  // namespace

std::string token_hash(std::string_view token) { return to_hex(crypto::sha256(as_bytes(token))); }

std::string normalised_login(std::string_view login) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t from = login.find_first_not_of(space);
  if (from == std::string_view::npos) return {};
  login = login.substr(from, login.find_last_not_of(space) - from + 1);
  std::string out{login};
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string source_of(const io::Endpoint& peer) {
  const auto address = ice::Address::parse(peer.address, 0);
  if (!address) return "unknown";
  return to_hex(address->family == ice::Family::ipv4 ? address->ip_bytes() : address->ip_bytes().first(8));
}

std::string Accounts::random_text(std::size_t bytes) {
  Bytes random(bytes);
  random_.fill(random);
  return to_base64url(random);
}

void Accounts::sign_in(std::string login, std::string password, std::string source, Done<SignedIn> done) {
  login = normalised_login(login);
  const Instant now = loop_.now();
  const Duration wait = std::max(by_source_.wait(source, now), by_login_.wait(login, now));
  if (wait > Duration::zero()) return done(unexpected(too_many(meeting::retry_after_seconds(wait))));
  // Counted before it is checked, so that guesses sent at the same time count too.
  by_source_.failed(source, now);
  by_login_.failed(login, now);
  store_.user_by_login(login, [this, login, password = std::move(password), source = std::move(source),
                               done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(from_store(found.error())));
    const bool usable = found->has_value() && !(*found)->disabled;
    std::string hash = usable ? (*found)->password_hash : std::string{};
    hasher_.verify(std::move(hash), std::move(password),
                   [this, login, source, user = std::move(*found), done = std::move(done)](auto right) mutable {
                     if (!right) return done(unexpected(from_password(right.error())));
                     if (!*right) return done(unexpected(wrong_sign_in()));
                     by_source_.succeeded(source);
                     by_login_.succeeded(login);
                     start_session(std::move(*user), std::move(done));
                   });
  });
}

void Accounts::start_session(store::User user, Done<SignedIn> done) {
  SignedIn signed_in{random_text(32), plus(clock_.now(), times_.session), std::move(user)};
  store::Session session{token_hash(signed_in.token), signed_in.user.id, clock_.now(), signed_in.expires_at};
  store_.create_session(std::move(session),
                        [signed_in = std::move(signed_in), done = std::move(done)](auto stored) mutable {
                          if (!stored) return done(unexpected(from_store(stored.error())));
                          done(std::move(signed_in));
                        });
}

void Accounts::sign_out(std::string_view token, Done<void> done) {
  store_.end_session(token_hash(token), [done = std::move(done)](auto ended) mutable {
    if (!ended) return done(unexpected(from_store(ended.error())));
    done({});
  });
}

void Accounts::user_of(std::string_view token, Done<std::optional<store::User>> done) {
  store_.user_of_session(token_hash(token), clock_.now(), [done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(from_store(user.error())));
    done(std::move(*user));
  });
}

std::optional<ApiError> Accounts::wrong_with(const NewAccount& account) const {
  const auto plain = [](char c) { return c > ' ' && c < 0x7F; };
  if (account.login.size() < 2 || account.login.size() > 64 || !std::ranges::all_of(account.login, plain)) {
    return wrong_field("login", "2 to 64 letters, digits or signs, without spaces.");
  }
  if (account.name.empty()) return wrong_field("name", "Please give a name.");
  if (account.password.size() < min_password_bytes) return wrong_field("password", "At least 10 characters.");
  if (account.password.size() > max_password_bytes) return wrong_field("password", "At most 128 characters.");
  return std::nullopt;
}

void Accounts::create(NewAccount account, Done<store::User> done) {
  account.login = normalised_login(account.login);
  account.name = meeting::display_name(account.name);
  if (const auto error = wrong_with(account)) return done(unexpected(*error));
  hasher_.hash(account.password, [this, account, done = std::move(done)](auto hash) mutable {
    if (!hash) return done(unexpected(from_password(hash.error())));
    store::User user{random_text(16), account.login, account.name, account.role, std::move(*hash), clock_.now(), false};
    store_.create_user(user, [user, done = std::move(done)](auto made) mutable {
      if (!made) return done(unexpected(from_store(made.error())));
      done(std::move(user));
    });
  });
}

void Accounts::offer_setup(Done<std::optional<std::string>> done) {
  store_.needs_setup([this, done = std::move(done)](auto needed) mutable {
    if (!needed) return done(unexpected(from_store(needed.error())));
    if (!*needed) return done(std::optional<std::string>{});
    std::string token = random_text(32);
    std::string hash = token_hash(token);
    store_.put_setup_link(std::move(hash), plus(clock_.now(), times_.setup_link),
                          [token = std::move(token), done = std::move(done)](auto put) mutable {
                            if (!put) return done(unexpected(from_store(put.error())));
                            done(std::optional{std::move(token)});
                          });
  });
}

void Accounts::set_up(std::string token, NewAccount admin, std::string source, Done<SignedIn> done) {
  const Instant now = loop_.now();
  if (const Duration wait = by_source_.wait(source, now); wait > Duration::zero()) {
    return done(unexpected(too_many(meeting::retry_after_seconds(wait))));
  }
  admin.login = normalised_login(admin.login);
  admin.name = meeting::display_name(admin.name);
  if (const auto error = wrong_with(admin)) return done(unexpected(*error));
  by_source_.failed(source, now);
  hasher_.hash(admin.password, [this, token = std::move(token), admin, source = std::move(source),
                                done = std::move(done)](auto hash) mutable {
    if (!hash) return done(unexpected(from_password(hash.error())));
    store::User user{random_text(16),  admin.login,  admin.name, store::UserRole::admin,
                     std::move(*hash), clock_.now(), false};
    store_.use_setup_link(
        token_hash(token), clock_.now(), user, [this, user, source, done = std::move(done)](auto used) mutable {
          if (!used && used.error() == store::StoreError::not_valid) {
            return done(unexpected(
                ApiError{403, "This set-up link is not valid any more. Start the server again for a new one."}));
          }
          if (!used) return done(unexpected(from_store(used.error())));
          by_source_.succeeded(source);
          start_session(std::move(user), std::move(done));
        });
  });
}

}  // namespace sealhall::control
