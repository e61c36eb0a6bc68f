// Tested in library_test.cc
// What goes out of the library to players: ranges of sealed containers, of this disk or of the blob store.
#include <cerrno>
#include <functional>
#include <utility>

#include "core/base/ascii.h"
#include "core/recording/part_key.h"
#include "io/log/log.h"
#include "io/sealed/sealed_file.h"
#include "server/recording/byte_range.h"
#include "server/recording/library.h"
#include "server/vault/sealed_blob.h"

namespace sealhall::recordings {
namespace {

constexpr std::size_t piece = 4 * envelope::segment_size;

/// Plays a container piece by piece. Reading blocks for the time that the system needs for a quarter of a megabyte.
class FileSource final : public io::HttpSource {
 public:
  FileSource(io::SealedFileReader file, ByteSpan span) : file_(std::move(file)), at_(span.from), left_(span.size) {}
  void next(std::move_only_function<void(Bytes)> give) override {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(piece, left_));
    auto bytes = file_.read(at_, size);
    if (!bytes) {
      io::log::error(bytes.error().reason);
      return give({});
    }
    at_ += size;
    left_ -= size;
    give(std::move(*bytes));
  }

 private:
  io::SealedFileReader file_;
  std::uint64_t at_;
  std::uint64_t left_;
};

/// The same from the blob store: a range of segments at a time.
class BlobSource final : public io::HttpSource {
 public:
  BlobSource(std::shared_ptr<vault::SealedBlobReader> blob, ByteSpan span)
      : blob_(std::move(blob)), at_(span.from), left_(span.size) {}
  void next(std::move_only_function<void(Bytes)> give) override {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(blob_piece, left_));
    const std::uint64_t from = std::exchange(at_, at_ + size);
    left_ -= size;
    blob_->read(from, size, [give = std::move(give)](auto bytes) mutable {
      if (!bytes) io::log::error("a recording cannot be read from the blob store");
      give(bytes ? std::move(*bytes) : Bytes{});
    });
  }

 private:
  static constexpr std::size_t blob_piece = 16 * envelope::segment_size;
  std::shared_ptr<vault::SealedBlobReader> blob_;
  std::uint64_t at_;
  std::uint64_t left_;
};

/// The answer with what was asked for of `total` bytes, which `source` gives.
io::HttpResponse response_for(const store::RecordingFile& file, const std::optional<std::string>& range,
                              bool as_download, std::uint64_t total,
                              const std::function<std::shared_ptr<io::HttpSource>(ByteSpan)>& source) {
  const auto wanted = byte_range(range, total);
  io::HttpResponse response;
  response.headers.set("Accept-Ranges", "bytes");
  if (!wanted) {
    response = io::HttpResponse::error(416, "The file has no such bytes.");
    response.headers.set("Content-Range", "bytes */" + std::to_string(total));
    return response;
  }
  const FileKind kind = kind_of(file.kind);
  response.headers.set("Content-Type", std::string{kind.content_type});
  const std::string shown = as_download ? "attachment" : "inline";
  response.headers.set("Content-Disposition", shown + "; filename=\"recording-" + file.id.substr(0, 8) + "." +
                                                  ascii_lower(kind.extension) + "\"");
  const ByteSpan span = wanted->value_or(ByteSpan{0, total});
  if (*wanted) {
    response.status = 206;
    response.headers.set("Content-Range", "bytes " + std::to_string(span.from) + "-" +
                                              std::to_string(span.from + span.size - 1) + "/" + std::to_string(total));
  }
  response.source_size = span.size;
  response.source = source(span);
  return response;
}

}  // namespace

void Library::serve(const store::Recording& row, const store::RecordingFile& file, const io::HttpRequest& request,
                    bool as_download, std::move_only_function<void(io::HttpResponse)> answer) {
  const std::string path = folder_(row.id, file.part) + "/" + file.file;
  const auto header = request.headers.find("Range");
  std::optional<std::string> range;
  if (header) range = std::string{*header};
  auto wrapped = io::wrapped_key_of(path);
  if (!wrapped && wrapped.error().code == ENOENT)
    return serve_blob(row, file, std::move(range), as_download, std::move(answer));
  if (!wrapped) return answer(io::HttpResponse::error(500, "The file cannot be opened."));
  parts_.vault.object_key(
      recording::part_context(row.account_id, row.id, file.part), std::move(*wrapped),
      [row, file, path, as_download, range = std::move(range), answer = std::move(answer)](auto key) mutable {
        if (!key) return answer(api::to_response(from_vault(key.error())));
        auto reader =
            io::SealedFileReader::open(path, recording::file_context(row.account_id, row.id, file.part, file.file),
                                       recording::file_key(*key, file.file));
        if (!reader) {
          io::log::error(reader.error().reason);
          return answer(io::HttpResponse::error(500, "The file cannot be opened."));
        }
        const std::uint64_t total = reader->size();
        answer(response_for(file, range, as_download, total, [&reader](ByteSpan span) {
          return std::make_shared<FileSource>(std::move(*reader), span);
        }));
      });
}

void Library::serve_blob(const store::Recording& row, const store::RecordingFile& file,
                         std::optional<std::string> range, bool as_download,
                         std::move_only_function<void(io::HttpResponse)> answer) {
  auto key_of = [this, alive = alive_, row, file](Bytes wrapped, vault::Done<envelope::Key> then) {
    if (!*alive) return then(unexpected(vault::VaultError::unavailable));
    parts_.vault.object_key(recording::part_context(row.account_id, row.id, file.part), std::move(wrapped),
                            [name = file.file, then = std::move(then)](auto key) mutable {
                              if (!key) return then(unexpected(key.error()));
                              then(recording::file_key(*key, name));
                            });
  };
  const std::optional<std::uint64_t> recovered = file.whole ? std::nullopt : std::optional{file.size};
  vault::SealedBlobReader::open_with(
      parts_.archive.blobs(), store::recording_blob(row.id, file.part, file.file),
      recording::file_context(row.account_id, row.id, file.part, file.file), std::move(key_of), recovered,
      [file, range = std::move(range), as_download, answer = std::move(answer)](auto blob) mutable {
        if (!blob && blob.error() == vault::SealedBlobError::gone)
          return answer(io::HttpResponse::error(404, "The file is not here any more."));
        if (!blob) return answer(api::to_response({503, "The recording cannot be read right now.", {}, 5}));
        const std::uint64_t total = (*blob)->size();
        answer(response_for(file, range, as_download, total,
                            [&blob](ByteSpan span) { return std::make_shared<BlobSource>(std::move(*blob), span); }));
      });
}

}  // namespace sealhall::recordings
