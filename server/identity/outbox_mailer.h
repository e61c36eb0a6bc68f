// The mailer that the server's parts are given: keeps every mail in the store, sealed, until a mail server has taken
// it.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "core/base/random.h"
#include "io/mail/mailer.h"
#include "io/net/clock.h"
#include "io/net/timer.h"
#include "server/vault/vault.h"
#include "store/outbox.h"

namespace sealhall::identity {

/// `send` is done when the mail is in the outbox. Delivery goes on in the background: one mail after the other, again
/// after 1, 5, 15 minutes, 1 hour, then every 4 hours for three days; what the mail server refuses for good is given up
/// at once. A mail may arrive twice when the process dies between the mail server's yes and our writing it down; never
/// not at all.
class OutboxMailer final : public io::Mailer {
 public:
  struct Parts {
    io::Loop& loop;
    store::Engine& engine;
    vault::Vault& vault;
    const io::WallClock& clock;
    RandomSource& random;
    io::Mailer* smtp = nullptr;                     ///< none: nobody said where mail goes, so it is kept
    Duration store_away = std::chrono::minutes{1};  ///< how long to wait when the store cannot be asked or told
  };
  explicit OutboxMailer(Parts parts);
  ~OutboxMailer() override;

  void send(io::Mail mail, Done done) override;
  /// Tries what is due now; also at the start, for what was left from before.
  void run();
  [[nodiscard]] bool configured() const noexcept { return parts_.smtp != nullptr; }
  void counts(store::Done<store::Outbox::Counts> done) { outbox_.counts(std::move(done)); }

  /// How long to wait after that many attempts in vain; zero: give up.
  static Duration pause_after(std::int64_t attempts) noexcept;

 private:
  void deliver(store::OutboxMail row);
  void finish(store::OutboxMail row, expected<void, io::MailError> result);
  void sleep();

  /// `use`, unless this is gone by the time it is called.
  template <class Use>
  auto if_alive(Use use) {
    return [alive = std::weak_ptr{alive_}, use = std::move(use)](auto result) mutable {
      if (!alive.expired()) use(std::move(result));
    };
  }

  Parts parts_;
  store::Outbox outbox_;
  io::Timer timer_;
  bool busy_ = false;
  bool again_ = false;  ///< something came while busy
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// A mail as bytes for the vault, and back; nullopt for anything else.
Bytes pack_mail(const io::Mail& mail);
std::optional<io::Mail> unpack_mail(ByteView bytes);

}  // namespace sealhall::identity
