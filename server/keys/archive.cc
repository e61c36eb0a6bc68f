#include "server/keys/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <system_error>

#include "core/base/encoding.h"
#include "core/envelope/container.h"
#include "core/hpke/hpke.h"
#include "io/files/files.h"
#include "io/net/system.h"

namespace sealhall::keys {
namespace {

constexpr hpke::Suite suite{hpke::KemId::dhkem_x25519_hkdf_sha256, hpke::KdfId::hkdf_sha256, hpke::AeadId::aes_256_gcm};
constexpr std::string_view mark = "sealhall backup\n";
constexpr std::string_view key_file_mark = "sealhall backup key 1\n";
constexpr std::string_view recipient_mark = "shb-";
constexpr std::string_view info = "sealhall backup v1";
constexpr std::size_t enc_size = 32;
constexpr std::size_t sealed_key_size = 48;
constexpr std::size_t start_size = 16 + 4 + enc_size + sealed_key_size;
constexpr std::size_t piece = std::size_t{1} << 20;
const envelope::Context place{"installation", "backup", "", ""};

std::string problem(const std::string& what, const std::string& path) {
  return what + " " + path + ": " + std::generic_category().message(errno) + ".";
}

hpke::PrivateKey private_key(const BackupSeed& seed) {
  return hpke::PrivateKey::derive(suite.kem, seed.reveal()).value();
}

Bytes read_at(int fd, std::uint64_t offset, std::uint64_t size) {
  Bytes out(static_cast<std::size_t>(size));
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ssize_t got = ::pread(fd, out.data() + filled, out.size() - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<std::size_t>(got);
  }
  out.resize(filled);
  return out;
}

/// Seals what it is given into the file.
class Output {
 public:
  Output(int fd, envelope::ContainerWriter writer) : fd_(fd), writer_(std::move(writer)) {}
  bool put(ByteView bytes) {
    if (!writer_.write(bytes, sealed_)) return false;
    return flush();
  }
  bool finish() { return writer_.finish(sealed_) && flush(); }

 private:
  bool flush() {
    const bool good = io::write_all(fd_, sealed_);
    sealed_.clear();
    return good;
  }
  int fd_;
  envelope::ContainerWriter writer_;
  Bytes sealed_;
};

/// False: it is not there any more, and nothing of it was written.
expected<bool, std::string> put_file(Output& out, const ArchivedFile& file, const std::string& path) {
  std::uint64_t end = file.size;
  io::FileDescriptor in;
  if (!file.read) {
    in = io::FileDescriptor{::open(file.path.c_str(), O_RDONLY | O_CLOEXEC)};
    struct stat status{};
    if (!in && errno == ENOENT) return false;
    if (!in || ::fstat(in.get(), &status) != 0) return unexpected(problem("Cannot read", file.path));
    end = static_cast<std::uint64_t>(status.st_size);
  }
  const auto next = [&](std::uint64_t at) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(piece, end - at));
    return file.read ? file.read(at, length) : read_at(in.get(), at, length);
  };
  Bytes bytes = end > 0 ? next(0) : Bytes{};
  if (file.read && end > 0 && bytes.empty()) return false;
  std::array<std::uint8_t, 2> length{};
  std::array<std::uint8_t, 8> size{};
  store_u16(length.data(), static_cast<std::uint16_t>(file.name.size()));
  store_u64(size.data(), end);
  bool good = out.put(length) && out.put(as_bytes(file.name)) && out.put(size);
  // A file that grows meanwhile (a recording) is taken as long as it was.
  for (std::uint64_t at = 0; good && at < end;) {
    if (bytes.empty()) return unexpected("The file " + file.name + " became shorter while it was read; try again.");
    good = out.put(bytes);
    at += bytes.size();
    if (at < end) bytes = next(at);
  }
  if (!good) return unexpected(problem("Cannot write", path));
  return true;
}

/// The content of a container front to back, with a window that moves.
class Input {
 public:
  Input(int fd, std::uint64_t base, envelope::ContainerReader reader)
      : fd_(fd), base_(base), reader_(std::move(reader)) {}
  [[nodiscard]] std::uint64_t left() const noexcept { return reader_.size() - at_; }
  /// Exactly `size` bytes; nullopt when there are fewer or they are not authentic.
  std::optional<Bytes> take(std::size_t size) {
    if (size > left()) return std::nullopt;
    const envelope::ByteRange wanted{at_, size};
    const auto range = reader_.sealed_range(wanted);
    if (!range) return std::nullopt;
    auto opened = reader_.open_range(wanted, read_at(fd_, base_ + range->offset, range->size));
    if (!opened) return std::nullopt;
    at_ += size;
    return std::move(*opened);
  }

 private:
  int fd_;
  std::uint64_t base_;
  envelope::ContainerReader reader_;
  std::uint64_t at_ = 0;
};

expected<Input, std::string> open_archive(int fd, const std::string& path, const BackupSeed& seed) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return unexpected(problem("Cannot read", path));
  const Bytes start = read_at(fd, 0, start_size);
  const std::string not_one = "The file " + path + " is not a Sealhall backup, or of a later version.";
  if (start.size() != start_size || as_text(ByteView{start}.first(16)) != mark || load_u32(&start[16]) != 1)
    return unexpected(not_one);
  const auto opened = hpke::open(suite, ByteView{start}.subspan(20, enc_size), private_key(seed), as_bytes(info), {},
                                 ByteView{start}.subspan(20 + enc_size));
  if (!opened || opened->size() != envelope::key_size)
    return unexpected("The backup " + path + " is sealed to another key than the one given.");
  const envelope::Key key{opened->reveal().first<envelope::key_size>()};
  const auto size = static_cast<std::uint64_t>(status.st_size) - start_size;
  const auto last = envelope::ContainerReader::last_segment(size);
  if (!last) return unexpected("The backup " + path + " is not whole: its end is missing.");
  auto reader = envelope::ContainerReader::open(place, key, read_at(fd, start_size, envelope::container_header_size),
                                                read_at(fd, start_size + last->offset, last->size), size);
  if (!reader) return unexpected("The backup " + path + " was changed or is not whole.");
  return Input{fd, start_size, std::move(*reader)};
}

/// Goes through all files; `write` is given pieces. False when something in it is wrong.
bool walk(Input& in, const std::function<bool(const std::string& name, std::uint64_t size)>& begin,
          const std::function<bool(ByteView)>& write) {
  for (;;) {
    const auto length = in.take(2);
    if (!length) return false;
    const std::size_t characters = load_u16(length->data());
    if (characters == 0) return in.left() == 0;
    const auto name = in.take(characters);
    const auto size = in.take(8);
    if (!name || !size || !harmless(as_text(*name))) return false;
    std::uint64_t left = load_u64(size->data());
    if (left > in.left() || !begin(std::string{as_text(*name)}, left)) return false;
    while (left > 0) {
      const auto bytes = in.take(static_cast<std::size_t>(std::min<std::uint64_t>(left, piece)));
      if (!bytes || !write(*bytes)) return false;
      left -= bytes->size();
    }
  }
}

}  // namespace

std::string backup_recipient(const BackupSeed& seed) {
  return std::string{recipient_mark} + to_base64url(private_key(seed).public_key());
}

std::string encode_backup_key(const BackupSeed& seed) {
  return std::string{key_file_mark} + "# seal to: " + backup_recipient(seed) + "\n" + to_hex(seed.reveal()) + "\n";
}

std::optional<BackupSeed> read_backup_key(std::string_view text) {
  if (!text.starts_with(key_file_mark)) return std::nullopt;
  text.remove_prefix(key_file_mark.size());
  while (text.starts_with('#')) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  while (text.ends_with('\n')) text.remove_suffix(1);
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != BackupSeed::size_bytes) return std::nullopt;
  return BackupSeed{ByteView{*bytes}.first<BackupSeed::size_bytes>()};
}

bool harmless(std::string_view name) noexcept {
  if (name.empty() || name.front() == '/' || name.size() > 4096 || name.find('\0') != std::string_view::npos)
    return false;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('/'), name.size());
    const std::string_view part = name.substr(0, end);
    if (part.empty() || part == "." || part == "..") return false;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return true;
}

expected<std::uint64_t, std::string> write_archive(const std::string& path, const std::vector<ArchivedFile>& files,
                                                   const std::string& recipient, RandomSource& random) {
  const auto public_key = recipient.starts_with(recipient_mark)
                              ? from_base64url(std::string_view{recipient}.substr(recipient_mark.size()))
                              : std::nullopt;
  if (!public_key) return unexpected("--encrypt-to is a key as `sealhall backup --new-key` prints it: shb-…");
  envelope::Key key, outer;
  envelope::KeyId id{};
  random.fill(key.reveal_mutable());
  random.fill(outer.reveal_mutable());
  random.fill(id);
  const auto sealed_key = hpke::seal(suite, *public_key, as_bytes(info), {}, key.reveal(), random);
  if (!sealed_key) return unexpected("--encrypt-to is not a key that can be sealed to.");
  // The container has its own place for a wrapped key. It is opened by the key above; this one is wrapped to nobody.
  const auto wrapped = envelope::wrap_key(outer, {{}, id}, place, key, random);
  auto writer = envelope::ContainerWriter::create(place, key, wrapped.value(), random).value();

  const std::string unfinished = path + ".part";
  const io::FileDescriptor fd{::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  std::array<std::uint8_t, 4> version{0, 0, 0, 1};
  const bool begun = fd && io::write_all(fd.get(), as_bytes(mark)) && io::write_all(fd.get(), version) &&
                     io::write_all(fd.get(), sealed_key->enc) && io::write_all(fd.get(), sealed_key->ciphertext) &&
                     io::write_all(fd.get(), writer.header());
  if (!begun) return unexpected(problem("Cannot write", unfinished));
  Output out{fd.get(), std::move(writer)};
  std::uint64_t count = 0;
  for (const ArchivedFile& file : files) {
    if (!harmless(file.name)) return unexpected("The file name " + file.name + " cannot be in a backup.");
    const auto put = put_file(out, file, unfinished);
    if (!put) {
      ::unlink(unfinished.c_str());
      return unexpected(put.error());
    }
    count += *put ? 1 : 0;
  }
  const std::array<std::uint8_t, 2> end{};
  const bool done =
      out.put(end) && out.finish() && ::fsync(fd.get()) == 0 && ::rename(unfinished.c_str(), path.c_str()) == 0;
  if (!done) return unexpected(problem("Cannot write", path));
  return count;
}

expected<std::uint64_t, std::string> read_archive(const std::string& path, const BackupSeed& seed,
                                                  const std::string& folder) {
  const io::FileDescriptor fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) return unexpected(problem("Cannot read", path));
  auto check = open_archive(fd.get(), path, seed);
  if (!check) return unexpected(check.error());
  const auto skip = [](const std::string&, std::uint64_t) { return true; };
  if (!walk(*check, skip, [](ByteView) { return true; }))
    return unexpected("The backup " + path + " was changed or is damaged; nothing was restored.");

  auto in = open_archive(fd.get(), path, seed);
  if (!in) return unexpected(in.error());
  std::uint64_t count = 0;
  std::string reason;
  io::FileDescriptor out;
  const auto finish = [&] { return !out || ::fsync(out.get()) == 0; };
  const auto begin = [&](const std::string& name, std::uint64_t) {
    if (!finish()) return false;
    const std::filesystem::path target = std::filesystem::path{folder} / name;
    std::error_code error;
    std::filesystem::create_directories(target.parent_path(), error);
    out = io::FileDescriptor{::open(target.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!out) reason = problem("Cannot make", target.string());
    ++count;
    return static_cast<bool>(out);
  };
  const auto write = [&](ByteView bytes) {
    const bool good = io::write_all(out.get(), bytes);
    if (!good) reason = problem("Cannot write below", folder);
    return good;
  };
  if (!walk(*in, begin, write) || !finish())
    return unexpected(reason.empty() ? "The backup " + path + " could not be read to its end." : reason);
  return count;
}

}  // namespace sealhall::keys
