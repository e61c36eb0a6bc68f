// What the pages and mails about accounts say, in English and in Traditional Chinese. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "io/http/message.h"

namespace sealhall::identity {

enum class Reading : std::uint8_t { english, traditional_chinese };
/// Of a language tag or an Accept-Language header (RFC 9110 section 12.5.4; the order of the list decides, weights are
/// not looked at): the first that is one of ours. English when none is.
Reading read_by(std::string_view languages) noexcept;
/// Of whoever asks for a page: what they wished for, or else what their browser asks for.
Reading reading_of(const io::HttpRequest& request, const std::optional<std::string>& wish = {});

enum class Word : std::uint8_t {
  invited_title,
  invited_text,  ///< followed by the login
  name,
  password,
  advice,  ///< about passwords
  create_account,
  welcome_title,
  welcome_text,  ///< followed by the login
  go_on,         ///< followed by a command
  sign_in,       ///< the link to the pages of members
  new_password_title,
  set_password,
  changed_title,
  changed_text,
  forgotten_title,
  forgotten_text,
  address,
  send_link,
  sent_title,
  sent_text,
  ask_again,  ///< of a link that is not valid any more
};
std::string_view words(Word word, Reading reading) noexcept;
/// A sentence of an error in the reader's language; one that is not known stays in English.
std::string_view said(std::string_view sentence, Reading reading) noexcept;

struct AccountMail {
  std::string subject;
  std::string text;
};
/// In both languages: whoever is written to has not said which is theirs.
AccountMail reset_mail(std::string_view name, std::string_view public_url, std::string_view token);
/// `organisation` is who invites; "": nobody has said what it is called.
AccountMail invitation_mail(std::string_view public_url, std::string_view token, std::string_view organisation = {});

}  // namespace sealhall::identity
