#include "io/mail/message.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"

using namespace sealhall;
using namespace sealhall::io;

namespace {

const MailEnvelope envelope{"meet@example.org", "Sealhall", UnixMicros{1'795'831'200'000'000}, "abc123"};

std::string text_of(const Mail& mail, const MailEnvelope& e = envelope) {
  const auto text = mail_text(mail, e);
  REQUIRE(text.has_value());
  return *text;
}
bool has(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("mail: a plain message, its headers, its text") {
  const std::string text = text_of({"ada@example.org", "Hello", "Dear Ada,\n.\nbye\n"});
  CHECK(has(text, "From: \"Sealhall\" <meet@example.org>\r\n"));
  CHECK(has(text, "To: <ada@example.org>\r\n"));
  CHECK(has(text, "Subject: Hello\r\n"));
  CHECK(has(text, "Message-ID: <abc123@example.org>\r\n"));
  CHECK(has(text, "Date: Sat, 28 Nov 2026 02:00:00 +0000\r\n"));
  CHECK(has(text, "Auto-Submitted: auto-generated\r\n"));
  CHECK(has(text, "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"));
  CHECK(has(text, to_base64(as_bytes("Dear Ada,\r\n.\r\nbye\r\n"))));
}

TEST_CASE("mail: every line is short, and no line ends any other way than with CR LF") {
  Mail mail{"ada@example.org", std::string(300, 'x') + "\xC3\xA4\xC3\xB6", std::string(5000, 'y')};
  mail.attachment = MailAttachment{"a.pdf", "application/pdf", Bytes(10'000, 7)};
  const std::string text = text_of(mail);
  std::size_t from = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
    REQUIRE(end > 0);
    CHECK(text[end - 1] == '\r');
    CHECK(end - from <= 77);
    from = end + 1;
  }
  CHECK(from == text.size());
}

TEST_CASE("mail: a subject in any language, cut between its letters") {
  std::string subject;
  for (int i = 0; i < 60; ++i) subject += "\xE6\xB0\xB4";
  const std::string text = text_of({"ada@example.org", subject, ""});
  std::string decoded;
  const std::string_view mark = "=?UTF-8?B?";
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const std::size_t begin = at + mark.size();
    const Bytes word = from_base64(text.substr(begin, text.find("?=", begin) - begin)).value();
    CHECK(word.size() % 3 == 0);
    decoded += as_text(word);
  }
  CHECK(decoded == subject);
  CHECK(has(text_of({"ada@example.org", "=?UTF-8?Q?x?=", ""}), "Subject: =?UTF-8?B?"));
}

TEST_CASE("mail: nothing from outside becomes a header or a recipient") {
  const auto error = [](const Mail& mail, const MailEnvelope& e = envelope) {
    const auto text = mail_text(mail, e);
    REQUIRE_FALSE(text.has_value());
    return text.error();
  };
  CHECK(error({"ada@example.org\r\nBcc: eve@example.org", "x", ""}) == MailError::bad_address);
  CHECK(error({"ada@example.org, eve@example.org", "x", ""}) == MailError::bad_address);
  CHECK(error({"ada@example.org", "x\r\nBcc: eve@example.org", ""}) == MailError::bad_message);
  CHECK(error({"ada@example.org", "x\ny", ""}) == MailError::bad_message);
  MailEnvelope named = envelope;
  named.from_name = "x\r\nBcc: eve@example.org";
  CHECK(error({"ada@example.org", "x", ""}, named) == MailError::bad_message);
  named.from_name = "\" <eve@example.org>, \"x";
  CHECK(has(text_of({"ada@example.org", "x", ""}, named), "From: =?UTF-8?B?"));
  Mail with_file{"ada@example.org", "x", ""};
  with_file.attachment = MailAttachment{"a\"\r\nX: y", "text/plain", {}};
  CHECK(error(with_file) == MailError::bad_message);
  with_file.attachment = MailAttachment{"a.txt", "text/plain\r\nX: y", {}};
  CHECK(error(with_file) == MailError::bad_message);
  with_file.attachment = MailAttachment{"a.txt", "text/plain", Bytes((8U << 20) + 1)};
  CHECK(error(with_file) == MailError::bad_message);
}

TEST_CASE("mail: a calendar stands beside the text and as a file") {
  Mail mail{"ada@example.org", "Invitation", "Come.\n"};
  const std::string ics = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
  mail.attachment =
      MailAttachment{"invite.ics", "text/calendar; method=REQUEST; charset=UTF-8", Bytes{ics.begin(), ics.end()}};
  const std::string text = text_of(mail);
  CHECK(has(text, "multipart/mixed; boundary=\"=_abc123\""));
  CHECK(has(text, "multipart/alternative; boundary=\"=_abc123_a\""));
  CHECK(has(text, "Content-Type: text/calendar; method=REQUEST; charset=UTF-8\r\n"));
  CHECK(has(text, "Content-Type: application/ics; name=\"invite.ics\"\r\n"));
  CHECK(has(text, "filename=\"invite.ics\""));
  CHECK(text.ends_with("--=_abc123--\r\n"));
}

TEST_CASE("mail: what is an address") {
  for (const char* yes : {"ada@example.org", "a.b+c@sub.example.org", "x@localhost", "o'neil@example.org"}) {
    CAPTURE(yes);
    CHECK(is_mail_address(yes));
  }
  for (const std::string& no :
       {std::string{}, std::string{"ada"}, std::string{"@example.org"}, std::string{"ada@"}, std::string{"a@b@c"},
        std::string{"a b@c.org"}, std::string{"<a@c.org>"}, std::string{".a@c.org"}, std::string{"a.@c.org"},
        std::string{"a@.org"}, std::string{"a@c..org"}, std::string{"a@-c.org"}, std::string(65, 'a') + "@c.org",
        "a@" + std::string(260, 'c'), std::string{"a@c.org\n"}, std::string{"\xC3\xA4@c.org"}}) {
    CAPTURE(no);
    CHECK_FALSE(is_mail_address(no));
  }
}
