// What people read about a meeting: invitations, changes, cancellations, registrations. In English and in Traditional
// Chinese. Plain text, kind and short.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "server/schedule/recurrence.h"
#include "server/schedule/zone.h"

namespace sealhall::schedule {

enum class Language : std::uint8_t { english, traditional_chinese };
/// "zh-TW", "zh-Hant", "zh_HK" are Traditional Chinese; everything else is English.
Language language_of(std::string_view tag) noexcept;

/// `form` with `values` where "{}" stands, in order.
std::string filled(std::string_view form, std::initializer_list<std::string_view> values);

/// A meeting as it is told. Texts are UTF-8.
struct Told {
  std::string host;  ///< a name
  std::string topic;
  std::string agenda;
  std::optional<sys_seconds> start{};  ///< absent: whenever the host likes
  seconds duration{};
  const TimeZone* zone = nullptr;
  std::string zone_name;
  std::optional<Recurrence> recurrence{};
  std::size_t occurrence_count = 0;  ///< of a series
  std::string link;
  std::string number;               ///< of the meeting
  std::string passcode;             ///< empty: none
  std::string contact{};            ///< whom to ask; empty: nobody is named
  std::string registration_link{};  ///< people must register first: then `link` and `passcode` are not told
};

/// The text that a host copies into a mail of their own.
std::string invitation(Language language, const Told& meeting);

enum class Letter : std::uint8_t {
  invited,
  changed,
  cancelled,
  occurrence_changed,  ///< one of a series
  occurrence_cancelled,
  alternative_host,    ///< you may start it
  registered,          ///< you may come: the link is in `Told::link`
  registration_waits,  ///< the host decides
  registration_denied,
  registration_cancelled,
  registration_asked,  ///< to the host: somebody waits for a decision; `who` is the name
};
struct LetterText {
  std::string subject;  ///< one line
  std::string text;
};
/// `reader` is the name of the one who reads, may be empty; `who` as the letter says.
LetterText letter(Letter letter, Language language, const Told& meeting, std::string_view reader = {},
                  std::string_view who = {});

/// "Friday, 27 November 2026, 10:00 (Europe/Berlin)" or as the language says it.
std::string told_time(Language language, sys_seconds time, const TimeZone& zone, std::string_view zone_name);
/// "every week on Monday and Wednesday, 10 times".
std::string told_recurrence(Language language, const Recurrence& recurrence, std::size_t count);

}  // namespace sealhall::schedule
