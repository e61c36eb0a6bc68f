// Tested in library_test.cc
#include "server/recording/library.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/secret.h"
#include "core/recording/part_key.h"
#include "io/files/files.h"
#include "io/log/log.h"
#include "server/api/tokens.h"
#include "server/recording/views.h"

namespace sealhall::recordings {
namespace {

envelope::Context field_of(const store::Recording& row, std::string field) {
  return {row.account_id, std::string{recording::context_kind}, row.id, std::move(field)};
}

}  // namespace

api::ApiError from_vault(vault::VaultError error) {
  switch (error) {
    case vault::VaultError::unavailable:
    case vault::VaultError::refused:
      return {503, "The key service does not answer at the moment. Try again soon."};
    case vault::VaultError::shredded:
      return {410, "This recording was destroyed."};
    case vault::VaultError::full:
      return {507, "The server has no room left on its disk."};
    case vault::VaultError::failed:
      return {503, "The server cannot do this right now. Please try again.", {}, 5};
    default:
      return {500, "The recording cannot be opened."};
  }
}

FileKind kind_of(const std::string& kind) noexcept {
  if (kind == "video") return {"MP4", "MP4", "gallery_view", "video/mp4"};
  if (kind == "sound") return {"M4A", "M4A", "audio_only", "audio/mp4"};
  if (kind == "chat") return {"CHAT", "JSONL", "chat_file", "application/x-ndjson"};
  if (kind == "timeline") return {"TIMELINE", "JSONL", "timeline", "application/x-ndjson"};
  if (kind == "audio") return {"WEBM", "WEBM", "participant_audio", "audio/webm"};
  if (kind == "share_audio") return {"WEBM", "WEBM", "shared_audio", "audio/webm"};
  if (kind == "share") return {"WEBM", "WEBM", "shared_screen", "video/webm"};
  return {"WEBM", "WEBM", "participant_video", "video/webm"};
}

Library::Library(Parts parts, LibraryOptions options, Folder folder)
    : parts_(parts), options_(std::move(options)), folder_(std::move(folder)), tell_again_(parts.loop) {
  sweeper_ = std::make_unique<io::Ticker>(parts_.loop, options_.sweep, [this] { sweep(); });
}
Library::~Library() { *alive_ = false; }

std::string Library::random_text(std::size_t bytes) { return api::random_text(parts_.random, bytes); }

std::string Library::share_url(const std::string& token) const { return options_.public_url + "/rec/share/" + token; }
std::string Library::play_url(const store::RecordingFile& file) const {
  return options_.public_url + "/rec/play/" + file.id;
}
std::string Library::download_url(const store::RecordingFile& file) const {
  return options_.public_url + "/rec/download/" + file.id;
}

void Library::open(store::Recording row, Done<OpenedRecording> done) {
  const std::string id = row.id;
  parts_.store.files(id, [this, row = std::move(row), done = std::move(done)](auto files) mutable {
    if (!files) return done(unexpected(api::from_store(files.error())));
    OpenedRecording opened;
    std::vector<vault::SealedItem> items;
    items.push_back({field_of(row, "topic"), row.topic_sealed});
    if (row.share_token_sealed) items.push_back({field_of(row, "share_token"), *row.share_token_sealed});
    if (row.share_passcode_sealed) items.push_back({field_of(row, "share_passcode"), *row.share_passcode_sealed});
    for (store::RecordingFile& file : *files) {
      if (file.name_sealed) {
        envelope::Context context = field_of(row, "name");
        context.object_id = file.id;
        items.push_back({std::move(context), *file.name_sealed});
      }
      opened.files.push_back({std::move(file), ""});
    }
    opened.row = std::move(row);
    parts_.vault.open_all(std::move(items), [opened = std::move(opened), done = std::move(done)](auto texts) mutable {
      std::size_t next = 0;
      const auto text = [&]() -> std::string {
        auto& result = texts.at(next++);
        return result ? std::string{as_text(*result)} : std::string{};
      };
      if (!texts.at(0)) return done(unexpected(from_vault(texts.at(0).error())));
      opened.topic = text();
      if (opened.row.share_token_sealed) opened.share_token = text();
      if (opened.row.share_passcode_sealed) opened.share_passcode = text();
      for (auto& file : opened.files) {
        if (file.row.name_sealed) file.participant_name = text();
      }
      // In their order; std::stable_partition is deprecated in what clang sees of this library.
      for (auto& file : opened.files) {
        if (file.row.trashed_at) opened.trashed.push_back(std::move(file));
      }
      std::erase_if(opened.files, [](const auto& file) { return file.row.trashed_at.has_value(); });
      done(std::move(opened));
    });
  });
}

void Library::open_all(std::vector<store::Recording> rows, Done<std::vector<OpenedRecording>> done) {
  struct All {
    std::vector<OpenedRecording> opened;
    std::size_t left = 0;
    std::optional<api::ApiError> error;
    Done<std::vector<OpenedRecording>> done;
  };
  auto all = std::make_shared<All>();
  all->opened.resize(rows.size());
  all->left = rows.size();
  all->done = std::move(done);
  if (rows.empty()) return all->done(std::vector<OpenedRecording>{});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    open(std::move(rows[i]), [all, i](expected<OpenedRecording, api::ApiError> opened) {
      if (opened) {
        all->opened[i] = std::move(*opened);
      } else {
        all->error = opened.error();
      }
      if (--all->left != 0) return;
      if (all->error) return all->done(unexpected(*all->error));
      all->done(std::move(all->opened));
    });
  }
}

void Library::trash(const store::Recording& row, Done<void> done) {
  if (row.legal_hold) return done(unexpected(api::ApiError{409, "This recording is under legal hold."}));
  if (row.state == store::RecordingState::recording) {
    return done(unexpected(api::ApiError{409, "This meeting is still being recorded. Stop the recording first."}));
  }
  if (row.trashed_at) return done({});
  parts_.store.trash(row.id, parts_.clock.now(), [this, id = row.id, done = std::move(done)](auto result) mutable {
    if (!result) return done(unexpected(api::from_store(result.error())));
    publish(id, "trashed");
    done({});
  });
}

void Library::restore(const store::Recording& row, Done<void> done) {
  if (!row.trashed_at) return done({});
  parts_.store.restore(row.id, [this, id = row.id, done = std::move(done)](auto result) mutable {
    if (!result) return done(unexpected(api::from_store(result.error())));
    publish(id, "recovered");
    done({});
  });
}

void Library::remove_folder(const std::string& recording) {
  // Without its keys it is noise already; this gives the room back.
  std::error_code ignored;
  std::filesystem::remove_all(std::filesystem::path{folder_(recording, 0)}.parent_path(), ignored);
}

void Library::destroy(const store::Recording& row, Done<void> done) {
  if (row.legal_hold) return done(unexpected(api::ApiError{409, "This recording is under legal hold."}));
  if (row.state == store::RecordingState::recording) {
    return done(unexpected(api::ApiError{409, "This meeting is still being recorded. Stop the recording first."}));
  }
  parts_.composing.drop(row.id);
  parts_.archive.drop(row.id);
  // Not destroyed after all: whatever waited for the composer waits for it again.
  const auto still_there = [this](const store::Recording& left) {
    if (left.state == store::RecordingState::processing) parts_.composing.add(left.id);
  };
  // What is told about it has to be said before its topic cannot be read any more.
  open(row, [this, alive = alive_, row, still_there, done = std::move(done)](auto opened) mutable {
    if (!*alive) return;
    std::string object = opened ? event_object(*opened, *this) : "{}";
    parts_.vault.shred(
        row.account_id, recording::key_scope(row.id),
        [this, alive, row, still_there, object = std::move(object), done = std::move(done)](auto shredded) mutable {
          if (!*alive) return;
          if (!shredded) {
            still_there(row);
            return done(unexpected(from_vault(shredded.error())));
          }
          parts_.store.remove(row.id, [this, alive, row, still_there, object = std::move(object),
                                       done = std::move(done)](auto removed) mutable {
            if (!*alive) return;
            if (!removed) {
              still_there(row);
              return done(unexpected(api::from_store(removed.error())));
            }
            remove_folder(row.id);
            parts_.archive.wake();
            parts_.events.publish({.name = "recording.deleted",
                                   .account_id = row.account_id,
                                   .at = parts_.clock.now(),
                                   .object_json = std::move(object)});
            done({});
          });
        });
  });
}

void Library::destroy_file(const store::Recording& row, const store::RecordingFile& file, Done<void> done) {
  if (row.legal_hold) return done(unexpected(api::ApiError{409, "This recording is under legal hold."}));
  const std::string path = folder_(row.id, file.part) + "/" + file.file;
  parts_.store.remove_file(file.id, [this, alive = alive_, path, done = std::move(done)](auto removed) mutable {
    if (!removed) return done(unexpected(api::from_store(removed.error())));
    io::remove_file(path);
    if (*alive) parts_.archive.wake();
    done({});
  });
}

void Library::trash_file(const store::Recording& row, const store::RecordingFile& file, Done<void> done) {
  if (row.legal_hold) return done(unexpected(api::ApiError{409, "This recording is under legal hold."}));
  // Until then its files are replaced by those that are composed.
  if (row.state != store::RecordingState::completed && row.state != store::RecordingState::failed)
    return done(unexpected(api::ApiError{409, "This recording is not finished yet."}));
  if (file.trashed_at) return done({});
  parts_.store.trash_file(file.id, parts_.clock.now(), [done = std::move(done)](auto result) mutable {
    if (!result) return done(unexpected(api::from_store(result.error())));
    done({});
  });
}

void Library::restore_file(const store::RecordingFile& file, Done<void> done) {
  if (!file.trashed_at) return done({});
  parts_.store.restore_file(file.id, [done = std::move(done)](auto result) mutable {
    if (!result) return done(unexpected(api::from_store(result.error())));
    done({});
  });
}

void Library::keep(const store::Recording& row, bool legal_hold, std::optional<UnixMicros> delete_at, Done<void> done) {
  parts_.store.keep(row.id, legal_hold, delete_at, [done = std::move(done)](auto kept) mutable {
    if (!kept) return done(unexpected(api::from_store(kept.error())));
    done({});
  });
}

void Library::share(store::Recording row, ShareWish wish, Done<OpenedRecording> done) {
  row.share = store::ShareState::link;
  row.share_until = wish.until;
  row.viewer_download = wish.viewer_download;
  const auto keep_it = [this, alive = alive_](store::Recording changed, Done<OpenedRecording> then) {
    parts_.store.share(changed, [this, alive, changed, then = std::move(then)](auto kept) mutable {
      if (!*alive) return;
      if (!kept) return then(unexpected(api::from_store(kept.error())));
      open(std::move(changed), std::move(then));
    });
  };
  const auto with_passcode = [this, alive = alive_, keep_it, wish](store::Recording changed,
                                                                   Done<OpenedRecording> then) {
    if (!wish.passcode) return keep_it(std::move(changed), std::move(then));
    if (wish.passcode->empty()) {
      changed.share_passcode_sealed.reset();
      return keep_it(std::move(changed), std::move(then));
    }
    const ByteView text = as_bytes(*wish.passcode);
    parts_.vault.seal(field_of(changed, "share_passcode"), recording::key_scope(changed.id),
                      Bytes(text.begin(), text.end()),
                      [alive, keep_it, changed, then = std::move(then)](auto sealed) mutable {
                        if (!*alive) return;
                        if (!sealed) return then(unexpected(from_vault(sealed.error())));
                        changed.share_passcode_sealed = std::move(*sealed);
                        keep_it(std::move(changed), std::move(then));
                      });
  };
  if (row.share_token_sealed) return with_passcode(std::move(row), std::move(done));
  const std::string token = random_text(32);
  row.share_token_hash = api::token_hash(token);
  parts_.vault.seal(field_of(row, "share_token"), recording::key_scope(row.id),
                    Bytes(as_bytes(token).begin(), as_bytes(token).end()),
                    [alive = alive_, with_passcode, row, done = std::move(done)](auto sealed) mutable {
                      if (!*alive) return;
                      if (!sealed) return done(unexpected(from_vault(sealed.error())));
                      row.share_token_sealed = std::move(*sealed);
                      with_passcode(std::move(row), std::move(done));
                    });
}

void Library::unshare(store::Recording row, Done<void> done) {
  row.share = store::ShareState::none;
  row.share_token_hash.reset();
  row.share_token_sealed.reset();
  row.share_passcode_sealed.reset();
  row.share_until.reset();
  parts_.store.share(row, [done = std::move(done)](auto kept) mutable {
    if (!kept) return done(unexpected(api::from_store(kept.error())));
    done({});
  });
}

void Library::open_shared(const std::string& token, const std::optional<std::string>& passcode,
                          const std::string& source, Done<OpenedRecording> done) {
  parts_.store.by_share_token(
      api::token_hash(token), parts_.clock.now(),
      [this, alive = alive_, passcode, source, done = std::move(done)](auto found) mutable {
        if (!*alive) return;
        if (!found) return done(unexpected(api::from_store(found.error())));
        if (!*found) {
          // Links are guessed from somewhere: all wrong ones of a source count together. They hold up nobody whose
          // link is right, for dead ones come from old mails and pages of a whole office too.
          const Instant now = parts_.loop.now();
          if (const Duration wait = passcodes_.wait(source, now); wait > Duration::zero()) {
            return done(unexpected(api::too_many(meeting::retry_after_seconds(wait))));
          }
          passcodes_.failed(source, now);
          return done(unexpected(api::ApiError{404, "This link is not valid any more."}));
        }
        // Wrong passcodes count for each recording by itself: with that of another one nobody wipes them off.
        const std::string guesser = source + "/" + (*found)->id;
        open(std::move(**found), [this, alive, passcode, guesser, done = std::move(done)](auto opened) mutable {
          if (!*alive || !opened) return done(std::move(opened));
          if (opened->share_passcode) {
            if (!passcode) return done(unexpected(api::ApiError{401, "This recording needs its passcode."}));
            const Instant now = parts_.loop.now();  // asked here, since many may have come at the same time
            if (const Duration wait = passcodes_.wait(guesser, now); wait > Duration::zero()) {
              return done(unexpected(api::too_many(meeting::retry_after_seconds(wait))));
            }
            if (!constant_time_equal(as_bytes(*opened->share_passcode), as_bytes(*passcode))) {
              passcodes_.failed(guesser, now);
              return done(unexpected(api::ApiError{401, "The passcode is not right."}));
            }
            passcodes_.succeeded(guesser);
          }
          done(std::move(opened));
        });
      });
}

Duration Library::viewing_time(const store::Recording& row) const noexcept {
  constexpr Duration most = std::chrono::hours{4};
  if (!row.share_until) return most;
  const auto left = static_cast<std::int64_t>(*row.share_until) - static_cast<std::int64_t>(parts_.clock.now());
  return std::min(most, Duration{left});
}

void Library::make_token(const store::Recording& row, store::TokenKind kind, Duration holds, Done<std::string> done) {
  std::string token = random_text(32);
  const UnixMicros now = parts_.clock.now();
  parts_.store.put_token(
      api::token_hash(token), row, kind, UnixMicros{static_cast<std::int64_t>(now) + holds.count()}, now,
      [token, kind, done = std::move(done)](auto kept) mutable {
        // Changed since it was said: the next attempt finds out what there is now.
        if (!kept && kept.error() == store::StoreError::not_found && kind == store::TokenKind::viewer)
          return done(unexpected(api::ApiError{401, "The passcode is not right."}));
        if (!kept) return done(unexpected(api::from_store(kept.error())));
        done(std::move(token));
      });
}

void Library::sweep() {
  const UnixMicros now = parts_.clock.now();
  const UnixMicros trashed_before{static_cast<std::int64_t>(now) - options_.trash.count()};
  parts_.store.due(now, trashed_before, [this, alive = alive_](auto due) {
    if (!*alive || !due) return;
    for (const store::Recording& row : *due) {
      destroy(row, [id = row.id](auto destroyed) {
        if (!destroyed) {
          io::log::warning("a recording whose time is over could not be destroyed yet",
                           {{"recording", io::loggable(id)}, {"reason", destroyed.error().message}});
        }
      });
    }
  });
  parts_.store.files_due(trashed_before, [this, alive = alive_](auto due) {
    if (!*alive || !due) return;
    for (store::RecordingFile& file : *due) {
      parts_.store.find(file.recording_id, [this, alive, file](auto row) {
        if (!*alive || !row || !*row) return;
        destroy_file(**row, file, [](auto destroyed) {
          if (!destroyed) io::log::warning("a file whose time in the trash is over could not be destroyed yet");
        });
      });
    }
  });
}

}  // namespace sealhall::recordings
