#include "server/kms/key_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "io/files/files.h"
#include "io/log/log.h"
#include "kms/keystore_file.h"
#include "kms/root_file.h"
#include "server/kms/kit_record.h"

namespace sealhall::kms {
namespace {

constexpr std::size_t max_keystore_file = std::size_t{1} << 30;
/// A line of the log is far shorter.
constexpr off_t tail_size = 64 * 1024;

/// A copy of the record of the kit (kit_record.h) that the log has an entry of.
std::string noted_kit_path(const std::string& folder) { return folder + "/kit.noted"; }

std::string new_root_path(const std::string& folder) { return folder + "/root.key.new"; }

std::string file_problem(const std::string& what, const std::string& path) {
  return what + " " + path + ": " + std::generic_category().message(errno) + ".";
}

bool save_keystore(const std::string& folder, ByteView content) {
  const auto written = io::write_file_atomically(keystore_path(folder), content, 0600);
  if (!written) io::log::error(written.error().reason);
  return written.has_value();
}

expected<std::shared_ptr<SoftwareRoot>, std::string> read_one(const std::string& path,
                                                              const std::optional<std::string>& passphrase,
                                                              RandomSource& random) {
  auto text = io::read_file(path, 64 * 1024);
  if (!text) return unexpected(text.error().reason);
  auto root =
      read_root_file(as_text(*text), passphrase ? std::optional<std::string_view>{*passphrase} : std::nullopt, random);
  wipe(*text);
  if (!root)
    return unexpected("The root key " + path + " cannot be used: " + std::string{sentence_of(root.error())} + ".");
  return std::shared_ptr<SoftwareRoot>{std::move(*root)};
}

expected<void, std::string> write_root(const std::string& path, const SoftwareRoot& root,
                                       const std::optional<std::string>& passphrase, RandomSource& random) {
  std::string text;
  if (passphrase) {
    auto sealed = encode_root_file(root, *passphrase, random);
    if (!sealed) return unexpected("The root key cannot be made: " + std::string{sentence_of(sealed.error())} + ".");
    text = std::move(*sealed);
  } else {
    text = encode_root_file(root);
  }
  const auto written = io::write_file_atomically(path, as_bytes(text), 0600);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!written) return unexpected(written.error().reason);
  return {};
}

}  // namespace

std::string root_key_path(const std::string& folder) { return folder + "/root.key"; }
std::string keystore_path(const std::string& folder) { return folder + "/keystore"; }
std::string audit_log_path(const std::string& folder) { return folder + "/audit.log"; }
std::string audit_head_path(const std::string& folder) { return folder + "/audit.head"; }

expected<std::optional<std::string>, std::string> read_passphrase(const std::string& path) {
  if (path.empty()) return std::nullopt;
  auto content = io::read_file(path, 4096);
  if (!content) return unexpected(content.error().reason);
  std::string line{as_text(*content)};
  wipe(*content);
  line.resize(std::min(line.find('\n'), line.size()));
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

expected<std::shared_ptr<SoftwareRoot>, std::string> read_root(const KeyFolderOptions& options, RandomSource& random) {
  const auto passphrase = read_passphrase(options.passphrase_file);
  if (!passphrase) return unexpected(passphrase.error());
  const std::string path = root_key_path(options.folder), next = new_root_path(options.folder);
  auto root = read_one(path, *passphrase, random);
  if (!io::file_exists(next)) return root;
  const auto text = io::read_file(keystore_path(options.folder), max_keystore_file);
  const auto keystore = text ? parse_keystore(as_text(*text)) : std::nullopt;
  if (!keystore || (root && equal(keystore->root_id, (*root)->id()))) return root;
  // A rotation was interrupted after the keystore had been written for the new root key.
  auto other = read_one(next, *passphrase, random);
  if (!other || !equal(keystore->root_id, (*other)->id())) return root;
  if (::rename(next.c_str(), path.c_str()) != 0) return unexpected(file_problem("The root key cannot be put at", path));
  return other;
}

std::optional<KeyId> root_of_keystore(const std::string& folder) {
  const auto text = io::read_file(keystore_path(folder), max_keystore_file);
  const auto keystore = text ? parse_keystore(as_text(*text)) : std::nullopt;
  KeyId id{};
  if (!keystore || keystore->root_id.size() != id.size()) return std::nullopt;
  std::ranges::copy(keystore->root_id, id.begin());
  return id;
}

expected<std::unique_ptr<KeyFolder>, std::string> KeyFolder::open(KeyFolderOptions options, RandomSource& random,
                                                                  const io::WallClock& clock,
                                                                  std::shared_ptr<RootKey> root) {
  std::unique_ptr<KeyFolder> self{new KeyFolder{std::move(options), random}};
  const std::string& folder = self->options_.folder;
  if (const auto made = io::make_private_folder(folder); !made) return unexpected(made.error().reason);
  auto passphrase = read_passphrase(self->options_.passphrase_file);
  if (!passphrase) return unexpected(passphrase.error());
  self->passphrase_ = std::move(*passphrase);
  const bool has_keystore = io::file_exists(keystore_path(folder));
  self->hsm_ = root;
  if (root == nullptr && io::file_exists(root_key_path(folder))) {
    auto read = read_root(self->options_, random);
    if (!read) return unexpected(read.error());
    root = std::move(*read);
  } else if (root == nullptr) {
    if (has_keystore) {
      return unexpected("The root key " + root_key_path(folder) +
                        " is missing, but there is a keystore. Put it back, or type the recovery kit: sealhall keys "
                        "recover.");
    }
    std::shared_ptr<SoftwareRoot> fresh =
        SoftwareRoot::generate(self->passphrase_ ? "file with a passphrase" : "file", random);
    if (auto written = write_root(root_key_path(folder), *fresh, self->passphrase_, random); !written)
      return unexpected(written.error());
    root = std::move(fresh);
    self->made_ = true;
  }
  const auto save = [folder](ByteView content) { return save_keystore(folder, content); };
  expected<std::unique_ptr<Keystore>, KeystoreError> keystore = unexpected(KeystoreError::malformed);
  if (has_keystore) {
    const auto text = io::read_file(keystore_path(folder), max_keystore_file);
    if (!text) return unexpected(text.error().reason);
    keystore = Keystore::load(as_text(*text), std::move(root), random, save);
  } else {
    keystore = Keystore::create(std::move(root), random, save);
  }
  if (!keystore) {
    return unexpected("The keystore " + keystore_path(folder) +
                      " cannot be used: " + std::string{sentence_of(keystore.error())} + ".");
  }
  if (auto opened = self->open_log((*keystore)->audit_key().public_key()); !opened) return unexpected(opened.error());
  self->service_ = std::make_unique<KeyService>(
      std::move(*keystore),
      KeyService::Outside{
          .wall = [&clock] { return clock.now(); },
          .append = [raw = self.get()](std::string_view line) { return raw->append(line); },
          .write_head =
              [raw = self.get()](std::string_view head) {
                // The log first: a head without its log would look like a log that lost its end.
                if (!raw->sync()) return;
                const auto written =
                    io::write_file_atomically(audit_head_path(raw->options_.folder), as_bytes(head), 0600);
                if (!written) io::log::error(written.error().reason);
              },
          .next_root = [raw = self.get()] { return raw->make_next_root(); },
          .root_changed =
              [raw = self.get()] {
                if (raw->hsm_) {
                  raw->hsm_ = std::move(raw->next_);
                  return;
                }
                const std::string next = new_root_path(raw->options_.folder),
                                  path = root_key_path(raw->options_.folder);
                if (::rename(next.c_str(), path.c_str()) != 0)
                  io::log::error(file_problem("the new root key stays in its own file, it cannot be put at", path));
              }},
      self->position_, self->lost_);
  if (auto noted = io::read_file(noted_kit_path(folder), 256)) self->noted_ = std::move(*noted);
  self->note_kit();
  if (self->lost_) io::log::error("the audit log is shorter than it was: entries are missing at its end");
  return self;
}

void KeyFolder::note_kit() {
  const auto shown = read_kit_record(options_.folder);
  if (!shown) return;
  const std::string line = line_of(*shown);
  if (as_text(noted_) == line || !service_->note_kit_shown()) return;
  noted_.assign(line.begin(), line.end());
  const auto written = io::write_file_atomically(noted_kit_path(options_.folder), noted_, 0600);
  if (!written) io::log::error(written.error().reason);
}

KeyFolder::~KeyFolder() {
  if (!service_) return;
  note_kit();
  service_->checkpoint();
}

expected<void, std::string> KeyFolder::open_log(const crypto::Ed25519PublicKey& key) {
  const std::string path = audit_log_path(options_.folder);
  log_ = io::FileDescriptor{::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  struct stat info{};
  if (!log_ || ::fstat(log_.get(), &info) != 0)
    return unexpected(file_problem("The audit log cannot be opened at", path));
  const off_t from = std::max<off_t>(0, info.st_size - tail_size);
  Bytes tail(static_cast<std::size_t>(info.st_size - from));
  if (::pread(log_.get(), tail.data(), tail.size(), from) != static_cast<ssize_t>(tail.size()))
    return unexpected(file_problem("The audit log cannot be read at", path));
  std::string_view text = as_text(tail);
  // A line without its end, or with a hole in it (zeros where a sector never came to the disk), was being written when
  // the power went; nothing has left on its behalf, nor on that of what is behind it.
  const std::string_view sound = text.substr(0, text.find('\0'));
  const std::size_t whole = sound.rfind('\n') == std::string_view::npos ? 0 : sound.rfind('\n') + 1;
  if (whole < text.size() && ::ftruncate(log_.get(), from + static_cast<off_t>(whole)) != 0)
    return unexpected(file_problem("The audit log cannot be cut at its last whole line at", path));
  // What a process before us could not sync may only look written: it is written once more.
  const io::FileDescriptor again{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!again || ::lseek(again.get(), from, SEEK_SET) != from ||
      !io::write_all(again.get(), as_bytes(text.substr(0, whole))) || ::fdatasync(again.get()) != 0)
    return unexpected(file_problem("The audit log cannot be written at", path));
  synced_ = from + static_cast<off_t>(whole);
  text = text.substr(0, whole);
  if (!text.empty()) {
    text.remove_suffix(1);
    const std::size_t begin = text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1;
    const auto last = parse_audit_line(text.substr(begin));
    if (!last) return unexpected("The last line of the audit log " + path + " is none; move the file away to go on.");
    position_ = *last;
  }
  const auto head_text = io::read_file(audit_head_path(options_.folder), 4096);
  const auto head = head_text ? parse_audit_head(as_text(*head_text), key) : std::nullopt;
  lost_ = head && head->entries > position_.entries;
  return {};
}

bool KeyFolder::append(std::string_view line) {
  if (suspect_ && !write_again()) return false;
  struct stat before{};
  if (::fstat(log_.get(), &before) != 0) return false;
  if (!io::write_all(log_.get(), as_bytes(line))) {
    io::log::error(file_problem("the audit log cannot be written at", audit_log_path(options_.folder)));
    // Half a line would make what follows it unreadable.
    static_cast<void>(!::ftruncate(log_.get(), before.st_size));
    return false;
  }
  unsynced_ += line;
  return true;
}

/// Once a sync has failed, the next one may succeed without what that one did not bring to the disk: the system has
/// forgotten that it was not written. So it is written once more, from our own memory.
bool KeyFolder::write_again() {
  if (::ftruncate(log_.get(), synced_) != 0 || !io::write_all(log_.get(), as_bytes(unsynced_)) ||
      ::fdatasync(log_.get()) != 0) {
    return false;
  }
  synced_ += static_cast<off_t>(unsynced_.size());
  unsynced_.clear();
  suspect_ = false;
  io::log::info("the audit log can be written again");
  return true;
}

bool KeyFolder::sync() {
  if (suspect_) return write_again();
  if (unsynced_.empty()) return true;
  if (::fdatasync(log_.get()) != 0) {
    suspect_ = true;
    return false;
  }
  synced_ += static_cast<off_t>(unsynced_.size());
  unsynced_.clear();
  return true;
}

std::shared_ptr<RootKey> KeyFolder::make_next_root() {
  if (hsm_) {
    next_ = hsm_->next();
    if (!next_) io::log::error("the HSM makes no other root key");
    return next_;
  }
  std::shared_ptr<SoftwareRoot> next = SoftwareRoot::generate(passphrase_ ? "file with a passphrase" : "file", random_);
  if (auto written = write_root(new_root_path(options_.folder), *next, passphrase_, random_); !written) {
    io::log::error(written.error());
    return nullptr;
  }
  return next;
}

}  // namespace sealhall::kms
