// Scheduling within control: the service with everything that it stands on, put together.
#pragma once

#include <functional>
#include <string>

#include "server/api/registry.h"
#include "server/identity/accounts.h"
#include "server/schedule/service.h"
#include "store/assistants.h"
#include "store/engine.h"
#include "store/profiles.h"

namespace sealhall::control {

class Scheduling {
 public:
  struct Parts {
    store::Engine& engine;
    store::Store& store;
    vault::Vault& vault;
    EventBus& events;
    io::Mailer* mailer = nullptr;  ///< none: nobody gets mail
    const io::WallClock& clock;
    RandomSource& random;
    std::string public_url;
    schedule::Service::Starter starter;
    std::function<bool(const std::string&)> running;
    std::function<void(const std::string&)> end_running;
    identity::Accounts* accounts = nullptr;               ///< whose policies count; none: nobody has set any
    std::function<std::string()> organisation = nullptr;  ///< what signs the mails
  };
  explicit Scheduling(Parts parts);

  [[nodiscard]] schedule::Service& service() noexcept { return service_; }
  [[nodiscard]] schedule::People& people() noexcept { return people_; }

  /// Seals what the first version left readable, a batch at a time, until there is none.
  void seal_old();

 private:
  /// Where no mail was set up.
  class NoMail final : public io::Mailer {
   public:
    void send(io::Mail, Done done) override { done(unexpected(io::MailError::not_configured)); }
  };

  store::Schedule rows_;
  store::Assistants assistants_;
  store::Profiles profiles_;
  schedule::StorePeople people_;
  NoMail no_mail_;
  schedule::Service service_;
};

}  // namespace sealhall::control
