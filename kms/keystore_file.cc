#include "kms/keystore_file.h"

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "core/wire/json_codec.h"

namespace sealhall::kms {

BOOST_DESCRIBE_STRUCT(KeyVersionEntry, (), (version, created_at, state, wrapped))
BOOST_DESCRIBE_STRUCT(AccountKeyEntry, (), (key_id, account_id, period, versions))
BOOST_DESCRIBE_STRUCT(ShreddedEntry, (), (key_id, account_id))
BOOST_DESCRIBE_STRUCT(KeystoreFile, (), (format, root_id, mac_key, audit_seed, audit_public_key, keys, shredded))

}  // namespace sealhall::kms

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&::sealhall::kms::KeystoreFile::format> = at_most(1);
template <>
inline constexpr Limit limit_of<&::sealhall::kms::KeystoreFile::root_id> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&::sealhall::kms::KeystoreFile::audit_public_key> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&::sealhall::kms::KeystoreFile::keys> = size_between(0, 1'000'000);
template <>
inline constexpr Limit limit_of<&::sealhall::kms::KeystoreFile::shredded> = size_between(0, 10'000'000);
template <>
inline constexpr Limit limit_of<&::sealhall::kms::AccountKeyEntry::key_id> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&::sealhall::kms::AccountKeyEntry::versions> = size_between(1, 100'000);
template <>
inline constexpr Limit limit_of<&::sealhall::kms::ShreddedEntry::key_id> = size_between(16, 16);
}  // namespace sealhall::wire

namespace sealhall::kms {
namespace {

constexpr std::string_view mark = "sealhall keystore 1 ";
constexpr std::size_t code_chars = 64;
constexpr std::size_t first_line_size = mark.size() + code_chars + 1;
constexpr std::size_t max_size = std::size_t{1} << 30;

/// The JSON below the first line; nullopt when that line is none.
std::optional<std::string_view> body_of(std::string_view text) {
  if (text.size() < first_line_size || !text.starts_with(mark) || text[first_line_size - 1] != '\n')
    return std::nullopt;
  return text.substr(first_line_size);
}

}  // namespace

std::string encode_keystore(const KeystoreFile& file, const Secret<32>& mac_key) {
  const std::string body = boost::json::serialize(wire::detail::to_json(file, {})) + "\n";
  std::array<std::uint8_t, 32> code{};
  crypto::Hmac{crypto::HashAlgorithm::sha256, mac_key.reveal()}.compute({as_bytes(body)}, code);
  return std::string{mark} + to_hex(code) + "\n" + body;
}

std::optional<KeystoreFile> parse_keystore(std::string_view text) {
  const auto body = body_of(text);
  if (!body) return std::nullopt;
  auto file = wire::detail::with_object<KeystoreFile>(
      *body, max_size, [](const boost::json::object& object) -> expected<KeystoreFile, wire::WireError> {
        KeystoreFile read;
        if (const auto good = wire::detail::fields_from_json(object, read); !good) return unexpected(good.error());
        return read;
      });
  if (!file || file->format != 1) return std::nullopt;
  return std::move(*file);
}

bool authentic_keystore(std::string_view text, const Secret<32>& mac_key) {
  const auto body = body_of(text);
  if (!body) return false;
  const auto code = from_hex(text.substr(mark.size(), code_chars));
  return code && crypto::Hmac{crypto::HashAlgorithm::sha256, mac_key.reveal()}.verify({as_bytes(*body)}, *code, 32);
}

}  // namespace sealhall::kms
