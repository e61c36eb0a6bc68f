// The two journals of a part, as JSON lines: the manifest (which file holds whom) and the timeline (what happened).
//
// A line is {"type": "file_opened", ...}\n. Lines of unknown types and empty lines are skipped, so that a newer
// recorder may say more, and so that a journal may be filled up with spaces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/wire/signalling.h"

namespace sealhall::recording {

// ---- manifest -----------------------------------------------------------------------------------------------------

/// First line. Times in milliseconds are recorded time of the part, unless they say otherwise.
struct PartOpened {
  std::string recording;
  std::uint32_t part = 0;
  std::uint64_t began_at = 0;   ///< microseconds since 1970
  std::uint64_t offset_ms = 0;  ///< recorded time of the whole recording before this part
};
struct FileOpened {
  std::string file;  ///< name in the part's folder
  wire::ParticipantNumber participant = 0;
  wire::SourceKind kind = wire::SourceKind::audio;
  std::string name;  ///< of the participant, at that time
  std::uint64_t at_ms = 0;
};
/// Its container has been ended.
struct FileClosed {
  std::string file;
  std::uint64_t size = 0;  ///< bytes of content
  std::uint64_t frames = 0;
  std::uint64_t at_ms = 0;  ///< of its last frame
};
/// Last line of a part that was not cut off.
struct PartClosed {
  std::uint64_t at_ms = 0;
  std::string reason;
};
using ManifestLine = std::variant<PartOpened, FileOpened, FileClosed, PartClosed>;

// ---- timeline -----------------------------------------------------------------------------------------------------

struct Came {
  std::uint64_t at_ms = 0;
  wire::ParticipantNumber participant = 0;
  std::string name;
  wire::ClientKind client = wire::ClientKind::native;
  wire::Role role = wire::Role::participant;
};
struct Renamed {
  std::uint64_t at_ms = 0;
  wire::ParticipantNumber participant = 0;
  std::string name;
};
struct Gone {
  std::uint64_t at_ms = 0;
  wire::ParticipantNumber participant = 0;
};
/// Loudest first.
struct Speaking {
  std::uint64_t at_ms = 0;
  std::vector<wire::ParticipantNumber> participants;
};
struct Sharing {
  std::uint64_t at_ms = 0;
  wire::ParticipantNumber participant = 0;
  bool on = false;
};
/// Nothing was recorded for a while; recorded time has no gap.
struct Paused {
  std::uint64_t at_ms = 0;
  std::uint64_t for_ms = 0;
};
using TimelineLine = std::variant<Came, Renamed, Gone, Speaking, Sharing, Paused>;

// ---- chat ---------------------------------------------------------------------------------------------------------

struct ChatLine {
  std::uint64_t at_ms = 0;
  wire::ParticipantNumber participant = 0;
  std::string name;
  std::string text;
};
using ChatJournalLine = std::variant<ChatLine>;

/// With its end of line.
std::string line_of(const ManifestLine& line);
std::string line_of(const TimelineLine& line);
std::string line_of(const ChatJournalLine& line);

/// All whole lines that can be understood, in order; what is behind the last end of line is ignored.
std::vector<ManifestLine> parse_manifest(std::string_view text);
std::vector<TimelineLine> parse_timeline(std::string_view text);
std::vector<ChatJournalLine> parse_chat(std::string_view text);

// ---- what a part holds --------------------------------------------------------------------------------------------

struct PartFile {
  FileOpened opened;
  std::optional<FileClosed> closed;  ///< nullopt: the recorder died before; the container's authentic prefix counts
};
struct PartContents {
  PartOpened part;
  std::vector<PartFile> files;       ///< in the order in which they were opened
  std::optional<PartClosed> closed;  ///< nullopt: cut off
};
/// nullopt: no `PartOpened` in front. A second opening of a file and a closing of an unknown one are ignored; names
/// that are not the recorder's are, too (`is_part_file_name`).
std::optional<PartContents> contents_of(const std::vector<ManifestLine>& lines);

/// "a-0001", "v-0001" and the like: lower-case letters, digits and '-', at most 32; so never a path.
bool is_part_file_name(std::string_view name) noexcept;

/// The files that every part has.
inline constexpr std::string_view manifest_file = "manifest";
inline constexpr std::string_view timeline_file = "timeline";
inline constexpr std::string_view chat_file = "chat";

}  // namespace sealhall::recording
