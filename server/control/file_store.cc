#include "server/control/file_store.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "core/base/secret.h"
#include "io/log/log.h"

extern char** environ;

namespace sealhall::control {
namespace {

constexpr std::size_t scan_piece = 256U << 10;

vault::SealContext context_of(const FileStore::Place& place, const std::string& file) {
  return {place.account_id, "file", file, "content"};
}

}  // namespace

FileStore::~FileStore() {
  alive_.reset();
  for (auto& [number, thread] : scans_) thread.join();
}

void FileStore::expect_upload(Place place, const std::string& file, const std::string& ticket, std::uint64_t size,
                              Stored stored) {
  forget_old();
  auto t = std::make_shared<Ticket>();
  t->place = std::move(place);
  t->file = file;
  t->used = loop_.now();
  t->upload = true;
  t->size = size;
  t->stored = std::move(stored);
  tickets_[ticket] = std::move(t);
}

void FileStore::expect_download(Place place, const std::string& file, const std::string& ticket) {
  forget_old();
  auto t = std::make_shared<Ticket>();
  t->place = std::move(place);
  t->file = file;
  t->used = loop_.now();
  tickets_[ticket] = std::move(t);
}

/// An upload that nobody goes on with leaves a container without an end: it is taken away.
void FileStore::forget_old() {
  std::erase_if(tickets_, [&](const auto& entry) {
    const std::shared_ptr<Ticket>& t = entry.second;
    if (t->opening || loop_.now() - t->used < options_.ticket) return false;
    if (t->upload) {
      t->writer.reset();
      io::remove_file(path(t->file));
      t->stored(false, "The file did not come in time.");
    }
    return true;
  });
}

std::shared_ptr<FileStore::Ticket> FileStore::find(const std::string& file, const std::string& ticket, bool upload) {
  const auto it = tickets_.find(ticket);
  if (it == tickets_.end() || it->second->file != file || it->second->upload != upload) return nullptr;
  if (loop_.now() - it->second->used >= options_.ticket) return nullptr;
  it->second->used = loop_.now();
  return it->second;
}

void FileStore::put(const std::string& file, const std::string& ticket, std::uint64_t offset, Bytes piece,
                    Done<std::uint64_t> done) {
  const auto t = find(file, ticket, true);
  if (!t) return done(unexpected(FileError::no_such_ticket));
  if (t->opening) return done(unexpected(FileError::unavailable));
  if (offset + piece.size() <= t->received && !piece.empty()) return done(t->received);
  if (offset != t->received || piece.empty() || piece.size() > options_.piece || piece.size() > t->size - offset) {
    return done(unexpected(FileError::wrong_piece));
  }
  if (t->writer) return write(t, ticket, piece, std::move(done));
  if (vault_ == nullptr || !io::make_private_folder(options_.folder)) return done(unexpected(FileError::unavailable));
  t->opening = true;
  vault_->new_object_key(context_of(t->place, file), "meeting/" + t->place.meeting_id,
                         [this, alive = std::weak_ptr<bool>{alive_}, t, ticket, piece = std::move(piece),
                          done = std::move(done)](expected<vault::ObjectKey, vault::VaultError> key) mutable {
                           if (alive.expired()) return;
                           t->opening = false;
                           if (!key) return done(unexpected(FileError::unavailable));
                           auto writer = io::SealedFileWriter::create(path(t->file), context_of(t->place, t->file),
                                                                      key->key, key->wrapped, random_);
                           if (!writer) {
                             io::log::error("a file cannot be stored", {{"reason", writer.error().reason}});
                             return done(unexpected(FileError::unavailable));
                           }
                           t->key = std::move(key->key);
                           t->writer = std::move(*writer);
                           write(t, ticket, piece, std::move(done));
                         });
}

void FileStore::write(const std::shared_ptr<Ticket>& t, const std::string& ticket, const Bytes& piece,
                      Done<std::uint64_t> done) {
  auto written = t->writer->write(piece);
  if (written && t->received + piece.size() == t->size) written = t->writer->finish();
  if (!written) {
    // What was begun cannot be continued: the upload begins again with another ticket.
    io::log::error("a file cannot be stored", {{"reason", written.error().reason}});
    t->writer.reset();
    io::remove_file(path(t->file));
    tickets_.erase(ticket);
    t->stored(false, "The server cannot store this file right now.");
    return done(unexpected(FileError::unavailable));
  }
  t->received += piece.size();
  const bool all = t->received == t->size;
  done(t->received);
  if (!all) return;
  t->writer.reset();
  tickets_.erase(ticket);
  complete(t);
}

/// Everything is on the disk, sealed. The scanner reads what was stored, on a thread of its own.
void FileStore::complete(const std::shared_ptr<Ticket>& t) {
  if (options_.scan_command.empty()) return t->stored(true, {});
  auto reader = io::SealedFileReader::open(path(t->file), context_of(t->place, t->file), *t->key);
  if (!reader) return t->stored(false, "The server cannot look at this file.");
  const std::uint64_t number = next_scan_++;
  scans_[number] = std::thread([this, number, t, alive = std::weak_ptr<bool>{alive_}, command = options_.scan_command,
                                reader = std::move(*reader)]() mutable {
    const int said = run_scanner(command, [&](std::uint64_t at) -> expected<Bytes, io::FileError> {
      if (at >= reader.size()) return Bytes{};
      return reader.read(at, static_cast<std::size_t>(std::min<std::uint64_t>(scan_piece, reader.size() - at)));
    });
    loop_.post([this, number, t, alive, said] {
      if (alive.expired()) return;
      scans_[number].join();
      scans_.erase(number);
      if (said == 0) return t->stored(true, {});
      io::remove_file(path(t->file));
      t->stored(false, said == 1 ? "The virus scanner has refused this file."
                                 : "The virus scanner could not look at this file, so it was not taken.");
    });
  });
}

void FileStore::get(const std::string& file, const std::string& ticket, std::uint64_t offset, std::size_t size,
                    Done<Bytes> done) {
  const auto t = find(file, ticket, false);
  if (!t) return done(unexpected(FileError::no_such_ticket));
  if (t->reader) return read(t, offset, size, std::move(done));
  if (t->opening || vault_ == nullptr) return done(unexpected(FileError::unavailable));
  auto wrapped = io::wrapped_key_of(path(file));
  if (!wrapped) return done(unexpected(FileError::gone));
  t->opening = true;
  vault_->object_key(context_of(t->place, file), std::move(*wrapped),
                     [this, alive = std::weak_ptr<bool>{alive_}, t, offset, size,
                      done = std::move(done)](expected<envelope::Key, vault::VaultError> key) mutable {
                       if (alive.expired()) return;
                       t->opening = false;
                       if (!key) {
                         const bool never = key.error() == vault::VaultError::shredded;
                         return done(unexpected(never ? FileError::gone : FileError::unavailable));
                       }
                       auto reader = io::SealedFileReader::open(path(t->file), context_of(t->place, t->file), *key);
                       if (!reader || !reader->complete()) return done(unexpected(FileError::gone));
                       t->reader = std::move(*reader);
                       read(t, offset, size, std::move(done));
                     });
}

void FileStore::read(const std::shared_ptr<Ticket>& t, std::uint64_t offset, std::size_t size, Done<Bytes> done) {
  const std::uint64_t all = t->reader->size();
  if (offset >= all) return done(Bytes{});
  auto bytes = t->reader->read(
      offset, static_cast<std::size_t>(std::min<std::uint64_t>(std::min(size, options_.piece), all - offset)));
  if (!bytes) return done(unexpected(FileError::gone));
  done(std::move(*bytes));
}

int run_scanner(const std::string& command,
                const std::function<expected<Bytes, io::FileError>(std::uint64_t)>& content) {
  std::array<int, 2> pipe_ends{};
  if (::pipe2(pipe_ends.data(), O_CLOEXEC) != 0) return -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[0], 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::string shell = "/bin/sh";
  std::string dash_c = "-c";
  std::string line = command;
  std::array<char*, 4> arguments{shell.data(), dash_c.data(), line.data(), nullptr};
  pid_t child = 0;
  const int spawned = ::posix_spawn(&child, "/bin/sh", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[0]);
  bool all_given = spawned == 0;
  if (spawned == 0) {
    // A scanner that has seen enough closes its input; this thread must not end the process for it.
    sigset_t only_pipe;
    sigemptyset(&only_pipe);
    sigaddset(&only_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &only_pipe, nullptr);
    for (std::uint64_t at = 0; all_given;) {
      const auto bytes = content(at);
      if (!bytes) all_given = false;
      if (!bytes || bytes->empty()) break;
      std::size_t sent = 0;
      while (sent < bytes->size()) {
        const ssize_t n = ::write(pipe_ends[1], bytes->data() + sent, bytes->size() - sent);
        if (n <= 0) break;
        sent += static_cast<std::size_t>(n);
      }
      at += bytes->size();
      if (sent < bytes->size()) break;  // it answers all the same
    }
  }
  ::close(pipe_ends[1]);
  if (spawned != 0) return -1;
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!all_given || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status) <= 1 ? WEXITSTATUS(status) : -1;
}

}  // namespace sealhall::control
