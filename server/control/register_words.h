// What the page says where people register for a meeting, in English and in Traditional Chinese. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "server/schedule/texts.h"

namespace sealhall::control {

enum class RegisterWord : std::uint8_t {
  invites,  ///< with the host's name
  first_name,
  email,
  when,
  optional,  ///< behind the label of what may be left out
  at_once,   ///< what happens after this form: a link by mail
  decided,   ///< or the host, with the name, decides first
  send,
  over,
  closed,
  registered_title,
  waits_title,
  next,
  mail_comes,  ///< with the address
  mail_later,  ///< with the address
  mail_no,     ///< with the host's name: the meeting sends no mails of that kind
  calendar,
  open_link,
  host_looks,  ///< with the host's name
  no_mail,
  no_such_title,
  no_such_text,
  check,  ///< what is wrong with a field that has no sentence here
};
/// With `values` where "{}" stands, in order.
std::string register_word(RegisterWord word, schedule::Language language,
                          std::initializer_list<std::string_view> values = {});

/// What a standard question is called ("job_title"), and what a browser may fill it in from (HTML autocomplete).
struct FieldWords {
  std::string label;
  std::string_view autocomplete;
};
/// A field without a name here is called as the API calls it. Empty autocomplete: nothing to fill in from.
FieldWords field_words(std::string_view field, schedule::Language language);

/// A sentence of an error in the reader's language; one that is not known is `check`.
std::string register_said(std::string_view sentence, schedule::Language language);

}  // namespace sealhall::control
