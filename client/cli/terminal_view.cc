#include "client/cli/terminal_view.h"

#include <algorithm>
#include <cstdio>

#include "client/cli/stats_report.h"
#include "client/cli/words.h"
#include "core/wire/codec.h"

namespace sealhall::cli {

namespace {

/// Length of the valid UTF-8 character at `at`, 0 when there is none (RFC 3629 section 4).
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || first >= 0xf5 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

/// The code point of the valid UTF-8 character at the front of `character`.
char32_t code_point(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(character[i])); };
  if (character.size() == 1) return byte(0);
  char32_t value = byte(0) & (0x7fU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) value = value << 6 | (byte(i) & 0x3fU);
  return value;
}

/// Columns that a terminal gives a character: coarse blocks of Unicode's East Asian Width (UAX 11) and of the marks
/// that combine. Too many costs an early cut, too few a wrapped line, so doubtful blocks count two.
std::size_t columns_of(char32_t c) {
  if ((c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) || (c >= 0xfe00 && c <= 0xfe0f)) return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                    (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                    (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f000 && c <= 0x3fffd);
  return wide ? 2 : 1;
}

std::size_t width_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(character_length(text, i), 1);
    columns += columns_of(code_point(text.substr(i, length)));
    i += length;
  }
  return columns;
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t has = width_of(text);
  if (has < columns) text.append(columns - has, ' ');
  return text;
}

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size() && characters < most; ++characters) {
    const std::size_t length = character_length(text, i);
    const auto first = static_cast<unsigned char>(text[i]);
    // C0, DEL, C1 (U+0080..U+009F) and the bidirectional controls (U+202A..U+202E, U+2066..U+2069) move the cursor or
    // the text.
    const bool c1 = length == 2 && first == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    const std::string_view character = text.substr(i, std::max<std::size_t>(length, 1));
    const bool bidi =
        (character >= "\u202a" && character <= "\u202e") || (character >= "\u2066" && character <= "\u2069");
    if (length == 0 || first < 0x20 || first == 0x7f || c1 || bidi) {
      out += '?';
    } else {
      out += character;
    }
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

std::string fit(std::string_view text, std::size_t columns) {
  if (width_of(text) <= columns) return std::string{text};
  std::string out;
  std::size_t used = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(character_length(text, i), 1);
    const std::size_t next = columns_of(code_point(text.substr(i, length)));
    if (used + next + 1 > columns) break;
    out += text.substr(i, length);
    used += next;
    i += length;
  }
  return columns == 0 ? out : out + "…";
}

std::string outer_leg_words(const wire::RosterEntry& entry) {
  switch (entry.outer_leg) {
    case wire::OuterLeg::none_outside:
      return tr("sealed from end to end of the media path");
    case wire::OuterLeg::srtp_aes_256_gcm:
      return tr("outside: {1}", {"SRTP AES-256-GCM"});
    case wire::OuterLeg::srtp_aes_128:
      return tr("outside: {1}", {"SRTP AES-128"});
    case wire::OuterLeg::unencrypted:
      return tr("OUTSIDE: NOT ENCRYPTED");
  }
  return "unknown";
}

std::vector<std::string> render(const ViewInput& view) {
  std::vector<std::string> lines;
  const auto seconds = to_millis(view.since_join) / 1000;
  char clock[32];
  std::snprintf(clock, sizeof clock, "%02lld:%02lld", static_cast<long long>(seconds / 60),
                static_cast<long long>(seconds % 60));
  std::string head = printable(view.meeting.topic.empty() ? view.meeting.meeting_id : view.meeting.topic, 60);
  head += "   " + state_word(view.state) + " " + clock;
  if (view.meeting.locked) head += "   " + tr("locked");
  if (view.meeting.waiting_room) head += "   " + tr("waiting room");
  lines.push_back(head);
  std::string how;
  if (view.stats.path) {
    how =
        *view.stats.path == ice::PathKind::udp ? tr("media over UDP") : tr("media over TLS (UDP does not get through)");
    if (view.stats.round_trip) how += ", " + std::to_string(to_millis(*view.stats.round_trip)) + " ms";
    how += view.stats.cipher.empty() ? tr(", to the server not yet encrypted, nothing is sent")
                                     : tr(", to the server {1}", {view.stats.cipher});
  } else {
    how = tr("no media connection yet");
  }
  lines.push_back(how);
  if (view.stats.generation) {
    lines.push_back(tr("frames sealed with AES-256-GCM (SFrame), keys of generation {1}",
                       {std::to_string(*view.stats.generation)}));
  }
  for (const auto& [number, entry] : view.roster) {
    const bool speaks = std::ranges::find(view.speakers, number) != view.speakers.end() && !entry.audio_muted;
    std::string name = printable(entry.name) + " #" + std::to_string(number);
    if (number == view.self) name += tr(" (you)");
    if (entry.role != wire::Role::participant) name += " (" + std::string(wire::word_of(entry.role)) + ")";
    std::string line = speaks ? " > " : "   ";
    line += padded(name, 34);
    std::string doing;
    if (!entry.connected) {
      doing = tr("no media");
    } else if (entry.audio_muted) {
      doing = tr("muted");
    } else if (speaks) {
      doing = tr("speaking");
    }
    line += " " + padded(doing, 9);
    std::string sends;
    for (const wire::SourceKind kind : entry.sources)
      sends += (sends.empty() ? "" : "+") + std::string(wire::word_of(kind));
    line += " " + padded(sends, 14);
    line += " " + outer_leg_words(entry);
    lines.push_back(line);
  }
  for (const wire::WaitingEntry& entry : view.waiting) {
    lines.push_back(" ? " +
                    tr("{1} waits to be admitted", {printable(entry.name) + " #" + std::to_string(entry.participant)}));
  }
  return lines;
}

}  // namespace sealhall::cli
