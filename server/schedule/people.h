// Who people are, as scheduling asks: by id or by address, within an account.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "server/api/caller.h"
#include "server/schedule/meeting.h"
#include "store/store.h"

namespace sealhall::schedule {

class People {
 public:
  virtual ~People() = default;
  virtual void by_id(const std::string& id, api::Done<std::optional<Person>> done) = 0;
  /// Of that account; without regard to case.
  virtual void by_email(const std::string& account_id, const std::string& email,
                        api::Done<std::optional<Person>> done) = 0;
};

/// From the accounts of the store. A name to sign in with that is an address is the person's address.
class StorePeople final : public People {
 public:
  explicit StorePeople(store::Store& store) noexcept : store_(store) {}
  void by_id(const std::string& id, api::Done<std::optional<Person>> done) override;
  void by_email(const std::string& account_id, const std::string& email,
                api::Done<std::optional<Person>> done) override;

 private:
  store::Store& store_;
};

}  // namespace sealhall::schedule
