#include "client/cli/file_transfer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "client/cli/json_line.h"
#include "client/cli/terminal_view.h"
#include "client/cli/words.h"
#include "core/base/encoding.h"

namespace sealhall::cli {

struct FileTransfer::Moving {
  Moving() = default;
  Moving(const Moving&) = delete;
  Moving& operator=(const Moving&) = delete;
  ~Moving() {
    if (handle >= 0) ::close(handle);
  }
  bool upload = false;
  std::string path;
  int handle = -1;
  wire::FileTicket ticket;
  std::uint64_t moved = 0;
  int failures = 0;  ///< in a row
  std::unique_ptr<io::Timer> pause;
};

std::string safe_name(const std::string& name) {
  std::string out;
  for (const char c : printable(name, 100)) out += c == '/' || c == '\\' || c == '?' ? '_' : c;
  if (out.empty() || out.front() == '.') out.insert(0, "file");
  return out;
}

std::uint32_t piece_size_for(const wire::FileTicket& ticket) noexcept {
  constexpr std::uint32_t most = 4U << 20;
  // None at all would go on for ever.
  return std::clamp(ticket.piece, std::uint32_t{1}, most);
}

FileTransfer::FileTransfer(io::Loop& loop, const io::TlsClientContext& tls, const std::string& host, std::uint16_t port,
                           Handlers handlers)
    : loop_(loop), client_(loop, tls, host, port), handlers_(std::move(handlers)) {}
FileTransfer::~FileTransfer() = default;

void FileTransfer::send(const std::string& path) {
  auto m = std::make_shared<Moving>();
  m->upload = true;
  m->path = path;
  m->handle = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about{};
  if (m->handle < 0 || ::fstat(m->handle, &about) != 0 || !S_ISREG(about.st_mode)) {
    return handlers_.say(tr("The file {1} cannot be read.", {printable(path, 200)}));
  }
  wire::OfferFile offer;
  offer.request = next_++;
  offer.name = path.substr(path.find_last_of('/') + 1);
  offer.size = static_cast<std::uint64_t>(about.st_size);
  asked_[offer.request] = std::move(m);
  handlers_.send(offer);
}

void FileTransfer::get(const std::string& file, std::string path) {
  auto m = std::make_shared<Moving>();
  m->path = std::move(path);
  wire::GetFile ask;
  ask.request = next_++;
  ask.file = file;
  asked_[ask.request] = std::move(m);
  handlers_.send(ask);
}

void FileTransfer::on_message(const wire::ServerMessage& message) {
  if (const auto* ticket = std::get_if<wire::FileTicket>(&message)) {
    const auto it = asked_.find(ticket->request);
    if (it == asked_.end()) return;
    const auto m = std::move(it->second);
    asked_.erase(it);
    m->ticket = *ticket;
    m->ticket.piece = piece_size_for(*ticket);
    if (!m->upload) {
      if (m->path.empty()) m->path = safe_name(ticket->name);
      m->handle = ::open(m->path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (m->handle < 0)
        return handlers_.say(tr("The file {1} cannot be made, or is there already.", {printable(m->path, 200)}));
    }
    moving_[ticket->file] = m;
    next_piece(m);
  } else if (const auto* stored = std::get_if<wire::FileStored>(&message)) {
    if (moving_.erase(stored->file) == 0 || !stored->stored) return;
    wire::SendChat chat;
    chat.request = next_++;
    chat.files = {stored->file};
    handlers_.send(chat);
  }
}

void FileTransfer::next_piece(const std::shared_ptr<Moving>& m) {
  handlers_.progress({m->ticket.file, m->upload, m->moved, m->ticket.size});
  if (m->moved >= m->ticket.size) {
    if (m->upload) return;  // `FileStored` follows when it was looked at
    ::fsync(m->handle);
    moving_.erase(m->ticket.file);
    return handlers_.say(tr("Saved as {1}.", {printable(m->path, 200)}));
  }
  m->upload ? upload_piece(m) : download_piece(m);
}

void FileTransfer::upload_piece(const std::shared_ptr<Moving>& m) {
  Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(m->ticket.piece, m->ticket.size - m->moved)));
  const ssize_t got = ::pread(m->handle, piece.data(), piece.size(), static_cast<off_t>(m->moved));
  if (got != static_cast<ssize_t>(piece.size())) return failed(m, tr("The file has changed while it was sent."));
  JsonObject body;
  body.add("ticket", m->ticket.ticket).add("offset", m->moved).add("data", to_base64url(piece));
  io::HttpClientRequest request{.method = "PUT", .target = "/api/files/" + m->ticket.file, .body = body.text()};
  request.headers.set("Content-Type", "application/json");
  client_.send(std::move(request), [this, m, size = piece.size()](expected<io::HttpResponse, io::Failure> response) {
    if (!response) return again(m, response.error().reason);
    if (response->status == 503) return again(m, tr("The server is busy."));
    if (response->status != 200) return failed(m, tr("The server did not take the file."));
    m->failures = 0;
    m->moved += size;
    next_piece(m);
  });
}

void FileTransfer::download_piece(const std::shared_ptr<Moving>& m) {
  const std::string target = "/api/files/" + m->ticket.file + "?ticket=" + m->ticket.ticket +
                             "&offset=" + std::to_string(m->moved) + "&size=" + std::to_string(m->ticket.piece);
  client_.send({.target = target}, [this, m](expected<io::HttpResponse, io::Failure> response) {
    if (!response) return again(m, response.error().reason);
    if (response->status == 503) return again(m, tr("The server is busy."));
    if (response->status != 200 || response->body.empty() || response->body.size() > m->ticket.size - m->moved) {
      return failed(m, tr("The server does not have this file any more."));
    }
    const std::string& body = response->body;
    const ssize_t written = ::pwrite(m->handle, body.data(), body.size(), static_cast<off_t>(m->moved));
    if (written != static_cast<ssize_t>(body.size())) return failed(m, tr("The file cannot be written."));
    m->failures = 0;
    m->moved += body.size();
    next_piece(m);
  });
}

/// The same piece once more, after a pause: pieces may be sent twice.
void FileTransfer::again(const std::shared_ptr<Moving>& m, const std::string& why) {
  constexpr int most = 8;
  if (++m->failures >= most) return failed(m, why);
  m->pause = std::make_unique<io::Timer>(loop_);
  m->pause->after(std::chrono::milliseconds{250 << m->failures}, [this, m] { next_piece(m); });
}

void FileTransfer::failed(const std::shared_ptr<Moving>& m, const std::string& why) {
  if (!m->upload) ::unlink(m->path.c_str());
  moving_.erase(m->ticket.file);
  handlers_.say(printable(why, 300));
}

}  // namespace sealhall::cli
