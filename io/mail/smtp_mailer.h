// Mail straight to a mail server, by SMTP over TLS.
#pragma once

#include <string>

#include "core/base/random.h"
#include "io/curl/curl.h"
#include "io/mail/mailer.h"
#include "io/net/clock.h"

namespace sealhall::io {

struct SmtpSettings {
  std::string url;   ///< "smtps://mail.example.org" (TLS from the start) or "smtp://mail.example.org:587" (STARTTLS)
  std::string from;  ///< "meet@example.org"
  std::string from_name = "Sealhall";
  std::string user = {};
  std::string password = {};
  std::string ca_file = {};
  bool allow_clear_text = false;  ///< for a relay on this machine
};
/// What is wrong with them, as a sentence; "" when nothing is.
std::string problem_with(const SmtpSettings& settings);

/// `done` says that the mail server has taken the message, or why not.
class SmtpMailer final : public Mailer {
 public:
  SmtpMailer(Curl& curl, const WallClock& clock, RandomSource& random, SmtpSettings settings)
      : curl_(curl), clock_(clock), random_(random), settings_(std::move(settings)) {}
  void send(Mail mail, Done done) override;

 private:
  Curl& curl_;
  const WallClock& clock_;
  RandomSource& random_;
  SmtpSettings settings_;
};

}  // namespace sealhall::io
