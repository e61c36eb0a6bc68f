// Passkeys as a service: challenges are given out, answers are checked against what is stored.
#pragma once

#include <list>
#include <map>
#include <string>
#include <vector>

#include "server/identity/accounts.h"
#include "server/identity/webauthn.h"
#include "store/factors.h"

namespace sealhall::identity {

/// Challenges that were given out and not used yet: each is good for one ceremony, one person and five minutes.
class Challenges {
 public:
  /// `user_id` "" when it is not known who signs in. At most 10,000 wait; the oldest go first.
  void put(std::string challenge, std::string user_id, Instant now);
  /// Whether it was given out for this; it is gone afterwards in any case.
  bool take(const std::string& challenge, std::string_view user_id, Instant now);
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size(); }

 private:
  struct Waiting {
    std::string user_id;
    Instant until{};
    std::list<std::string>::iterator order;
  };
  std::map<std::string, Waiting> waiting_;
  std::list<std::string> by_age_;
};

class Passkeys {
 public:
  /// `public_url` is the origin of our own pages.
  Passkeys(Accounts& accounts, std::string public_url);

  struct Creation {
    std::string challenge;
    std::string rp_id;
    std::string user_id;
    std::string user_name;
    std::string display_name;
    std::vector<std::string> exclude;  ///< credentials that this person has
  };
  void begin_registration(const store::User& user, Done<Creation> done);
  void finish_registration(const store::User& user, std::string name, Bytes client_data, Bytes attestation_object,
                           Done<store::Passkey> done);

  struct Request {
    std::string challenge;
    std::string rp_id;
  };
  Request begin_sign_in();
  void finish_sign_in(PasskeyAnswer answer, SignInSource source, Done<SignedIn> done);

  void list(std::string user_id, Done<std::vector<store::Passkey>> done);
  void remove(std::string user_id, std::string credential_id, Done<void> done);

 private:
  std::string new_challenge(std::string user_id);
  [[nodiscard]] PasskeyExpectation expectation(std::string challenge) const;

  Accounts& accounts_;
  store::Store store_;
  store::Factors factors_;
  std::string origin_;
  std::string rp_id_;
  Challenges challenges_;
};

}  // namespace sealhall::identity
