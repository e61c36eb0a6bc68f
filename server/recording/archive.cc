#include "server/recording/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "core/recording/journal.h"
#include "io/log/log.h"

namespace sealhall::recordings {
namespace {

namespace fs = std::filesystem;

struct LocalFile {
  std::string path;
  std::string blob;
  std::uint64_t size = 0;
};

/// Reading blocks for the time that the system needs for a piece.
class LocalReader {
 public:
  explicit LocalReader(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {}
  ~LocalReader() {
    if (fd_ >= 0) ::close(fd_);
  }
  LocalReader(const LocalReader&) = delete;
  LocalReader& operator=(const LocalReader&) = delete;
  /// Exactly so many bytes.
  [[nodiscard]] std::optional<Bytes> read(std::uint64_t at, std::size_t size) const {
    if (fd_ < 0) return std::nullopt;
    Bytes bytes(size);
    for (std::size_t got = 0; got < size;) {
      const ssize_t n = ::pread(fd_, bytes.data() + got, size - got, static_cast<off_t>(at + got));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return std::nullopt;
      got += static_cast<std::size_t>(n);
    }
    return bytes;
  }

 private:
  int fd_;
};

/// Nothing can be in a folder that is not there; what a disk with an error holds is not known.
bool is_unreadable(const std::error_code& error) {
  return error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory;
}

/// The containers in the folders of a recording's parts. What has another name was never part of it. nullopt: a folder
/// cannot be read, or not to its end.
std::optional<std::vector<LocalFile>> files_below(const std::string& recording, const std::string& folder) {
  std::vector<LocalFile> files;
  std::error_code error;
  const fs::directory_iterator end;
  // Not a range-for: its ++ throws when the disk cannot be read.
  for (fs::directory_iterator part{folder, error}; !error && part != end; part.increment(error)) {
    const std::string number = part->path().filename();
    std::uint32_t value = 0;
    const auto [rest, bad] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (bad != std::errc{} || rest != number.data() + number.size()) continue;
    std::error_code inside;
    for (fs::directory_iterator entry{part->path(), inside}; !inside && entry != end; entry.increment(inside)) {
      const std::string name = entry->path().filename();
      std::error_code ignored;
      if (!entry->is_regular_file(ignored) || !recording::is_part_file_name(name)) continue;
      files.push_back({entry->path(), store::recording_blob(recording, value, name), entry->file_size(ignored)});
    }
    if (is_unreadable(inside)) return std::nullopt;
  }
  if (is_unreadable(error)) return std::nullopt;
  std::ranges::sort(files, {}, &LocalFile::blob);
  return files;
}

}  // namespace

struct Archive::Job {
  store::Recording row;
  std::vector<LocalFile> files;
  std::vector<std::string> elsewhere;  ///< blobs that the store knows and this disk has not
  std::size_t at = 0;
  std::uint64_t read = 0;
  std::unique_ptr<LocalReader> reader;
  std::unique_ptr<store::BlobWriter> writer;
  bool dropped = false;

  [[nodiscard]] const LocalFile& now() const { return files.at(at); }
};

Archive::Archive(Parts parts, ArchiveOptions options, Folder folder)
    : parts_(parts), options_(options), folder_(std::move(folder)), again_(parts.loop) {}
Archive::~Archive() { *alive_ = false; }

void Archive::start(const std::vector<std::string>& local) {
  local_.assign(local.begin(), local.end());
  wake();
}

void Archive::wake() {
  woken_ = true;
  if (busy_ || again_.pending()) return;
  next();
}

void Archive::drop(const std::string& recording) {
  std::erase(local_, recording);
  if (job_ && job_->row.id == recording) job_->dropped = true;
}

void Archive::later() {
  busy_ = false;
  job_.reset();
  again_.after(options_.retry, [this] { next(); });
}

bool Archive::over(const Holder& job) {
  if (job != job_) return true;
  if (!job->dropped) return false;
  job_.reset();
  next();
  return true;
}

void Archive::next() {
  busy_ = true;
  woken_ = false;
  job_.reset();
  parts_.store.doomed(1, [this, alive = alive_](auto doomed) {
    if (!*alive) return;
    if (!doomed) return later();
    if (doomed->empty()) return find_work();
    const std::string& name = doomed->front();
    name.ends_with('/') ? take_away_below(name) : take_away(name);
  });
}

// ---- what was destroyed --------------------------------------------------------------------------------------------

void Archive::take_away(const std::string& name) {
  parts_.blobs.remove(name, [this, alive = alive_, name](auto gone) {
    if (!*alive) return;
    // A name that can be no blob's is nobody's.
    if (!gone && gone.error() != store::StoreError::bad_text) return later();
    taken_away(name);
  });
}

void Archive::take_away_below(const std::string& prefix) {
  parts_.blobs.list(prefix, "", 1, [this, alive = alive_, prefix](auto found) {
    if (!*alive) return;
    if (!found) return later();
    if (found->empty()) return taken_away(prefix);
    parts_.blobs.remove(found->front().name, [this, alive, prefix](auto gone) {
      if (!*alive) return;
      gone ? take_away_below(prefix) : later();
    });
  });
}

void Archive::taken_away(const std::string& name) {
  parts_.store.no_longer_doomed(name, [this, alive = alive_](auto forgotten) {
    if (!*alive) return;
    forgotten ? next() : later();
  });
}

// ---- what is to be moved -------------------------------------------------------------------------------------------

void Archive::find_work() {
  if (!options_.move) return look_at_local();
  parts_.store.to_move(given_up_.size() + 1, [this, alive = alive_](auto rows) {
    if (!*alive) return;
    if (!rows) return later();
    for (store::Recording& row : *rows) {
      if (!given_up_.contains(row.id)) return carry(std::move(row));
    }
    look_at_local();
  });
}

/// A process before us died between the last word in the store and the folder's end.
void Archive::look_at_local() {
  if (local_.empty()) {
    busy_ = false;
    if (woken_) next();
    return;
  }
  const std::string id = std::move(local_.front());
  local_.pop_front();
  parts_.store.find(id, [this, alive = alive_](auto row) {
    if (!*alive) return;
    if (row && *row && (*row)->moved) return carry(std::move(**row));
    look_at_local();
  });
}

void Archive::carry(store::Recording row) {
  job_ = std::make_shared<Job>();
  job_->row = std::move(row);
  parts_.store.files(job_->row.id, [this, alive = alive_, job = job_](auto files) {
    if (!*alive || over(job)) return;
    if (!files) return later();
    listed(job, *files);
  });
}

void Archive::listed(const Holder& job, const std::vector<store::RecordingFile>& files) {
  auto here = files_below(job->row.id, folder_(job->row.id));
  // Once all that is known was moved, the whole folder goes: of half of it nothing may be believed.
  if (!here) return give_up(job, "a folder of it cannot be read");
  job->files = std::move(*here);
  for (const store::RecordingFile& file : files) {
    const std::string blob = store::recording_blob(job->row.id, file.part, file.file);
    if (std::ranges::find(job->files, blob, &LocalFile::blob) == job->files.end()) job->elsewhere.push_back(blob);
  }
  not_here(job);
}

/// Nothing is called moved of which a file is nowhere: a disk that was not mounted looks like that, too.
void Archive::not_here(const Holder& job) {
  if (job->elsewhere.empty()) return file(job);
  parts_.blobs.size(job->elsewhere.back(), [this, alive = alive_, job](auto size) {
    if (!*alive || over(job)) return;
    if (!size && size.error() != store::StoreError::not_found) return later();
    if (!size) return give_up(job, "a file of it is neither on this disk nor in the blob store");
    job->elsewhere.pop_back();
    not_here(job);
  });
}

void Archive::file(const Holder& job) {
  if (job->at == job->files.size()) return carried(job);
  job->reader = std::make_unique<LocalReader>(job->now().path);
  job->read = 0;
  parts_.blobs.size(job->now().blob, [this, alive = alive_, job](auto size) {
    if (!*alive || over(job)) return;
    if (!size && size.error() != store::StoreError::not_found) return later();
    if (size && *size == job->now().size) return verify(job);  // a process before us came that far
    // What was found complete there once is not written over by what may be a rest.
    if (job->row.moved) return give_up(job, "what is left of it on this disk is not what was moved");
    job->writer = parts_.blobs.put(job->now().blob);
    upload(job);
  });
}

void Archive::upload(const Holder& job) {
  if (job->read == job->now().size) {
    return job->writer->finish([this, alive = alive_, job](auto finished) {
      job->writer.reset();
      if (!*alive || over(job)) return;
      finished ? verify(job) : later();
    });
  }
  auto bytes = job->reader->read(
      job->read, static_cast<std::size_t>(std::min<std::uint64_t>(options_.piece, job->now().size - job->read)));
  if (!bytes) return give_up(job, "a file of it cannot be read");
  job->read += bytes->size();
  job->writer->append(std::move(*bytes), [this, alive = alive_, job](auto taken) {
    if (!*alive) return;
    if (job->dropped || !taken) job->writer.reset();
    if (over(job)) return;
    taken ? upload(job) : later();
  });
}

/// What the blob store gives back is what is here, byte for byte; only then may what is here go.
void Archive::verify(const Holder& job) {
  parts_.blobs.size(job->now().blob, [this, alive = alive_, job](auto size) {
    if (!*alive || over(job)) return;
    if (!size || *size != job->now().size) return later();
    compare(job, 0);
  });
}

void Archive::compare(const Holder& job, std::uint64_t at) {
  if (at == job->now().size) {
    ++job->at;
    return file(job);
  }
  const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(options_.piece, job->now().size - at));
  parts_.blobs.get(job->now().blob, at, length, [this, alive = alive_, job, at, length](auto there) {
    if (!*alive || over(job)) return;
    if (!there) return later();
    const auto here = job->reader->read(at, length);
    if (!here) return give_up(job, "a file of it cannot be read");
    if (*here == *there) return compare(job, at + length);
    if (job->row.moved) return give_up(job, "what is left of it on this disk is not what was moved");
    io::log::error("a blob is not what was written; it is written again", {{"recording", io::loggable(job->row.id)}});
    parts_.blobs.remove(job->now().blob, [this, alive](auto) {
      if (*alive) later();
    });
  });
}

void Archive::carried(const Holder& job) {
  const auto clear = [this, job] {
    std::error_code ignored;
    fs::remove_all(folder_(job->row.id), ignored);
    if (!job->row.moved)
      io::log::info("a recording was moved into the blob store",
                    {{"recording", io::loggable(job->row.id)}, {"files", job->files.size()}});
    next();
  };
  if (job->row.moved) return clear();
  parts_.store.set_moved(job->row.id, [this, alive = alive_, job, clear](auto kept) {
    if (!*alive || over(job)) return;
    if (!kept && kept.error() != store::StoreError::not_found) return later();
    kept ? clear() : next();
  });
}

void Archive::give_up(const Holder& job, const char* why) {
  job->writer.reset();
  if (given_up_.insert(job->row.id).second) {
    io::log::error("a recording cannot be moved into the blob store; it stays where it is",
                   {{"recording", io::loggable(job->row.id)}, {"reason", why}});
  }
  next();
}

}  // namespace sealhall::recordings
