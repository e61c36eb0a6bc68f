#include "io/mail/smtp_mailer.h"

#include <array>
#include <utility>

#include "core/base/encoding.h"
#include "io/mail/message.h"

namespace sealhall::io {
namespace {

MailError error_of(const FetchError& error) {
  switch (error.kind) {
    case FetchErrorKind::untrusted:
      return MailError::untrusted;
    case FetchErrorKind::refused:
      return error.status >= 500 ? MailError::refused : MailError::not_now;
    case FetchErrorKind::unreachable:
    case FetchErrorKind::timeout:
      return MailError::unreachable;
    default:
      return MailError::failed;
  }
}

}  // namespace

std::string problem_with(const SmtpSettings& settings) {
  if (!settings.url.starts_with("smtps://") && !settings.url.starts_with("smtp://")) {
    return "The mail server is written as smtps://host:465 or smtp://host:587.";
  }
  if (!is_mail_address(settings.from)) return "The sender of mails must be an address, such as meet@example.org.";
  return {};
}

void SmtpMailer::send(Mail mail, Done done) {
  std::array<std::uint8_t, 16> id{};
  random_.fill(id);
  auto text = mail_text(mail, {settings_.from, settings_.from_name, clock_.now(), to_hex(id)});
  if (!text) return done(unexpected(text.error()));
  // What libcurl says in EHLO stands in the path: our domain, not the machine's name.
  const std::string domain = settings_.from.substr(settings_.from.find('@') + 1);
  SmtpSend out{settings_.url + "/" + domain, settings_.from,   std::move(mail.to), settings_.user,
               settings_.password,           std::move(*text), settings_.ca_file,  settings_.allow_clear_text};
  curl_.send_mail(std::move(out), [done = std::move(done)](auto sent) mutable {
    if (!sent) return done(unexpected(error_of(sent.error())));
    done({});
  });
}

}  // namespace sealhall::io
