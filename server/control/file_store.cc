#include "server/control/file_store.h"

#include <utility>

#include "io/log/log.h"

namespace sealhall::control {
namespace {

constexpr std::size_t scan_piece = 256U << 10;

vault::SealContext context_of(const FileStore::Place& place, const std::string& file) {
  return {place.account_id, "file", file, "content"};
}

FileError to_file_error(vault::SealedBlobError error) {
  return error == vault::SealedBlobError::gone ? FileError::gone : FileError::unavailable;
}

}  // namespace

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

/// Of an upload that nobody goes on with nothing remains: its writer goes.
void FileStore::forget_old() {
  std::erase_if(tickets_, [&](const auto& entry) {
    const std::shared_ptr<Ticket>& t = entry.second;
    if (t->busy || loop_.now() - t->used < options_.ticket) return false;
    if (t->upload) {
      t->writer.reset();
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
  if (t->busy) return done(unexpected(FileError::unavailable));
  if (offset + piece.size() <= t->received && !piece.empty()) return done(t->received);
  if (offset != t->received || piece.empty() || piece.size() > options_.piece || piece.size() > t->size - offset) {
    return done(unexpected(FileError::wrong_piece));
  }
  if (t->writer) return write(t, ticket, piece, std::move(done));
  if (vault_ == nullptr) return done(unexpected(FileError::unavailable));
  t->busy = true;
  // Before there is anything of it: whoever dies before a message names it has said what to take away.
  unclaimed_.add(blob_of(t->file), clock_.now(),
                 [this, alive = std::weak_ptr<bool>{alive_}, t, ticket, piece = std::move(piece),
                  done = std::move(done)](expected<void, store::StoreError> noted) mutable {
                   if (alive.expired()) return;
                   if (noted) return begin(t, ticket, std::move(piece), std::move(done));
                   t->busy = false;
                   done(unexpected(FileError::unavailable));
                 });
}

void FileStore::begin(const std::shared_ptr<Ticket>& t, const std::string& ticket, Bytes piece,
                      Done<std::uint64_t> done) {
  vault::SealedBlobWriter::create(
      blobs_, *vault_, random_, blob_of(t->file), context_of(t->place, t->file), "meeting/" + t->place.meeting_id,
      [this, alive = std::weak_ptr<bool>{alive_}, t, ticket, piece = std::move(piece),
       done = std::move(done)](expected<std::shared_ptr<vault::SealedBlobWriter>, vault::SealedBlobError> w) mutable {
        if (alive.expired()) return;
        t->busy = false;
        if (!w) return done(unexpected(FileError::unavailable));
        t->writer = std::move(*w);
        write(t, ticket, piece, std::move(done));
      });
}

void FileStore::write(const std::shared_ptr<Ticket>& t, const std::string& ticket, const Bytes& piece,
                      Done<std::uint64_t> done) {
  t->busy = true;
  t->writer->write(piece, [this, alive = std::weak_ptr<bool>{alive_}, t, ticket, size = piece.size(),
                           done = std::move(done)](expected<void, vault::SealedBlobError> taken) mutable {
    if (alive.expired()) return;
    if (!taken) return cannot_store(t, ticket, std::move(done));
    if (t->received + size < t->size) {
      t->busy = false;
      t->received += size;
      return done(t->received);
    }
    t->writer->finish(
        [this, alive, t, ticket, done = std::move(done)](expected<void, vault::SealedBlobError> finished) mutable {
          if (alive.expired()) return;
          if (!finished) return cannot_store(t, ticket, std::move(done));
          t->received = t->size;
          t->writer.reset();
          tickets_.erase(ticket);
          done(t->received);
          complete(t);
        });
  });
}

/// What was begun cannot be continued: the upload begins again with another ticket.
void FileStore::cannot_store(const std::shared_ptr<Ticket>& t, const std::string& ticket, Done<std::uint64_t> done) {
  io::log::error("a file cannot be stored");
  t->writer.reset();
  tickets_.erase(ticket);
  t->stored(false, "The server cannot store this file right now.");
  done(unexpected(FileError::unavailable));
}

/// Everything is stored, sealed. The scanner reads what was stored.
void FileStore::complete(const std::shared_ptr<Ticket>& t) {
  if (!scans_.wanted()) return t->stored(true, {});
  const auto refuse = [this, t](std::string why) {
    blobs_.remove(blob_of(t->file), [](expected<void, store::StoreError>) {});
    t->stored(false, std::move(why));
  };
  vault::SealedBlobReader::open(
      blobs_, *vault_, blob_of(t->file), context_of(t->place, t->file),
      [this, alive = std::weak_ptr<bool>{alive_}, t,
       refuse](expected<std::shared_ptr<vault::SealedBlobReader>, vault::SealedBlobError> reader) {
        if (alive.expired()) return;
        if (!reader) return refuse("The server cannot look at this file.");
        scans_.scan(
            [reader = *reader](std::uint64_t at, std::function<void(std::optional<Bytes>)> give) {
              reader->read(at, scan_piece, [give = std::move(give)](expected<Bytes, vault::SealedBlobError> bytes) {
                give(bytes ? std::optional{std::move(*bytes)} : std::nullopt);
              });
            },
            [t, refuse](std::string refused) {
              if (refused.empty()) return t->stored(true, {});
              refuse(std::move(refused));
            });
      });
}

void FileStore::get(const std::string& file, const std::string& ticket, std::uint64_t offset, std::size_t size,
                    Done<Bytes> done) {
  const auto t = find(file, ticket, false);
  if (!t) return done(unexpected(FileError::no_such_ticket));
  if (t->reader) return read(t, offset, size, std::move(done));
  if (t->busy || vault_ == nullptr) return done(unexpected(FileError::unavailable));
  t->busy = true;
  vault::SealedBlobReader::open(
      blobs_, *vault_, blob_of(file), context_of(t->place, file),
      [this, alive = std::weak_ptr<bool>{alive_}, t, offset, size,
       done = std::move(done)](expected<std::shared_ptr<vault::SealedBlobReader>, vault::SealedBlobError> r) mutable {
        if (alive.expired()) return;
        t->busy = false;
        if (!r) return done(unexpected(to_file_error(r.error())));
        t->reader = std::move(*r);
        read(t, offset, size, std::move(done));
      });
}

void FileStore::read(const std::shared_ptr<Ticket>& t, std::uint64_t offset, std::size_t size, Done<Bytes> done) {
  t->reader->read(offset, std::min(size, options_.piece),
                  [done = std::move(done)](expected<Bytes, vault::SealedBlobError> bytes) mutable {
                    if (!bytes) return done(unexpected(to_file_error(bytes.error())));
                    done(std::move(*bytes));
                  });
}

}  // namespace sealhall::control
