// Passwords that change, are forgotten, and are chosen for the first time: reset and invitation by mail.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/mail/mailer.h"
#include "server/api/caller_cache.h"
#include "server/identity/accounts.h"

namespace sealhall::identity {

class Credentials {
 public:
  struct Times {
    Duration reset = std::chrono::hours{1};
    Duration invitation = std::chrono::hours{24 * 7};
  };
  struct Parts {
    Accounts& accounts;
    io::Mailer& mailer;
    api::CallerCache& callers;
    std::string public_url;
    std::function<std::string()> organisation = nullptr;  ///< what the server is called; none, or "": nothing
    Times times = {};
  };
  explicit Credentials(Parts parts)
      : parts_(std::move(parts)),
        store_(parts_.accounts.parts().engine),
        sign_ins_(parts_.accounts.parts().engine),
        directory_(parts_.accounts.parts().engine) {}

  /// Asks for the present one again; ends every other session.
  void change(const store::User& user, std::string present, std::string wanted, SignInSource source,
              std::string token_hash, Done<void> done);

  /// Sends a link when somebody has that login and it is an address. Always a success, after about the same time:
  /// nobody learns who is here.
  void request_reset(std::string login, SignInSource source, Done<void> done);
  /// 403 for a link that is unknown, used or too old.
  void look_reset(std::string token, Done<void> done);
  /// Ends every session; second factors stay. 403 for a link that is unknown, used or too old.
  void finish_reset(std::string token, std::string password, SignInSource source, Done<void> done);

  struct Invite {
    std::string login;  ///< a mail address
    std::string role = "member";
    std::optional<std::string> group_id = std::nullopt;
  };
  /// 409 when somebody has that login. What may be given away was checked by the caller.
  void invite(const api::Caller& by, Invite invite, Done<store::Invitation> done);
  void invitations(std::string account_id, Done<std::vector<store::Invitation>> done);
  void revoke(std::string account_id, std::string id, Done<void> done);
  /// Whom an invitation is for; 403 when it is not valid.
  void look(std::string token, Done<store::Invitation> done);
  void accept(std::string token, std::string name, std::string password, SignInSource source, Done<SignedIn> done);

 private:
  void send_reset(const store::User& user);

  Parts parts_;
  store::Store store_;
  store::SignIns sign_ins_;
  store::Directory directory_;
};

}  // namespace sealhall::identity
