// Everything about who people are, put together: accounts, second factors, passkeys, mail, providers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/expected.h"
#include "io/curl/curl.h"
#include "io/mail/smtp_mailer.h"
#include "server/identity/endpoints.h"
#include "server/identity/log_keeper.h"
#include "server/identity/oidc_sign_in.h"

namespace sealhall::control {

struct PeopleOptions {
  std::optional<io::SmtpSettings> smtp = std::nullopt;  ///< none: mails wait in the outbox
  std::vector<identity::OidcProvider> providers = {};
  std::string breached_passwords = {};  ///< a file as identity::BreachList takes it; empty: none
  io::Mailer* mailer = nullptr;         ///< instead of SMTP; for tests
};

class People {
 public:
  struct Parts {
    io::Loop& loop;
    store::Engine& engine;
    const io::WallClock& clock;
    RandomSource& random;
    identity::PasswordHasher& hasher;
    vault::Vault* vault;  ///< none: no second factors, no mail
    api::CallerCache& callers;
    EventBus& events;
  };
  /// The failure is a sentence about an option.
  static expected<std::unique_ptr<People>, std::string> make(Parts parts, PeopleOptions options,
                                                             identity::AccountTimes times);
  ~People();

  /// Once, when it is known what links begin with.
  /// `organisation` is asked for every invitation: what the server is called then.
  void add_endpoints(api::Registry& registry, const std::string& public_url, std::function<std::string()> organisation);

  [[nodiscard]] identity::Accounts& accounts() noexcept { return *accounts_; }
  [[nodiscard]] identity::LogKeeper& logs() noexcept { return *logs_; }
  /// For invitations and everything else that is sent; null without a vault.
  [[nodiscard]] io::Mailer* mailer() noexcept { return outbox_.get(); }

 private:
  explicit People(Parts parts, PeopleOptions options) : parts_(parts), options_(std::move(options)) {}
  void add_provider_endpoints(api::Registry& registry);

  Parts parts_;
  PeopleOptions options_;
  std::unique_ptr<io::Curl> curl_;
  std::unique_ptr<io::SmtpMailer> smtp_;
  std::unique_ptr<identity::BreachList> breached_;
  std::unique_ptr<identity::OutboxMailer> outbox_;
  std::unique_ptr<identity::SecondFactors> factors_;
  std::unique_ptr<identity::Accounts> accounts_;
  std::unique_ptr<identity::Passkeys> passkeys_;
  std::unique_ptr<identity::Credentials> credentials_;
  std::unique_ptr<identity::OidcSignIn> oidc_;
  std::unique_ptr<identity::LogKeeper> logs_;
};

}  // namespace sealhall::control
