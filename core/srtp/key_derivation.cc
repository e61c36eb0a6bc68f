#include "core/srtp/key_derivation.h"

#include "core/crypto/cipher.h"

namespace sealhall::srtp {
namespace {

constexpr std::size_t hmac_sha1_key_size = 20;

// RFC 3711 section 4.3.1: x = (label at octet 7 of the 14-octet salt) XOR salt; the key is the AES-CM keystream that
// starts at x * 2^16. With a derivation rate of zero the index part of x is zero.
bool derive(crypto::AesCtr& cipher, ByteView salt, std::uint8_t label, MutableBytes out) noexcept {
  std::array<std::uint8_t, crypto::aes_block_size> start{};
  // A 12-octet salt (RFC 7714 section 11) stands in the high octets, as if zeros were appended.
  std::ranges::copy(salt, start.begin());
  start[7] ^= label;
  std::ranges::fill(out, std::uint8_t{0});
  const bool ok = cipher.crypt(start, out, out).has_value();
  wipe(start);
  return ok;
}

}  // namespace

expected<SessionKeys, SrtpError> derive_session_keys(Profile profile, const MasterKey& master, PacketKind kind) {
  if (master.key.size() != key_size(profile) || master.salt.size() != salt_size(profile)) {
    return unexpected(SrtpError::bad_key);
  }
  auto cipher = crypto::AesCtr::create(master.key);
  if (!cipher) return unexpected(SrtpError::backend_failed);
  SessionKeys keys{SecretBytes{key_size(profile)}, SecretBytes{salt_size(profile)},
                   SecretBytes{is_aead(profile) ? 0 : hmac_sha1_key_size}};
  // Labels of RFC 3711 section 4.3: 0, 1, 2 for SRTP and 3, 4, 5 for SRTCP.
  const std::uint8_t base = kind == PacketKind::rtp ? 0 : 3;
  const auto label = [base](int which) { return static_cast<std::uint8_t>(base + which); };
  if (!derive(*cipher, master.salt, label(0), keys.cipher_key.reveal_mutable()) ||
      !derive(*cipher, master.salt, label(1), keys.auth_key.reveal_mutable()) ||
      !derive(*cipher, master.salt, label(2), keys.salt.reveal_mutable())) {
    return unexpected(SrtpError::backend_failed);
  }
  return keys;
}

}  // namespace sealhall::srtp
