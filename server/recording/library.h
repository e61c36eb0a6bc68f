// The library of recordings: what there is, who may have it by which link or token, and how it goes.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/meeting/attempt_limiter.h"
#include "io/http/message.h"
#include "io/net/clock.h"
#include "io/net/timer.h"
#include "server/api/caller.h"
#include "server/events.h"
#include "server/recording/archive.h"
#include "server/recording/compose_queue.h"
#include "server/vault/vault.h"
#include "store/recordings.h"

namespace sealhall::recordings {

template <class T>
using Done = api::Done<T>;

/// A recording with everything that was sealed opened.
struct OpenedRecording {
  store::Recording row;
  std::string topic;
  std::optional<std::string> share_token;
  std::optional<std::string> share_passcode;
  struct File {
    store::RecordingFile row;
    std::string participant_name;
  };
  std::vector<File> files;
  std::vector<File> trashed;  ///< each by itself
};

struct ShareWish {
  std::optional<std::string> passcode;  ///< "" for none; nullopt: as it is
  std::optional<UnixMicros> until;
  bool viewer_download = true;
};

struct LibraryOptions {
  Duration trash = std::chrono::hours{24 * 30};  ///< what is in it for longer is destroyed
  Duration token = std::chrono::hours{24};       ///< how long a download token holds
  Duration sweep = std::chrono::minutes{10};
  Duration tell_again = std::chrono::seconds{2};  ///< after keys or store could not be had for what is to be told
  /// Events that wait for that. More cost memory, a few hundred bytes each; of fewer some are lost earlier.
  std::size_t most_to_tell = 10'000;
  std::string public_url;
};

class Library {
 public:
  struct Parts {
    io::Loop& loop;
    store::Recordings& store;
    vault::Vault& vault;
    EventBus& events;
    const io::WallClock& clock;
    RandomSource& random;
    ComposeQueue& composing;
    Archive& archive;
  };
  /// `folder(recording, part)`: see LiveRecordings::part_folder.
  using Folder = std::function<std::string(const std::string&, std::uint32_t)>;
  Library(Parts parts, LibraryOptions options, Folder folder);
  ~Library();

  /// 410 when its keys were destroyed, 503 when the key service is away.
  void open(store::Recording recording, Done<OpenedRecording> done);
  void open_all(std::vector<store::Recording> recordings, Done<std::vector<OpenedRecording>> done);

  /// Errors of all that change: 404; 409 under legal hold, or while it is being recorded.
  void trash(const store::Recording& recording, Done<void> done);
  void restore(const store::Recording& recording, Done<void> done);
  /// Destroys its keys, then forgets it. 503 when the key service is away: then nothing was destroyed.
  void destroy(const store::Recording& recording, Done<void> done);
  void destroy_file(const store::Recording& recording, const store::RecordingFile& file, Done<void> done);
  /// One file alone; whoever plays or lists the recording does not see it, and it is destroyed when its time is over.
  void trash_file(const store::Recording& recording, const store::RecordingFile& file, Done<void> done);
  void restore_file(const store::RecordingFile& file, Done<void> done);
  void keep(const store::Recording& recording, bool legal_hold, std::optional<UnixMicros> delete_at, Done<void> done);

  /// Makes the link (a new one when there was none) with what is wished.
  /// Whoever watches by it comes again when the passcode is set.
  void share(store::Recording recording, ShareWish wish, Done<OpenedRecording> done);
  void unshare(store::Recording recording, Done<void> done);
  /// Who comes with the link's token. 404; 401 when the passcode is missing or wrong, 429 after too many wrong ones.
  void open_shared(const std::string& token, const std::optional<std::string>& passcode, const std::string& source,
                   Done<OpenedRecording> done);
  /// A token by which the files of one recording can be fetched: by a program all, by a viewer what the link shows. To
  /// a viewer 401 when the link or its passcode has changed since `recording` was read.
  void make_token(const store::Recording& recording, store::TokenKind kind, Duration holds, Done<std::string> done);

  /// Answers with the file or the part of it that was asked for, from this disk or from the blob store. `as_download`:
  /// as an attachment.
  void serve(const store::Recording& recording, const store::RecordingFile& file, const io::HttpRequest& request,
             bool as_download, std::move_only_function<void(io::HttpResponse)> answer);

  /// recording.<what>, with the recording as its object, in the order of the calls. While its topic cannot be opened or
  /// the store is away it waits, in memory only: what still waits when this process ends is told to nobody.
  /// Where too many wait, the one that comes is lost: whoever is told of an end should have been told of its beginning.
  void publish(const std::string& recording, std::string_view what);
  [[nodiscard]] std::size_t waiting_to_be_told() const noexcept { return to_tell_.size(); }
  /// Destroys what is due. Runs by itself, too.
  void sweep();

  [[nodiscard]] std::string share_url(const std::string& token) const;
  [[nodiscard]] std::string play_url(const store::RecordingFile& file) const;
  [[nodiscard]] std::string download_url(const store::RecordingFile& file) const;
  [[nodiscard]] Duration token_time() const noexcept { return options_.token; }
  /// How long somebody may watch who has just opened the link.
  [[nodiscard]] Duration viewing_time(const store::Recording& recording) const noexcept;
  [[nodiscard]] store::Recordings& store() noexcept { return parts_.store; }
  [[nodiscard]] const io::WallClock& clock() const noexcept { return parts_.clock; }

 private:
  struct ToTell {
    std::string recording;
    std::string name;
    UnixMicros at{};
  };
  void tell_next();
  void told();
  void not_told(const api::ApiError& why);
  std::string random_text(std::size_t bytes);
  void remove_folder(const std::string& recording);
  void serve_blob(const store::Recording& row, const store::RecordingFile& file, std::optional<std::string> range,
                  bool as_download, std::move_only_function<void(io::HttpResponse)> answer);

  Parts parts_;
  LibraryOptions options_;
  Folder folder_;
  meeting::AttemptLimiter passcodes_;
  std::unique_ptr<io::Ticker> sweeper_;
  std::deque<ToTell> to_tell_;
  bool telling_ = false;  ///< the first of them
  io::Timer tell_again_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// As whoever asked for a recording is told of it.
api::ApiError from_vault(vault::VaultError error);

/// The extension and content type of a file by its kind.
struct FileKind {
  std::string_view file_type;       ///< "MP4", "M4A", "CHAT", "TIMELINE"
  std::string_view extension;       ///< "MP4", ..
  std::string_view recording_type;  ///< "gallery_view", ..
  std::string_view content_type;
};
FileKind kind_of(const std::string& kind) noexcept;

}  // namespace sealhall::recordings
