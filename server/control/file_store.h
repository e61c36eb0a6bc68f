// The content of files in chats: comes in pieces over HTTPS, goes sealed into the blob store as it comes, is looked at
// by a scanner when there is one, and goes out in pieces. Who may is said by tickets that live meetings give out.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/random.h"
#include "io/net/clock.h"
#include "io/net/loop.h"
#include "server/control/file_scans.h"
#include "server/vault/sealed_blob.h"
#include "store/unclaimed_blobs.h"

namespace sealhall::control {

enum class FileError : std::uint8_t {
  no_such_ticket,  ///< never given, for another file, used up or too old
  wrong_piece,     ///< not the next one, too large, or more than was announced
  unavailable,     ///< keys or blobs: try the same piece again
  gone,            ///< shredded, or not there any more
};

struct FileStoreOptions {
  ScannerOptions scanner = {};
  std::size_t piece = 512U << 10;              ///< bytes at most
  Duration ticket = std::chrono::minutes{10};  ///< since its last use
};

class FileStore {
 public:
  /// Whose a file is.
  struct Place {
    std::string account_id;
    std::string meeting_id;
  };
  /// Called once: true when the content is stored and harmless, otherwise a sentence says why not.
  using Stored = std::function<void(bool stored, std::string message)>;
  template <class T>
  using Done = std::move_only_function<void(expected<T, FileError>)>;

  /// `vault`, `blobs` and `engine` outlive it; without a vault nothing is taken.
  FileStore(io::Loop& loop, RandomSource& random, vault::Vault* vault, store::Blobs& blobs, store::Engine& engine,
            const io::WallClock& clock, FileStoreOptions options)
      : loop_(loop),
        random_(random),
        vault_(vault),
        blobs_(blobs),
        unclaimed_(engine),
        clock_(clock),
        options_(std::move(options)),
        scans_(loop, options_.scanner) {}

  void expect_upload(Place place, const std::string& file, const std::string& ticket, std::uint64_t size,
                     Stored stored);
  void expect_download(Place place, const std::string& file, const std::string& ticket);

  /// The next piece; gives how many bytes have come so far. The same piece once more is no mistake.
  void put(const std::string& file, const std::string& ticket, std::uint64_t offset, Bytes piece,
           Done<std::uint64_t> done);
  /// Up to `size` bytes from `offset`; empty at the end.
  void get(const std::string& file, const std::string& ticket, std::uint64_t offset, std::size_t size,
           Done<Bytes> done);
  /// How the blob store calls a file.
  static std::string blob_of(const std::string& file) { return "files/" + file; }
  [[nodiscard]] std::size_t tickets() const noexcept { return tickets_.size(); }

 private:
  struct Ticket {
    Place place;
    std::string file;
    Instant used{};
    bool upload = false;
    std::uint64_t size = 0;
    std::uint64_t received = 0;
    bool busy = false;  ///< keys or blobs are being asked
    Stored stored;
    std::shared_ptr<vault::SealedBlobWriter> writer;
    std::shared_ptr<vault::SealedBlobReader> reader;
  };
  std::shared_ptr<Ticket> find(const std::string& file, const std::string& ticket, bool upload);
  void begin(const std::shared_ptr<Ticket>& t, const std::string& ticket, Bytes piece, Done<std::uint64_t> done);
  void write(const std::shared_ptr<Ticket>& t, const std::string& ticket, const Bytes& piece, Done<std::uint64_t> done);
  void cannot_store(const std::shared_ptr<Ticket>& t, const std::string& ticket, Done<std::uint64_t> done);
  void complete(const std::shared_ptr<Ticket>& t);
  void read(const std::shared_ptr<Ticket>& t, std::uint64_t offset, std::size_t size, Done<Bytes> done);
  void forget_old();

  io::Loop& loop_;
  RandomSource& random_;
  vault::Vault* vault_;
  store::Blobs& blobs_;
  store::UnclaimedBlobs unclaimed_;
  const io::WallClock& clock_;
  FileStoreOptions options_;
  std::map<std::string, std::shared_ptr<Ticket>> tickets_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  FileScans scans_;
};

}  // namespace sealhall::control
