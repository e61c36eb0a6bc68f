#include "io/sealed/sealed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "io/files/files.h"

namespace sealhall::io {
namespace {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  void close() noexcept {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

FileError failed(const std::string& path, std::string_view what, int error) {
  return {error, "The file " + path + " " + std::string{what} + ": " + std::generic_category().message(error) + "."};
}
FileError not_authentic(const std::string& path) {
  static_assert(not_authentic_code == EBADMSG);
  return {not_authentic_code, "The file " + path + " cannot be opened: it was changed, or has another key."};
}

/// Fewer bytes than asked for only at the end of the file.
expected<Bytes, int> read_at(int fd, std::uint64_t offset, std::size_t size) {
  Bytes bytes(size);
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::pread(fd, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return unexpected(errno);
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

}  // namespace

struct SealedFileWriter::State {
  State(std::string p, int fd, envelope::ContainerWriter w) : path(std::move(p)), file(fd), writer(std::move(w)) {}
  std::string path;
  Fd file;
  envelope::ContainerWriter writer;
  Bytes out;
  std::uint64_t stored = 0;
  bool dirty = true;
  bool in_folder = false;  // the folder's entry is synced
  bool broken = false;

  expected<void, FileError> put() {
    if (out.empty()) return {};
    if (!write_all(file.get(), out)) {
      broken = true;
      return unexpected(failed(path, "cannot be written", errno));
    }
    stored += out.size();
    out.clear();
    dirty = true;
    return {};
  }
};

SealedFileWriter::SealedFileWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedFileWriter::~SealedFileWriter() = default;
SealedFileWriter::SealedFileWriter(SealedFileWriter&&) noexcept = default;
SealedFileWriter& SealedFileWriter::operator=(SealedFileWriter&&) noexcept = default;

expected<SealedFileWriter, FileError> SealedFileWriter::create(const std::string& path,
                                                               const envelope::Context& context,
                                                               const envelope::Key& key, ByteView wrapped_key,
                                                               RandomSource& random) {
  auto writer = envelope::ContainerWriter::create(context, key, wrapped_key, random);
  if (!writer) return unexpected(FileError{EINVAL, "The file " + path + " cannot be sealed."});
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return unexpected(failed(path, "cannot be made", errno));
  SealedFileWriter made{std::make_unique<State>(path, fd, std::move(*writer))};
  append(made.state_->out, made.state_->writer.header());
  if (auto put = made.state_->put(); !put) return unexpected(put.error());
  return made;
}

expected<void, FileError> SealedFileWriter::write(ByteView plaintext) {
  if (state_->broken) return unexpected(FileError{EIO, "The file " + state_->path + " is broken."});
  if (!state_->writer.write(plaintext, state_->out)) {
    state_->broken = true;
    return unexpected(FileError{EFBIG, "The file " + state_->path + " is too large."});
  }
  return state_->put();
}

expected<void, FileError> SealedFileWriter::sync() {
  if (!state_->dirty) return {};
  if (::fdatasync(state_->file.get()) != 0) {
    // What the disk did not take once it may claim to have the next time: nothing more is built on it.
    state_->broken = true;
    return unexpected(failed(state_->path, "cannot be synced", errno));
  }
  if (!state_->in_folder) {
    const std::size_t slash = state_->path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : state_->path.substr(0, slash);
    const Fd entry{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (entry.get() < 0 || ::fsync(entry.get()) != 0) return unexpected(failed(folder, "cannot be synced", errno));
    state_->in_folder = true;
  }
  state_->dirty = false;
  return {};
}

expected<void, FileError> SealedFileWriter::finish() {
  if (state_->broken) return unexpected(FileError{EIO, "The file " + state_->path + " is broken."});
  if (!state_->writer.finish(state_->out)) return unexpected(FileError{EFBIG, "The file is too large."});
  if (auto put = state_->put(); !put) return put;
  auto synced = sync();
  state_->file.close();
  state_->broken = true;
  return synced;
}

std::uint64_t SealedFileWriter::size() const noexcept { return state_->writer.size(); }
std::size_t SealedFileWriter::waiting() const noexcept {
  return static_cast<std::size_t>(state_->writer.size() - state_->writer.sealed_size());
}
std::uint64_t SealedFileWriter::stored() const noexcept { return state_->stored; }

struct SealedFileReader::State {
  State(std::string p, int fd) : path(std::move(p)), file(fd) {}
  std::string path;
  Fd file;
  std::unique_ptr<envelope::ContainerReader> reader;
};

SealedFileReader::SealedFileReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
SealedFileReader::~SealedFileReader() = default;
SealedFileReader::SealedFileReader(SealedFileReader&&) noexcept = default;
SealedFileReader& SealedFileReader::operator=(SealedFileReader&&) noexcept = default;

expected<SealedFileReader, FileError> SealedFileReader::open(const std::string& path, const envelope::Context& context,
                                                             const envelope::Key& key) {
  auto state = std::make_unique<State>(path, ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  const int fd = state->file.get();
  struct stat info{};
  if (fd < 0 || ::fstat(fd, &info) != 0) return unexpected(failed(path, "cannot be read", errno));
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const auto header = read_at(fd, 0, envelope::container_header_size);
  if (!header) return unexpected(failed(path, "cannot be read", header.error()));
  if (const auto at = envelope::ContainerReader::last_segment(size)) {
    const auto last = read_at(fd, at->offset, static_cast<std::size_t>(at->size));
    if (!last) return unexpected(failed(path, "cannot be read", last.error()));
    if (auto opened = envelope::ContainerReader::open(context, key, *header, *last, size)) {
      state->reader = std::make_unique<envelope::ContainerReader>(std::move(*opened));
      return SealedFileReader{std::move(state)};
    }
  }
  auto recovered = envelope::ContainerReader::recover(context, key, *header, size, [fd](envelope::ByteRange range) {
    return read_at(fd, range.offset, static_cast<std::size_t>(range.size)).value_or(Bytes{});
  });
  if (!recovered) return unexpected(not_authentic(path));
  state->reader = std::make_unique<envelope::ContainerReader>(std::move(*recovered));
  return SealedFileReader{std::move(state)};
}

std::uint64_t SealedFileReader::size() const noexcept { return state_->reader->size(); }
bool SealedFileReader::complete() const noexcept { return state_->reader->complete(); }

expected<Bytes, FileError> SealedFileReader::read(std::uint64_t offset, std::size_t size) {
  if (size == 0) return Bytes{};
  const envelope::ByteRange wanted{offset, size};
  const auto range = state_->reader->sealed_range(wanted);
  if (!range) return unexpected(FileError{EINVAL, "The file " + state_->path + " has no such bytes."});
  const auto sealed = read_at(state_->file.get(), range->offset, static_cast<std::size_t>(range->size));
  if (!sealed) return unexpected(failed(state_->path, "cannot be read", sealed.error()));
  auto opened = state_->reader->open_range(wanted, *sealed);
  if (!opened) return unexpected(not_authentic(state_->path));
  return std::move(*opened);
}

expected<Bytes, FileError> SealedFileReader::read_all(std::size_t limit) {
  if (size() > limit) {
    return unexpected(
        FileError{EFBIG, "The file " + state_->path + " is larger than " + std::to_string(limit) + " bytes."});
  }
  return read(0, static_cast<std::size_t>(size()));
}

expected<Bytes, FileError> wrapped_key_of(const std::string& path) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  if (file.get() < 0) return unexpected(failed(path, "cannot be read", errno));
  const auto header = read_at(file.get(), 0, envelope::container_header_size);
  if (!header) return unexpected(failed(path, "cannot be read", header.error()));
  auto known = envelope::read_container_header(*header);
  if (!known) return unexpected(not_authentic(path));
  return std::move(known->wrapped_key);
}

}  // namespace sealhall::io
