// Tested in live_recordings_test.cc
#include "server/recording/compose_queue.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/secret.h"
#include "core/recording/journal.h"
#include "core/recording/part_key.h"
#include "io/log/log.h"
#include "io/sealed/sealed_file.h"
#include "server/api/tokens.h"

namespace sealhall::recordings {

using wire::recorder::Compose;
using wire::recorder::ComposeEnded;
using wire::recorder::ComposeFound;

struct ComposeQueue::Job {
  enum class Stage : std::uint8_t { preparing, given, concluding };
  Stage stage = Stage::preparing;
  std::uint32_t deaths = 0;
  store::Recording row;
  std::vector<store::RecordingPart> parts;
  Compose message;
  std::vector<ComposeFound> found;
  ComposeEnded ended;
  std::vector<store::RecordingFile> files;
  bool not_kept = false;  ///< by the store, at least once
  ~Job() { forget_keys(); }
  void forget_keys() {
    wipe(message.key);
    for (auto& part : message.parts) wipe(part.key);
  }
};

namespace {
/// The wrapped key of a composition that was begun before: in the header of any of its files.
std::optional<Bytes> begun_before(const std::string& folder) {
  std::error_code error;
  // Not a range-for: its ++ throws when the disk cannot be read.
  for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end; entry.increment(error)) {
    if (auto wrapped = io::wrapped_key_of(entry->path())) return std::move(*wrapped);
  }
  return std::nullopt;
}

/// What another attempt would be told again: it was destroyed meanwhile, or something in it cannot be written.
bool for_good(store::StoreError error) noexcept {
  return error == store::StoreError::not_found || error == store::StoreError::taken ||
         error == store::StoreError::bad_text;
}
}  // namespace

ComposeQueue::ComposeQueue(Parts parts, Options options, Events events)
    : parts_(parts), options_(options), events_(std::move(events)), again_(parts.loop) {}
ComposeQueue::~ComposeQueue() { *alive_ = false; }

std::string ComposeQueue::random_id() { return api::random_text(parts_.random, 16); }

void ComposeQueue::add(const std::string& recording) {
  if ((job_ && job_->row.id == recording) || std::ranges::find(queue_, recording) != queue_.end()) return;
  queue_.push_back(recording);
  next();
}

void ComposeQueue::drop(const std::string& recording) {
  std::erase(queue_, recording);
  if (!job_ || job_->row.id != recording) return;
  if (job_->stage == Job::Stage::given && send_) {
    send_(wire::recorder::encode(wire::recorder::ToComposer{wire::recorder::CancelCompose{recording}}));
  }
  job_.reset();
  next();
}

void ComposeQueue::later() {
  again_.after(options_.retry, [this] { next(); });
}

void ComposeQueue::next() {
  if (job_ || queue_.empty() || !send_ || again_.pending()) return;
  job_ = std::make_shared<Job>();
  job_->row.id = queue_.front();
  queue_.pop_front();
  parts_.store.find(job_->row.id, [this, alive = alive_, job = job_](auto found) {
    if (!*alive || job != job_) return;
    if (!found) {
      queue_.push_back(job->row.id);
      job_.reset();
      return later();
    }
    with_recording(job, std::move(*found));
  });
}

void ComposeQueue::with_recording(const Holder& job, std::optional<store::Recording> row) {
  if (!row || row->state != store::RecordingState::processing) {
    job_.reset();
    return next();
  }
  job->row = std::move(*row);
  parts_.store.parts(job->row.id, [this, alive = alive_, job](auto parts) {
    if (!*alive || job != job_) return;
    if (!parts) {  // which is not the same as none
      queue_.push_front(job->row.id);
      job_.reset();
      return later();
    }
    job->parts = std::move(*parts);
    open_part(job, 0);
  });
}

void ComposeQueue::open_part(const Holder& job, std::size_t index) {
  if (index == job->parts.size()) return open_output(job);
  const std::uint32_t part = job->parts[index].part;
  const std::string folder = events_.folder(job->row.id, part);
  auto wrapped = io::wrapped_key_of(folder + "/" + std::string{recording::manifest_file});
  // A recorder that never came that far has written nothing.
  if (!wrapped) return open_part(job, index + 1);
  parts_.vault.object_key(
      recording::part_context(job->row.account_id, job->row.id, part), std::move(*wrapped),
      [this, alive = alive_, job, index, part, folder](expected<envelope::Key, vault::VaultError> key) {
        if (!*alive || job != job_) return;
        if (!key) {
          if (key.error() == vault::VaultError::unavailable || key.error() == vault::VaultError::refused ||
              key.error() == vault::VaultError::failed) {
            queue_.push_front(job->row.id);
            job_.reset();
            return later();
          }
          io::log::error("a part of a recording cannot be opened",
                         {{"recording", io::loggable(job->row.id)}, {"reason", static_cast<int>(key.error())}});
          return open_part(job, index + 1);
        }
        job->message.parts.push_back({folder, Bytes(key->reveal().begin(), key->reveal().end()), part});
        open_part(job, index + 1);
      });
}

void ComposeQueue::open_output(const Holder& job) {
  const std::string folder = events_.folder(job->row.id, 0);
  job->message.folder = folder;
  const envelope::Context context = recording::part_context(job->row.account_id, job->row.id, 0);
  const auto unavailable = [this, job] {
    queue_.push_front(job->row.id);
    job_.reset();
    later();
  };
  if (auto wrapped = begun_before(folder)) {
    Bytes copy = *wrapped;
    return parts_.vault.object_key(context, std::move(*wrapped),
                                   [this, alive = alive_, job, unavailable, copy = std::move(copy)](auto key) mutable {
                                     if (!*alive || job != job_) return;
                                     if (!key) return unavailable();
                                     job->message.key.assign(key->reveal().begin(), key->reveal().end());
                                     job->message.wrapped_key = std::move(copy);
                                     give(job);
                                   });
  }
  parts_.vault.new_object_key(context, recording::key_scope(job->row.id),
                              [this, alive = alive_, job, unavailable](auto key) {
                                if (!*alive || job != job_) return;
                                if (!key) return unavailable();
                                job->message.key.assign(key->key.reveal().begin(), key->key.reveal().end());
                                job->message.wrapped_key = std::move(key->wrapped);
                                give(job);
                              });
}

void ComposeQueue::give(const Holder& job) {
  job->message.recording = job->row.id;
  job->message.account = job->row.account_id;
  job->message.layout = job->row.speaker ? wire::recorder::Layout::speaker : wire::recorder::Layout::gallery;
  // 16:9 with even sides, as encoders want them.
  job->message.height = job->row.height & ~1U;
  job->message.width = (job->row.height * 16 / 9) & ~1U;
  job->message.frame_rate = options_.frame_rate;
  if (!send_) {  // the composer went in the meantime
    queue_.push_front(job->row.id);
    job_.reset();
    return;
  }
  job->found.clear();
  job->stage = Job::Stage::given;
  send_(wire::recorder::encode(wire::recorder::ToComposer{job->message}));
}

void ComposeQueue::composer_came(std::function<void(std::string_view)> send) {
  send_ = std::move(send);
  if (job_ && job_->stage == Job::Stage::given) return give(job_);
  next();
}

void ComposeQueue::composer_gone() {
  send_ = nullptr;
  if (!job_ || job_->stage != Job::Stage::given) return;
  if (++job_->deaths < options_.most_deaths) return;
  io::log::error("the composer died too often over a recording; it stays without a composition",
                 {{"recording", io::loggable(job_->row.id)}});
  job_->ended = {};
  conclude(job_);
}

void ComposeQueue::composer_said(std::string_view text) {
  const auto message = wire::recorder::decode_from_composer(text);
  if (!message) return io::log::error("the composer sent a message that is none");
  if (!job_ || job_->stage != Job::Stage::given) return;
  if (const auto* found = std::get_if<ComposeFound>(&*message)) {
    if (found->recording == job_->row.id && recording::is_part_file_name(found->file)) job_->found.push_back(*found);
  } else if (const auto* progress = std::get_if<wire::recorder::ComposeProgress>(&*message)) {
    if (progress->recording == job_->row.id) parts_.store.set_progress(job_->row.id, progress->permille, [](auto) {});
  } else if (const auto* ended = std::get_if<ComposeEnded>(&*message)) {
    if (ended->recording != job_->row.id) return;
    job_->ended = *ended;
    if (!ended->done) {
      io::log::error("a recording could not be composed",
                     {{"recording", io::loggable(job_->row.id)}, {"reason", ended->message}});
    }
    conclude(job_);
  }
}

void ComposeQueue::conclude(const Holder& job) {
  job->stage = Job::Stage::concluding;
  job->forget_keys();
  for (const ComposeFound& found : job->found) {
    store::RecordingFile file;
    file.id = random_id();
    file.recording_id = job->row.id;
    file.part = found.part;
    file.file = found.file;
    file.kind = found.kind;
    file.participant = found.participant;
    file.size = found.size;
    file.began_ms = found.began_ms;
    file.ended_ms = found.ended_ms;
    file.whole = found.whole;
    job->files.push_back(std::move(file));
  }
  seal_name(job, 0);
}

void ComposeQueue::seal_name(const Holder& job, std::size_t index) {
  while (index < job->files.size() && job->found[index].name.empty()) ++index;
  if (index == job->files.size()) return name_files(job);
  store::RecordingFile& file = job->files[index];
  const ByteView name = as_bytes(job->found[index].name);
  parts_.vault.seal({job->row.account_id, std::string{recording::context_kind}, file.id, "name"},
                    recording::key_scope(job->row.id), Bytes(name.begin(), name.end()),
                    [this, alive = alive_, job, index](auto sealed) {
                      if (!*alive || job != job_) return;
                      if (sealed) job->files[index].name_sealed = std::move(*sealed);
                      seal_name(job, index + 1);
                    });
}

void ComposeQueue::name_files(const Holder& job) {
  const auto composed = [&](const std::string& name, const char* kind, std::uint64_t size) {
    if (name.empty() || !recording::is_part_file_name(name)) return;
    store::RecordingFile file;
    file.id = random_id();
    file.recording_id = job->row.id;
    file.file = name;
    file.kind = kind;
    file.size = size;
    file.ended_ms = job->ended.duration_ms;
    job->files.push_back(std::move(file));
  };
  if (job->ended.done) {
    composed(job->ended.file, "video", job->ended.size);
    composed(job->ended.audio_file, "sound", job->ended.audio_size);
  }
  keep(job);
}

/// With the same files each time, so that an attempt of which nobody knew how it went does no harm.
void ComposeQueue::keep(const Holder& job) {
  std::uint64_t duration = job->ended.duration_ms;
  for (const ComposeFound& found : job->found) duration = std::max(duration, found.ended_ms);
  const bool done = job->ended.done;
  parts_.store.finish(job->row.id, done ? store::RecordingState::completed : store::RecordingState::failed, duration,
                      job->files, [this, alive = alive_, job, done](expected<void, store::StoreError> kept) {
                        if (!*alive) return;
                        if (!kept && !std::exchange(job->not_kept, true)) {
                          io::log::error("a composed recording cannot be kept",
                                         {{"recording", io::loggable(job->row.id)},
                                          {"reason", store::name_of(kept.error())},
                                          {"again", !for_good(kept.error())}});
                        }
                        if (!kept && !for_good(kept.error()) && job == job_) {
                          // What was composed is there: only the writing is tried again.
                          return again_.after(options_.retry, [this, job] { job == job_ ? keep(job) : next(); });
                        }
                        if (job == job_) job_.reset();
                        if (kept && events_.finished) events_.finished(job->row.id, done);
                        next();
                      });
}

}  // namespace sealhall::recordings
