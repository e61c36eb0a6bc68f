// Moves files between this computer and the chat of a meeting, piece by piece over HTTPS.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/wire/signalling.h"
#include "io/http/client.h"
#include "io/net/loop.h"
#include "io/net/timer.h"

namespace sealhall::cli {

struct FileProgress {
  std::string file;
  bool upload = false;
  std::uint64_t moved = 0;
  std::uint64_t size = 0;
};

class FileTransfer {
 public:
  struct Handlers {
    std::function<void(const wire::ClientMessage&)> send;
    std::function<void(const std::string& sentence)> say;
    std::function<void(const FileProgress&)> progress;
  };
  FileTransfer(io::Loop& loop, const io::TlsClientContext& tls, const std::string& host, std::uint16_t port,
               Handlers handlers);
  ~FileTransfer();

  /// Uploads the file and puts it into the chat, to everybody.
  void send(const std::string& path);
  /// Saves a file of the chat; without a path under its own name, here. Never over a file that is there.
  void get(const std::string& file, std::string path);
  /// Tickets and results come among the messages of the meeting.
  void on_message(const wire::ServerMessage& message);

 private:
  struct Moving;
  void next_piece(const std::shared_ptr<Moving>& m);
  void upload_piece(const std::shared_ptr<Moving>& m);
  void download_piece(const std::shared_ptr<Moving>& m);
  void again(const std::shared_ptr<Moving>& m, const std::string& why);
  void failed(const std::shared_ptr<Moving>& m, const std::string& why);

  io::Loop& loop_;
  io::HttpClient client_;
  Handlers handlers_;
  wire::RequestNumber next_ = wire::RequestNumber{1} << 41U;
  std::map<wire::RequestNumber, std::shared_ptr<Moving>> asked_;
  std::map<std::string, std::shared_ptr<Moving>> moving_;  ///< by the file's id
};

/// A name that others have chosen, made one that is safe here: no folders, nothing hidden, nothing unprintable.
std::string safe_name(const std::string& name);

/// Bytes of the pieces that we send and ask for: at most what the server wants, and never more than 4 MiB, which have
/// to fit into memory.
std::uint32_t piece_size_for(const wire::FileTicket& ticket) noexcept;

}  // namespace sealhall::cli
