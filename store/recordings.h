// Recordings in the store. Names and topics come and go sealed (server/vault); the contents lie in files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

enum class RecordingState : std::uint8_t {
  recording,   ///< a recorder writes, or will again
  processing,  ///< waits for the composer, or is in it
  completed,
  failed,  ///< nothing could be made of it; what was recorded is there
};
/// Who may see it by its link.
enum class ShareState : std::uint8_t { none, link };
/// Whom a token was given to: a program that fetches files, or somebody who watches by the link.
enum class TokenKind : std::uint8_t { program, viewer };

struct Recording {
  std::string id;
  std::string account_id;
  std::string meeting_id;
  std::string meeting_uuid;  ///< base64
  std::string host_id;
  Bytes topic_sealed;
  UnixMicros started_at{};
  std::optional<UnixMicros> ended_at{};
  RecordingState state = RecordingState::recording;
  std::uint32_t progress_permille = 0;
  std::uint64_t duration_ms = 0;
  std::optional<UnixMicros> trashed_at{};
  bool legal_hold = false;
  std::optional<UnixMicros> delete_at{};
  ShareState share = ShareState::none;
  std::optional<std::string> share_token_hash{};
  std::optional<Bytes> share_token_sealed{};
  std::optional<Bytes> share_passcode_sealed{};
  std::optional<UnixMicros> share_until{};
  bool viewer_download = true;
  // How it is composed: as the settings were when it began.
  bool speaker = false;  ///< otherwise a gallery
  std::uint32_t height = 720;
  bool moved = false;  ///< all of it is in the blob store
};
/// What a token stands for.
struct TokenHolder {
  Recording recording;
  TokenKind kind = TokenKind::program;
};
/// Of an account or a meeting; what is absent is not said.
struct RecordingSettings {
  std::optional<bool> speaker{};
  std::optional<std::uint32_t> height{};
  std::optional<std::uint32_t> retention_days{};  ///< 0: for ever
};
struct RecordingPart {
  std::uint32_t part = 0;
  UnixMicros began_at{};
  std::optional<UnixMicros> ended_at{};
  std::uint64_t recorded_ms = 0;
  std::uint64_t bytes = 0;
};
struct RecordingFile {
  std::string id;
  std::string recording_id;
  std::uint32_t part = 0;  ///< 0: the composition
  std::string file;        ///< its name in the part's folder
  std::string kind;        ///< "audio", "camera", "share", "share_audio", "chat", "timeline", "video", "sound"
  std::uint32_t participant = 0;
  std::optional<Bytes> name_sealed{};
  std::uint64_t size = 0;  ///< bytes of content
  std::uint64_t began_ms = 0;
  std::uint64_t ended_ms = 0;
  bool whole = true;  ///< false: its recorder died
  std::optional<UnixMicros> trashed_at{};
};

/// How the blob store calls the containers of a recording, and all of them together.
inline std::string recording_blobs(const std::string& id) { return "recordings/" + id + "/"; }
inline std::string recording_blob(const std::string& id, std::uint32_t part, const std::string& file) {
  return recording_blobs(id) + std::to_string(part) + "/" + file;
}

class Recordings {
 public:
  /// The engine must outlive it.
  explicit Recordings(Engine& engine) noexcept : engine_(engine) {}

  /// Takes `speaker`, `height` and, without one, `delete_at` from the settings of the meeting or else the account.
  /// Error: taken.
  void create(Recording recording, Done<void> done);
  void find(const std::string& id, Done<std::optional<Recording>> done);
  /// By the meeting's number or an instance's uuid; newest first. Also those in the trash.
  void of_meeting(const std::string& account_id, const std::string& meeting, Done<std::vector<Recording>> done);
  /// Of one host (or of everybody when empty) that began in [from, to), newest first.
  void of_host(const std::string& account_id, const std::string& host_id, UnixMicros from, UnixMicros to, bool trashed,
               std::uint32_t limit, std::uint32_t offset, Done<std::vector<Recording>> done);
  void count_of_host(const std::string& account_id, const std::string& host_id, UnixMicros from, UnixMicros to,
                     bool trashed, Done<std::uint64_t> done);
  /// Id and account of a user, by the id or the login.
  struct Host {
    std::string id;
    std::string account_id;
  };
  void host(const std::string& id_or_login, Done<std::optional<Host>> done);
  /// Of the account with `meeting_id` "".
  void put_settings(const std::string& account_id, const std::string& meeting_id, RecordingSettings settings,
                    Done<void> done);
  void settings(const std::string& account_id, const std::string& meeting_id, Done<RecordingSettings> done);

  /// Recording or processing, oldest first.
  void unfinished(Done<std::vector<Recording>> done);

  void add_part(const std::string& id, std::uint32_t part, UnixMicros began_at, Done<void> done);
  void end_part(const std::string& id, std::uint32_t part, UnixMicros ended_at, std::uint64_t recorded_ms,
                std::uint64_t bytes, Done<void> done);
  void parts(const std::string& id, Done<std::vector<RecordingPart>> done);

  /// Recording has ended and waits for the composer. Error: not_found when it was not recording.
  void end(const std::string& id, UnixMicros when, Done<void> done);
  void set_progress(const std::string& id, std::uint32_t permille, Done<void> done);
  /// Puts the files there (replacing those of before) and the state, both or nothing. With `completed` of a meeting
  /// that a learning platform made also that the platform has to be told (store/bbb.h).
  void finish(const std::string& id, RecordingState state, std::uint64_t duration_ms, std::vector<RecordingFile> files,
              Done<void> done);
  void files(const std::string& id, Done<std::vector<RecordingFile>> done);
  /// With the recording that it belongs to.
  void file(const std::string& file_id, Done<std::optional<RecordingFile>> done);

  /// Its blob is doomed with it. Error: not_found.
  void remove_file(const std::string& file_id, Done<void> done);
  /// Errors: not_found; also when it is in the trash already, or its recording is under legal hold.
  void trash_file(const std::string& file_id, UnixMicros when, Done<void> done);
  /// Error: not_found; also when it is not in the trash.
  void restore_file(const std::string& file_id, Done<void> done);
  /// Which have been in the trash by themselves since before that; never of a recording under legal hold.
  void files_due(UnixMicros trashed_before, Done<std::vector<RecordingFile>> done);

  /// Errors: not_found; also when it is in the trash already, or under legal hold.
  void trash(const std::string& id, UnixMicros when, Done<void> done);
  void restore(const std::string& id, Done<void> done);
  void keep(const std::string& id, bool legal_hold, std::optional<UnixMicros> delete_at, Done<void> done);
  /// Its keys are destroyed: forget it, and doom its blobs. Error: not_found, also under legal hold.
  void remove(const std::string& id, Done<void> done);
  /// Whose time is over, or who have been in the trash since before `trashed_before`; never under legal hold.
  void due(UnixMicros now, UnixMicros trashed_before, Done<std::vector<Recording>> done);

  /// Finished and not yet in the blob store, oldest first.
  void to_move(std::size_t limit, Done<std::vector<Recording>> done);
  /// Error: not_found (it was destroyed in the meantime).
  void set_moved(const std::string& id, Done<void> done);
  /// Blobs that have to go, of what was removed: a name, or a beginning of names when it ends in '/'.
  void doomed(std::size_t limit, Done<std::vector<std::string>> done);
  void no_longer_doomed(const std::string& name, Done<void> done);

  /// Its share fields and viewer_download. Tokens of viewers end where it is shared no more or its passcode is set
  /// anew.
  void share(const Recording& with, Done<void> done);
  void by_share_token(const std::string& token_hash, UnixMicros now, Done<std::optional<Recording>> done);
  /// Error: not_found, also for a viewer when the link or its passcode is not that of `recording` any more.
  void put_token(std::string token_hash, const Recording& recording, TokenKind kind, UnixMicros expires_at,
                 UnixMicros now, Done<void> done);
  /// Nothing once the token's time is over, the recording is in the trash or, to a viewer, its link is over.
  void by_token(const std::string& token_hash, UnixMicros now, Done<std::optional<TokenHolder>> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
