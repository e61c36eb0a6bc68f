#include "kms/recovery_kit.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"

namespace sealhall::kms {
namespace {

// Crockford's base32: no I, L, O, U.
constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t id_size = 16;
constexpr std::size_t check_size = 3;
// version, id, key, checksum: 52 bytes are 416 bits, 84 characters with four bits of zero
constexpr std::size_t payload_size = 1 + id_size + envelope::key_size + check_size;
constexpr std::size_t code_size = (payload_size * 8 + 4) / 5;
constexpr std::size_t group = 6;
constexpr std::size_t groups_in_line = 7;
static_assert(code_size == 2 * groups_in_line * group);

std::array<std::uint8_t, check_size> checksum(ByteView bytes) {
  const auto hash = crypto::sha256(bytes);
  return {hash[0], hash[1], hash[2]};
}

int value_of(char c) {
  c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (c == 'I' || c == 'L') c = '1';
  if (c == 'O') c = '0';
  const std::size_t at = alphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// The payload of a code without anything between its characters.
std::optional<SecretBytes> decode(std::string_view code) {
  SecretBytes out{payload_size};
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t at = 0;
  for (const char c : code) {
    const int value = value_of(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 5) | static_cast<std::uint32_t>(value);
    held += 5;
    if (held < 8) continue;
    held -= 8;
    out.reveal_mutable()[at++] = static_cast<std::uint8_t>(bits >> held);
  }
  const ByteView bytes = out.reveal();
  const bool good = (bits & ((1U << held) - 1)) == 0 && bytes[0] == 1 &&
                    equal(checksum(bytes.first(payload_size - check_size)), bytes.last(check_size));
  if (!good) return std::nullopt;
  return out;
}

}  // namespace

std::string recovery_code(const SoftwareRoot& root) {
  SecretBytes payload{payload_size};
  ByteWriter writer{payload.reveal_mutable()};
  writer.u8(1);
  writer.bytes(root.id());
  writer.bytes(root.key().reveal());
  writer.bytes(checksum(writer.written()));
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t written = 0;
  const auto put = [&](std::uint32_t value) {
    if (written > 0 && written % group == 0) out += written % (group * groups_in_line) == 0 ? '\n' : ' ';
    out += alphabet[value & 31U];
    ++written;
  };
  for (const std::uint8_t byte : payload.reveal()) {
    bits = (bits << 8) | byte;
    held += 8;
    while (held >= 5) put(bits >> (held -= 5));
  }
  if (held > 0) put(bits << (5 - held));
  return out;
}

std::unique_ptr<SoftwareRoot> read_recovery_code(std::string_view text, RandomSource& random) {
  // A kit has sentences before and after the code: a window of exactly its length goes over everything that could be
  // one. Lines of sentences pass the alphabet, but never the checksum.
  std::string run;
  for (const char c : text) {
    if (c == ' ' || c == '-' || c == '\n' || c == '\r' || c == '\t') continue;
    if (value_of(c) < 0) {
      run.clear();
      continue;
    }
    run += c;
    if (run.size() > code_size) run.erase(0, 1);
    if (run.size() < code_size) continue;
    const auto payload = decode(run);
    if (!payload) continue;
    KeyId id{};
    std::ranges::copy(payload->reveal().subspan(1, id_size), id.begin());
    Key key{payload->reveal().subspan(1 + id_size).first<envelope::key_size>()};
    wipe({reinterpret_cast<std::uint8_t*>(run.data()), run.size()});
    return std::make_unique<SoftwareRoot>(std::move(key), id, "file", random);
  }
  return nullptr;
}

std::string recovery_kit(const SoftwareRoot& root, std::string_view audit_key) {
  return "Sealhall recovery kit\n"
         "=====================\n\n" +
         recovery_code(root) +
         "\n\n"
         "This is the root key " +
         to_hex(ByteView{root.id()}.first(4)) +
         " of your server. Print it, put the sheet where you keep what must\n"
         "not be lost, and keep no copy on a computer: with it and a backup, everything can be read.\n\n"
         "When the server is lost: restore the backup (sealhall restore), then\n"
         "    sealhall keys recover\n"
         "and type the two lines above. Without this sheet and without the file keys/root.key a backup\n"
         "stays closed for everybody, also for you.\n\n"
         "The audit log is signed by the key " +
         std::string{audit_key} + ".\n";
}

}  // namespace sealhall::kms
