// Tested in service_test.cc
#include "server/schedule/people.h"
#include "core/base/ascii.h"

namespace sealhall::schedule {
namespace {

Person person_of(store::User user) {
  Person p;
  p.id = std::move(user.id);
  p.account_id = std::move(user.account_id);
  p.name = std::move(user.name);
  if (is_address(user.login)) p.email = std::move(user.login);
  return p;
}

}  // namespace

void StorePeople::by_id(const std::string& id, api::Done<std::optional<Person>> done) {
  store_.user(id, [done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(api::from_store(user.error())));
    if (!*user) return done(std::optional<Person>{});
    done(std::optional{person_of(std::move(**user))});
  });
}

void StorePeople::by_email(const std::string& account_id, const std::string& email,
                           api::Done<std::optional<Person>> done) {
  store_.user_by_login(ascii_lower(email), [account_id, done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(api::from_store(user.error())));
    if (!*user || (*user)->account_id != account_id || (*user)->disabled) return done(std::optional<Person>{});
    done(std::optional{person_of(std::move(**user))});
  });
}

}  // namespace sealhall::schedule
