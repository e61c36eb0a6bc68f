#include "kms/root_file.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "core/base/encoding.h"

namespace sealhall::kms {
namespace {

constexpr std::string_view first_line = "sealhall root key 1";
constexpr std::size_t salt_size = crypto_pwhash_SALTBYTES;

struct Fields {
  KeyId id{};
  std::optional<Key> key;
  PassphraseCost cost;
  Bytes salt;
  Bytes sealed;
};

envelope::Context place(const KeyId& id) { return {"root", "root_key", to_base64url(id), ""}; }

expected<Key, RootFileError> stretch(std::string_view passphrase, ByteView salt, PassphraseCost cost) {
  Key key;
  if (sodium_init() < 0) return unexpected(RootFileError::no_memory);
  if (crypto_pwhash(key.reveal_mutable().data(), key.size_bytes, passphrase.data(), passphrase.size(), salt.data(),
                    cost.passes, std::size_t{cost.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return unexpected(RootFileError::no_memory);
  return key;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

bool number(std::string_view text, std::uint32_t least, std::uint32_t most, std::uint32_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= least && out <= most;
}

std::optional<Fields> parse(std::string_view text) {
  Fields fields;
  bool first = true, has_id = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (first) {
      if (line != first_line) return std::nullopt;
      first = false;
      continue;
    }
    const auto words = words_of(line);
    if (words.empty()) continue;
    const auto bytes = words.size() > 1 ? from_hex(words.back()) : std::nullopt;
    if (!bytes) return std::nullopt;
    if (words[0] == "id" && words.size() == 2 && bytes->size() == fields.id.size()) {
      std::ranges::copy(*bytes, fields.id.begin());
      has_id = true;
    } else if (words[0] == "key" && words.size() == 2 && bytes->size() == envelope::key_size) {
      fields.key.emplace(ByteView{*bytes}.first<envelope::key_size>());
    } else if (words[0] == "argon2id" && words.size() == 4 && bytes->size() == salt_size &&
               number(words[1], 1, 100, fields.cost.passes) && number(words[2], 8, 4U << 20, fields.cost.memory_kib)) {
      fields.salt = *bytes;
    } else if (words[0] == "sealed" && words.size() == 2) {
      fields.sealed = *bytes;
    } else {
      return std::nullopt;
    }
  }
  const bool sealed = !fields.salt.empty() && !fields.sealed.empty();
  if (!has_id || sealed == fields.key.has_value()) return std::nullopt;
  return fields;
}

}  // namespace

std::string encode_root_file(const SoftwareRoot& root) {
  return std::string{first_line} + "\nid " + to_hex(root.id()) + "\nkey " + to_hex(root.key().reveal()) + "\n";
}

expected<std::string, RootFileError> encode_root_file(const SoftwareRoot& root, std::string_view passphrase,
                                                      RandomSource& random, PassphraseCost cost) {
  if (passphrase.size() < min_passphrase_size) return unexpected(RootFileError::passphrase_too_short);
  std::array<std::uint8_t, salt_size> salt{};
  random.fill(salt);
  const auto stretched = stretch(passphrase, salt, cost);
  if (!stretched) return unexpected(stretched.error());
  const auto sealed = envelope::wrap_key(*stretched, {{}, root.id()}, place(root.id()), root.key(), random);
  if (!sealed) return unexpected(RootFileError::malformed);
  return std::string{first_line} + "\nid " + to_hex(root.id()) + "\nargon2id " + std::to_string(cost.passes) + " " +
         std::to_string(cost.memory_kib) + " " + to_hex(salt) + "\nsealed " + to_hex(*sealed) + "\n";
}

expected<std::unique_ptr<SoftwareRoot>, RootFileError> read_root_file(std::string_view text,
                                                                      std::optional<std::string_view> passphrase,
                                                                      RandomSource& random) {
  auto fields = parse(text);
  if (!fields) return unexpected(RootFileError::malformed);
  if (fields->key) return std::make_unique<SoftwareRoot>(std::move(*fields->key), fields->id, "file", random);
  if (!passphrase) return unexpected(RootFileError::passphrase_needed);
  const auto stretched = stretch(*passphrase, fields->salt, fields->cost);
  if (!stretched) return unexpected(stretched.error());
  auto key = envelope::unwrap_key(*stretched, place(fields->id), fields->sealed);
  if (!key) return unexpected(RootFileError::wrong_passphrase);
  return std::make_unique<SoftwareRoot>(std::move(*key), fields->id, "file with a passphrase", random);
}

std::string_view sentence_of(RootFileError error) noexcept {
  switch (error) {
    case RootFileError::malformed:
      return "it is not a root key file, or of a later version";
    case RootFileError::passphrase_needed:
      return "it is sealed with a passphrase, and none was given";
    case RootFileError::wrong_passphrase:
      return "the passphrase is wrong";
    case RootFileError::passphrase_too_short:
      return "the passphrase is shorter than 12 bytes";
    case RootFileError::no_memory:
      return "there is not enough memory to check the passphrase";
  }
  return "";
}

}  // namespace sealhall::kms
