// Mail as the rest of the server sees it: one message to one person, handed over and forgotten.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/expected.h"

namespace sealhall::io {

struct MailAttachment {
  std::string name;          ///< "invite.ics"; ASCII letters, digits, dot, dash, underscore
  std::string content_type;  ///< "text/calendar; method=REQUEST; charset=UTF-8": goes into the message as it is
  Bytes bytes;
};

struct Mail {
  std::string to;       ///< one address, "ada@example.org"; no display name, no line breaks
  std::string subject;  ///< UTF-8, one line
  std::string text;     ///< UTF-8; lines end with "\n"
  std::optional<MailAttachment> attachment = std::nullopt;
};

enum class MailError : std::uint8_t {
  bad_address,     ///< `to` is no address that can be written into an envelope
  bad_message,     ///< a line break in a header, or larger than the limit
  not_configured,  ///< nobody said where mail goes
  unreachable,     ///< the mail server does not answer, or hangs up; worth trying again
  untrusted,       ///< the mail server's certificate does not verify, or it offers no TLS where it must
  refused,         ///< the mail server does not take this message (5xx); trying again does not help
  not_now,         ///< the mail server asks to come back later (4xx)
  stopped,         ///< the process ends
  failed,          ///< it could not be kept, or a bug of ours
};

/// Callbacks come on the loop, some before the call has returned.
class Mailer {
 public:
  using Done = std::move_only_function<void(expected<void, MailError>)>;
  virtual ~Mailer() = default;

  /// What the server's parts are given keeps the message in the outbox: `done` says that it survives a restart and will
  /// be tried until it is delivered or given up, not that it has arrived. Wrong addresses are refused at once.
  virtual void send(Mail mail, Done done) = 0;
};

}  // namespace sealhall::io
