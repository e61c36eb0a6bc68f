#include "io/mail/message.h"

#include <algorithm>
#include <ctime>

#include "core/base/encoding.h"

namespace sealhall::io {
namespace {

constexpr std::size_t max_size = 8U << 20;

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; });
}
bool is_ascii_line(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

/// RFC 2045 section 6.8: lines of 76.
std::string base64_lines(ByteView bytes) {
  constexpr std::size_t bytes_a_line = 57;
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += bytes_a_line) {
    out += to_base64(bytes.subspan(at, std::min(bytes_a_line, bytes.size() - at))) + "\r\n";
  }
  return out;
}

/// RFC 2047: encoded words of at most 75 characters, cut between characters.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t bytes_a_word = 39;
  std::string out;
  while (!text.empty()) {
    std::size_t size = std::min(bytes_a_word, text.size());
    while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
    if (size == 0) size = std::min(bytes_a_word, text.size());  // not UTF-8
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + to_base64(as_bytes(text.substr(0, size))) + "?=";
    text.remove_prefix(size);
  }
  return out;
}

std::string subject_text(std::string_view text) {
  const bool plain = is_ascii_line(text) && text.size() <= 60 && text.find("=?") == std::string_view::npos;
  return plain ? std::string{text} : encoded_words(text);
}

std::string date_text(UnixMicros date) {
  const auto seconds = static_cast<std::time_t>(static_cast<std::int64_t>(date) / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char rest[32];
  std::strftime(rest, sizeof rest, " %Y %H:%M:%S +0000", &parts);
  return std::string{days[parts.tm_wday]} + ", " + std::to_string(parts.tm_mday) + " " + months[parts.tm_mon] + rest;
}

std::string part(const std::string& type, ByteView bytes, const std::string& file_name = {}) {
  std::string out = "Content-Type: " + type + "\r\nContent-Transfer-Encoding: base64\r\n";
  if (!file_name.empty()) out += "Content-Disposition: attachment; filename=\"" + file_name + "\"\r\n";
  return out + "\r\n" + base64_lines(bytes);
}

std::string multipart(const std::string& kind, const std::string& boundary, std::initializer_list<std::string> parts) {
  std::string out = "Content-Type: multipart/" + kind + "; boundary=\"" + boundary + "\"\r\n\r\n";
  for (const std::string& one : parts) out += "--" + boundary + "\r\n" + one;
  return out + "--" + boundary + "--\r\n";
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

}  // namespace

bool is_mail_address(std::string_view text) noexcept {
  constexpr std::string_view not_allowed = "()<>[]:;,\\\"";
  const std::size_t at = text.find('@');
  if (text.size() > 254 || at == std::string_view::npos || at == 0 || at > 64) return false;
  const std::string_view domain = text.substr(at + 1);
  if (domain.empty() || domain.find('@') != std::string_view::npos || domain.front() == '.' || domain.front() == '-' ||
      domain.back() == '.' || domain.find("..") != std::string_view::npos) {
    return false;
  }
  const std::string_view local = text.substr(0, at);
  if (local.front() == '.' || local.back() == '.' || local.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(
      text, [&](char c) { return c > ' ' && c < 0x7F && not_allowed.find(c) == std::string_view::npos; });
}

expected<std::string, MailError> mail_text(const Mail& mail, const MailEnvelope& envelope) {
  if (!is_mail_address(mail.to) || !is_mail_address(envelope.from)) return unexpected(MailError::bad_address);
  const std::size_t size = mail.text.size() + (mail.attachment ? mail.attachment->bytes.size() : 0);
  if (!is_one_line(mail.subject) || !is_one_line(envelope.from_name) || size > max_size) {
    return unexpected(MailError::bad_message);
  }
  const std::string domain = envelope.from.substr(envelope.from.find('@') + 1);
  std::string out = "Date: " + date_text(envelope.date) + "\r\nFrom: ";
  if (!envelope.from_name.empty()) {
    const bool plain =
        is_ascii_line(envelope.from_name) && envelope.from_name.find_first_of("\"\\") == std::string::npos;
    out += plain ? "\"" + envelope.from_name + "\" " : encoded_words(envelope.from_name) + " ";
  }
  out += "<" + envelope.from + ">\r\nTo: <" + mail.to + ">\r\nSubject: " + subject_text(mail.subject) + "\r\n";
  out += "Message-ID: <" + envelope.message_id + "@" + domain + ">\r\nMIME-Version: 1.0\r\n";
  // RFC 3834 section 5: no out-of-office notes in return.
  out += "Auto-Submitted: auto-generated\r\n";
  const std::string text = with_crlf(mail.text);
  const std::string text_part = part("text/plain; charset=UTF-8", as_bytes(text));
  if (!mail.attachment) return out + text_part;
  const MailAttachment& file = *mail.attachment;
  if (!is_ascii_line(file.content_type) || file.content_type.size() > 200 || !is_file_name(file.name)) {
    return unexpected(MailError::bad_message);
  }
  const std::string boundary = "=_" + envelope.message_id;
  if (!file.content_type.starts_with("text/calendar")) {
    return out + multipart("mixed", boundary, {text_part, part(file.content_type, file.bytes, file.name)});
  }
  const std::string both = multipart("alternative", boundary + "_a", {text_part, part(file.content_type, file.bytes)});
  return out + multipart("mixed", boundary,
                         {both, part("application/ics; name=\"" + file.name + "\"", file.bytes, file.name)});
}

}  // namespace sealhall::io
