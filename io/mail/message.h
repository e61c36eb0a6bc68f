// A mail as the text that goes over the wire (RFC 5322, MIME RFC 2045 to 2047), with calendar parts as iMIP wants them
// (RFC 6047).
#pragma once

#include <string>
#include <string_view>

#include "core/base/expected.h"
#include "core/base/time.h"
#include "io/mail/mailer.h"

namespace sealhall::io {

/// An address as this server takes it: local part and domain in ASCII without quotes, spaces or control characters, at
/// most 254 bytes (RFC 5321 section 4.5.3.1). "ada@localhost" is one.
[[nodiscard]] bool is_mail_address(std::string_view text) noexcept;

struct MailEnvelope {
  std::string from;       ///< an address
  std::string from_name;  ///< UTF-8, maybe empty
  UnixMicros date{};
  std::string message_id;  ///< letters and digits; its domain comes from `from`. Also makes the MIME boundaries
};

/// Lines end with "\r\n" and have at most 76 characters. Texts are base64, so nothing of them is a header or a dot on a
/// line of its own. A "text/calendar" attachment stands beside the text as its alternative, and as a file. Errors:
/// bad_address, bad_message (a line break in a subject or a name, more than 8 MiB).
expected<std::string, MailError> mail_text(const Mail& mail, const MailEnvelope& envelope);

}  // namespace sealhall::io
