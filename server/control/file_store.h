// The content of files in chats: comes in pieces over HTTPS, is sealed as it comes, looked at by a scanner when there
// is one, and goes out in pieces. Who may is said by tickets that live meetings give out.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "core/base/random.h"
#include "io/net/loop.h"
#include "io/sealed/sealed_file.h"
#include "server/vault/vault.h"

namespace sealhall::control {

enum class FileError : std::uint8_t {
  no_such_ticket,  ///< never given, for another file, used up or too old
  wrong_piece,     ///< not the next one, too large, or more than was announced
  unavailable,     ///< keys or disk: try the same piece again
  gone,            ///< shredded, or not on the disk any more
};

struct FileStoreOptions {
  std::string folder;              ///< made when it is needed
  std::string scan_command;        ///< gets the content on its standard input; 0 harmless, 1 harmful. Empty: none
  std::size_t piece = 512U << 10;  ///< bytes at most
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

  FileStore(io::Loop& loop, RandomSource& random, vault::Vault* vault, FileStoreOptions options)
      : loop_(loop), random_(random), vault_(vault), options_(std::move(options)) {}
  ~FileStore();

  void expect_upload(Place place, const std::string& file, const std::string& ticket, std::uint64_t size,
                     Stored stored);
  void expect_download(Place place, const std::string& file, const std::string& ticket);

  /// The next piece; gives how many bytes have come so far. The same piece once more is no mistake.
  void put(const std::string& file, const std::string& ticket, std::uint64_t offset, Bytes piece,
           Done<std::uint64_t> done);
  /// Up to `size` bytes from `offset`; empty at the end.
  void get(const std::string& file, const std::string& ticket, std::uint64_t offset, std::size_t size,
           Done<Bytes> done);
  [[nodiscard]] std::size_t tickets() const noexcept { return tickets_.size(); }

 private:
  struct Ticket {
    Place place;
    std::string file;
    Instant used{};
    bool upload = false;
    std::uint64_t size = 0;
    std::uint64_t received = 0;
    bool opening = false;  ///< its key is being fetched
    Stored stored;
    std::optional<envelope::Key> key;
    std::optional<io::SealedFileWriter> writer;
    std::optional<io::SealedFileReader> reader;
  };
  std::shared_ptr<Ticket> find(const std::string& file, const std::string& ticket, bool upload);
  void write(const std::shared_ptr<Ticket>& t, const std::string& ticket, const Bytes& piece, Done<std::uint64_t> done);
  void complete(const std::shared_ptr<Ticket>& t);
  void read(const std::shared_ptr<Ticket>& t, std::uint64_t offset, std::size_t size, Done<Bytes> done);
  void forget_old();
  [[nodiscard]] std::string path(const std::string& file) const { return options_.folder + "/" + file; }

  io::Loop& loop_;
  RandomSource& random_;
  vault::Vault* vault_;
  FileStoreOptions options_;
  std::map<std::string, std::shared_ptr<Ticket>> tickets_;
  std::map<std::uint64_t, std::thread> scans_;
  std::uint64_t next_scan_ = 1;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// Gives `content` piece by piece to the command's standard input. 0: harmless, 1: harmful, -1: it could not say.
int run_scanner(const std::string& command,
                const std::function<expected<Bytes, io::FileError>(std::uint64_t)>& content);

}  // namespace sealhall::control
