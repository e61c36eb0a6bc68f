#include "core/recording/journal.h"

#include <algorithm>

#include "core/wire/json_codec.h"

namespace sealhall::recording {

BOOST_DESCRIBE_STRUCT(PartOpened, (), (recording, part, began_at, offset_ms))
BOOST_DESCRIBE_STRUCT(FileOpened, (), (file, participant, kind, name, at_ms))
BOOST_DESCRIBE_STRUCT(FileClosed, (), (file, size, frames, at_ms))
BOOST_DESCRIBE_STRUCT(PartClosed, (), (at_ms, reason))
BOOST_DESCRIBE_STRUCT(Came, (), (at_ms, participant, name, client, role))
BOOST_DESCRIBE_STRUCT(Renamed, (), (at_ms, participant, name))
BOOST_DESCRIBE_STRUCT(Gone, (), (at_ms, participant))
BOOST_DESCRIBE_STRUCT(Speaking, (), (at_ms, participants))
BOOST_DESCRIBE_STRUCT(Sharing, (), (at_ms, participant, on))
BOOST_DESCRIBE_STRUCT(Paused, (), (at_ms, for_ms))
BOOST_DESCRIBE_STRUCT(ChatLine, (), (at_ms, participant, name, text))

namespace {

/// Longer than any line that is written; a longer one is not ours.
constexpr std::size_t longest_line = 64U << 10;

template <class Lines>
std::vector<Lines> parse(std::string_view text) {
  std::vector<Lines> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return lines;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.find('{') == std::string_view::npos) continue;
    if (auto read = wire::detail::text_to_message<Lines>(line, longest_line)) lines.push_back(std::move(*read));
  }
}

}  // namespace

std::string line_of(const ManifestLine& line) { return wire::detail::encode_message(line) + "\n"; }
std::string line_of(const TimelineLine& line) { return wire::detail::encode_message(line) + "\n"; }
std::string line_of(const ChatJournalLine& line) { return wire::detail::encode_message(line) + "\n"; }

std::vector<ManifestLine> parse_manifest(std::string_view text) { return parse<ManifestLine>(text); }
std::vector<TimelineLine> parse_timeline(std::string_view text) { return parse<TimelineLine>(text); }
std::vector<ChatJournalLine> parse_chat(std::string_view text) { return parse<ChatJournalLine>(text); }

bool is_part_file_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 32 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::optional<PartContents> contents_of(const std::vector<ManifestLine>& lines) {
  if (lines.empty() || !std::holds_alternative<PartOpened>(lines.front())) return std::nullopt;
  PartContents contents;
  contents.part = std::get<PartOpened>(lines.front());
  const auto find = [&](const std::string& file) {
    return std::ranges::find_if(contents.files, [&](const PartFile& f) { return f.opened.file == file; });
  };
  for (const ManifestLine& line : lines) {
    if (const auto* opened = std::get_if<FileOpened>(&line)) {
      if (is_part_file_name(opened->file) && find(opened->file) == contents.files.end())
        contents.files.push_back({*opened, std::nullopt});
    } else if (const auto* closed = std::get_if<FileClosed>(&line)) {
      if (const auto it = find(closed->file); it != contents.files.end()) it->closed = *closed;
    } else if (const auto* end = std::get_if<PartClosed>(&line)) {
      contents.closed = *end;
    }
  }
  return contents;
}

}  // namespace sealhall::recording
