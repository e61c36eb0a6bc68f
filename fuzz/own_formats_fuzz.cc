// deps: core_envelope core_hpke io_files io_net store server_bbb server_identity
// sources: server/keys/archive.cc
// What our own programs wrote and somebody else may have changed since: backups and their keys, mails that wait,
// samples of quality, options of a meeting, datagrams between workers. Byte 0 chooses. What is read is written back to
// the same.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/base/check.h"
#include "core/base/random.h"
#include "core/envelope/container.h"
#include "core/envelope/testing.h"
#include "core/hpke/hpke.h"
#include "io/files/files.h"
#include "io/net/system.h"
#include "server/bbb/options.h"
#include "server/identity/outbox_mailer.h"
#include "server/keys/archive.h"
#include "server/media/link_packer.h"
#include "store/quality.h"

namespace {
using namespace sealhall;

/// A file without a name, and a path by which it is opened.
struct NamelessFile {
  io::FileDescriptor fd{::memfd_create("archive", MFD_CLOEXEC)};
  std::string path = "/proc/self/fd/" + std::to_string(fd.get());
};

/// A folder of this process, empty before and after each input.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-fuzz-XXXXXX").string();
    SEALHALL_CHECK(::mkdtemp(name.data()) != nullptr);
    outer_ = name;
    inner_ = outer_ / "a" / "b";
  }
  ~Folder() { std::filesystem::remove_all(outer_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void make() const { std::filesystem::create_directories(inner_); }
  void clear() const { std::filesystem::remove_all(outer_ / "a"); }
  [[nodiscard]] std::string inner() const { return inner_.string(); }
  /// How many files there are; all of them must be below `inner`.
  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{outer_}) {
      if (!entry.is_regular_file()) continue;
      SEALHALL_CHECK(entry.path().string().starts_with(inner_.string() + "/"));
      ++files;
    }
    return files;
  }

 private:
  std::filesystem::path outer_;
  std::filesystem::path inner_;
};

const keys::BackupSeed& seed() {
  static const keys::BackupSeed value = envelope::testing::key_of(1).clone();
  return value;
}

void read_and_judge(const NamelessFile& file) {
  static const Folder folder;
  folder.make();
  const auto count = keys::read_archive(file.path, seed(), folder.inner());
  if (count) {
    SEALHALL_CHECK(folder.count() == *count);
  } else {
    const bool refused = count.error().find("nothing was restored") != std::string::npos;
    SEALHALL_CHECK(!count.error().empty() && (!refused || folder.count() == 0));
  }
  folder.clear();
}

// Bytes as a whole archive: whoever has not the key's other half can make none.
void archive(ByteView input) {
  const NamelessFile file;
  SEALHALL_CHECK(io::write_all(file.fd.get(), input));
  read_and_judge(file);
}

// Bytes as what is in an archive that is sealed as it should be: names that lead elsewhere, lengths that are too long.
void content_of_archive(ByteView input) {
  constexpr hpke::Suite suite{hpke::KemId::dhkem_x25519_hkdf_sha256, hpke::KdfId::hkdf_sha256,
                              hpke::AeadId::aes_256_gcm};
  static const envelope::Context place{"installation", "backup", "", ""};
  SeededRandom random{7};
  const envelope::Key key = envelope::testing::key_of(2);
  const auto own = hpke::PrivateKey::derive(suite.kem, seed().reveal()).value();
  const auto sealed_key =
      hpke::seal(suite, own.public_key(), as_bytes("sealhall backup v1"), {}, key.reveal(), random).value();
  const auto wrapped =
      envelope::wrap_key(envelope::testing::key_of(3), {{}, envelope::testing::id_of(3)}, place, key, random).value();
  auto writer = envelope::ContainerWriter::create(place, key, wrapped, random).value();
  Bytes whole;
  append(whole, as_bytes("sealhall backup\n"));
  append(whole, std::array<std::uint8_t, 4>{0, 0, 0, 1});
  append(whole, sealed_key.enc);
  append(whole, sealed_key.ciphertext);
  append(whole, writer.header());
  SEALHALL_CHECK(writer.write(input, whole) && writer.finish(whole));
  const NamelessFile file;
  SEALHALL_CHECK(io::write_all(file.fd.get(), whole));
  read_and_judge(file);
}

void backup_key(ByteView input) {
  const auto read = keys::read_backup_key(as_text(input));
  if (!read) return;
  const auto again = keys::read_backup_key(keys::encode_backup_key(*read));
  SEALHALL_CHECK(again && *again == *read);
}

void mail(ByteView input) {
  const auto read = identity::unpack_mail(input);
  if (read) SEALHALL_CHECK(identity::unpack_mail(identity::pack_mail(*read)).has_value());
}

void sample(ByteView input) {
  const auto read = store::unpack(input);
  if (!read) return;
  SEALHALL_CHECK(read->streams.size() <= input.size());
  SEALHALL_CHECK(store::unpack(store::pack(*read)) == *read);
}

void options(ByteView input) {
  const auto read = bbb::read_options(input);
  if (read) SEALHALL_CHECK(bbb::read_options(bbb::encode_options(*read)) == *read);
}

void worker_link(ByteView input) {
  std::size_t bytes = 0;
  std::size_t messages = 0;
  media::unpack_link(input, [&](std::uint32_t worker, ByteView message) {
    SEALHALL_CHECK(worker == load_u32(input.data()));
    SEALHALL_CHECK(message.empty() ||
                   (message.data() >= input.data() && message.data() + message.size() <= input.data() + input.size()));
    bytes += message.size() + 2;
    ++messages;
  });
  SEALHALL_CHECK(messages == 0 || bytes + 4 <= input.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView input{data + 1, size - 1};
  constexpr std::array readers{archive, content_of_archive, backup_key, mail, sample, options, worker_link};
  readers[data[0] % readers.size()](input);
  return 0;
}
