// The channel between control and the connectors that record: the recorder and the composer. The same framing as the
// media channel. Object keys cross it in the clear: both ends run as our own user, and the socket lets nobody else in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/wire/codec.h"

namespace sealhall::wire::recorder {

// ---- control to the recorder --------------------------------------------------------------------------------------

/// Joins a meeting and writes one part of a recording. Answered by `PartBegan` or `PartEnded`.
struct BeginPart {
  std::string recording;
  std::uint32_t part = 0;  ///< 1 and up
  std::string account;     ///< whose object it is, for the containers' context
  std::string folder;      ///< absolute; made when missing
  Bytes key;               ///< 32 bytes, of this part
  Bytes wrapped_key;       ///< the same, sealed by kms; written into the containers' headers
  std::string host;        ///< where signalling is
  std::uint16_t port = 0;
  std::string ca_file;  ///< empty: the system's authorities
  std::string meeting_id;
  std::string token;               ///< of this recording alone
  std::string name;                ///< shown in the roster
  std::uint64_t offset_ms = 0;     ///< recorded time before this part
  std::uint32_t alone_ms = 30000;  ///< leaves when nobody but connectors has been inside for this long
  bool paused = false;             ///< begins paused
};
struct EndPart {
  std::string recording;
};
struct PausePart {
  std::string recording;
  bool paused = true;
};
struct Stop {};

// ---- the recorder to control --------------------------------------------------------------------------------------

struct RecorderHello {
  std::uint32_t pid = 0;
};
struct PartBegan {
  std::string recording;
  std::uint32_t part = 0;
};
/// About every two seconds, and at each change.
struct PartProgress {
  std::string recording;
  std::uint32_t part = 0;
  bool paused = false;
  std::uint64_t recorded_ms = 0;  ///< of this part
  std::uint64_t bytes = 0;        ///< on the disk
  std::uint64_t lost_frames = 0;  ///< that the disk was too slow for
};
enum class PartEnd : std::uint8_t {
  asked,          ///< by EndPart, or Stop
  meeting_ended,  ///< for everybody
  alone,          ///< nobody was left
  removed,        ///< by a host
  refused,        ///< never got in
  failed,         ///< the disk, or the connection for good
};
/// The part's containers are complete.
struct PartEnded {
  std::string recording;
  std::uint32_t part = 0;
  PartEnd reason = PartEnd::asked;
  std::string message;
  std::uint64_t recorded_ms = 0;
  std::uint64_t bytes = 0;
};

// ---- control to the composer --------------------------------------------------------------------------------------

enum class Layout : std::uint8_t { gallery, speaker };
struct ComposePart {
  std::string folder;
  Bytes key;
  std::uint32_t part = 0;
};
/// One at a time. Answered by `ComposeProgress` and in the end `ComposeEnded`. Given again after a crash, it goes on
/// with the pieces that are in `folder` already.
struct Compose {
  std::string recording;
  std::string account;
  std::string folder;  ///< for the pieces and the result
  Bytes key;           ///< 32 bytes, of the composition
  Bytes wrapped_key;
  std::vector<ComposePart> parts;  ///< in order
  Layout layout = Layout::gallery;
  std::uint32_t width = 1280;
  std::uint32_t height = 720;
  std::uint32_t frame_rate = 25;
};
struct CancelCompose {
  std::string recording;
};

// ---- the composer to control --------------------------------------------------------------------------------------

struct ComposerHello {
  std::uint32_t pid = 0;
};
/// One for every file of the parts, before the first progress.
struct ComposeFound {
  std::string recording;
  std::uint32_t part = 0;
  std::string file;  ///< its name in the part's folder
  std::string kind;  ///< "audio", "camera", "share", "share_audio", "chat", "timeline"
  std::uint32_t participant = 0;
  std::string name;  ///< of the participant
  std::uint64_t size = 0;
  std::uint64_t began_ms = 0;  ///< recorded time of the whole recording
  std::uint64_t ended_ms = 0;
  bool whole = true;  ///< false: its recorder died
};
struct ComposeProgress {
  std::string recording;
  std::uint32_t permille = 0;
};
struct ComposeEnded {
  std::string recording;
  bool done = false;
  std::string message;     ///< why not
  std::string file;        ///< the MP4's container in the folder
  std::string audio_file;  ///< sound alone
  std::uint64_t size = 0;  ///< bytes of the MP4
  std::uint64_t audio_size = 0;
  std::uint64_t duration_ms = 0;
};

using ToRecorder = std::variant<BeginPart, EndPart, PausePart, Stop>;
using FromRecorder = std::variant<RecorderHello, PartBegan, PartProgress, PartEnded>;
using ToComposer = std::variant<Compose, CancelCompose, Stop>;
using FromComposer = std::variant<ComposerHello, ComposeFound, ComposeProgress, ComposeEnded>;

std::string encode(const ToRecorder& message);
std::string encode(const FromRecorder& message);
std::string encode(const ToComposer& message);
std::string encode(const FromComposer& message);
expected<ToRecorder, WireError> decode_to_recorder(std::string_view json);
expected<FromRecorder, WireError> decode_from_recorder(std::string_view json);
expected<ToComposer, WireError> decode_to_composer(std::string_view json);
expected<FromComposer, WireError> decode_from_composer(std::string_view json);

}  // namespace sealhall::wire::recorder
