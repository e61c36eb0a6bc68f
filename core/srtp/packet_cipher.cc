#include "core/srtp/packet_cipher.h"

#include <utility>

namespace sealhall::srtp {
namespace {

constexpr std::size_t cm_tag_size = 10;  // HMAC-SHA1-80

void xor_u32(std::uint8_t* p, std::uint32_t v) noexcept { store_u32(p, load_u32(p) ^ v); }

SrtpError to_srtp(crypto::CryptoError error) noexcept {
  switch (error) {
    case crypto::CryptoError::authentication_failed:
      return SrtpError::authentication_failed;
    case crypto::CryptoError::buffer_too_small:
      return SrtpError::buffer_too_small;
    case crypto::CryptoError::bad_key_size:
      return SrtpError::bad_key;
    case crypto::CryptoError::message_too_long:
      return SrtpError::malformed;
    default:
      return SrtpError::backend_failed;
  }
}

// The rollover counter as it follows the packet in the authenticated bytes (RFC 3711 section 4.2).
std::array<std::uint8_t, 4> rollover_bytes(std::uint64_t index) noexcept {
  std::array<std::uint8_t, 4> bytes{};
  store_u32(bytes.data(), static_cast<std::uint32_t>(index >> 16));
  return bytes;
}

}  // namespace

std::array<std::uint8_t, 12> gcm_rtp_iv(const GcmSalt& salt, std::uint32_t ssrc, std::uint64_t index) noexcept {
  std::array<std::uint8_t, 12> iv = salt;
  xor_u32(&iv[2], ssrc);
  xor_u32(&iv[6], static_cast<std::uint32_t>(index >> 16));
  iv[10] ^= static_cast<std::uint8_t>(index >> 8);
  iv[11] ^= static_cast<std::uint8_t>(index);
  return iv;
}

std::array<std::uint8_t, 12> gcm_rtcp_iv(const GcmSalt& salt, std::uint32_t ssrc, std::uint32_t index) noexcept {
  std::array<std::uint8_t, 12> iv = salt;
  xor_u32(&iv[2], ssrc);
  xor_u32(&iv[8], index);
  return iv;
}

std::array<std::uint8_t, 16> cm_iv(const std::array<std::uint8_t, 14>& salt, std::uint32_t ssrc,
                                   std::uint64_t index) noexcept {
  std::array<std::uint8_t, 16> iv{};
  std::ranges::copy(salt, iv.begin());
  xor_u32(&iv[4], ssrc);
  xor_u32(&iv[8], static_cast<std::uint32_t>(index >> 16));
  iv[12] ^= static_cast<std::uint8_t>(index >> 8);
  iv[13] ^= static_cast<std::uint8_t>(index);
  return iv;
}

namespace detail {

template <typename Aead>
expected<Keys<Aead>, SrtpError> make_keys(Profile profile, const SessionKeys& keys) noexcept {
  const ByteView salt = keys.salt.reveal();
  if (keys.cipher_key.size() != key_size(profile) || salt.size() != salt_size(profile)) {
    return unexpected(SrtpError::bad_key);
  }
  Keys<Aead> made;
  if (is_aead(profile)) {
    auto aead = Aead::create(
        profile == Profile::aead_aes_128_gcm ? crypto::AeadAlgorithm::aes_128_gcm : crypto::AeadAlgorithm::aes_256_gcm,
        keys.cipher_key.reveal());
    if (!aead) return unexpected(to_srtp(aead.error()));
    made.gcm.emplace(std::move(*aead));
    std::ranges::copy(salt, made.gcm->salt.begin());
    return made;
  }
  if (keys.auth_key.size() == 0) return unexpected(SrtpError::bad_key);
  auto cipher = crypto::AesCtr::create(keys.cipher_key.reveal());
  if (!cipher) return unexpected(to_srtp(cipher.error()));
  made.counter_mode = std::make_unique<CounterModeKeys>(
      std::move(*cipher), crypto::Hmac{crypto::HashAlgorithm::sha1, keys.auth_key.reveal()});
  std::ranges::copy(salt, made.counter_mode->salt.begin());
  return made;
}

}  // namespace detail

expected<PacketSealer, SrtpError> PacketSealer::create(Profile profile, const SessionKeys& keys) noexcept {
  auto made = detail::make_keys<crypto::AeadSealer>(profile, keys);
  if (!made) return unexpected(made.error());
  return PacketSealer{std::move(*made)};
}

expected<std::size_t, SrtpError> PacketSealer::seal_rtp(ByteView header, ByteView prefix, ByteView payload,
                                                        std::uint32_t ssrc, std::uint64_t index,
                                                        MutableBytes out) noexcept {
  const std::size_t plain_size = header.size() + prefix.size() + payload.size();
  if (keys_.gcm) {
    const auto iv = gcm_rtp_iv(keys_.gcm->salt, ssrc, index);
    if (out.size() >= header.size() && payload.data() == out.data() + header.size() && !payload.empty()) {
      if (out.size() < plain_size + crypto::aead_tag_size) return unexpected(SrtpError::buffer_too_small);
      if (header.data() != out.data()) std::ranges::copy(header, out.begin());
      const auto sealed = keys_.gcm->aead.seal(iv, header, payload, out.subspan(header.size()));
      if (!sealed) return unexpected(to_srtp(sealed.error()));
      return header.size() + *sealed;
    }
    const auto sealed = keys_.gcm->aead.seal_packet(iv, header, prefix, payload, out);
    if (!sealed) return unexpected(to_srtp(sealed.error()));
    return *sealed;
  }
  if (out.size() < plain_size + cm_tag_size) return unexpected(SrtpError::buffer_too_small);
  auto& keys = *keys_.counter_mode;
  if (header.data() != out.data()) std::ranges::copy(header, out.begin());
  const auto iv = cm_iv(keys.salt, ssrc, index);
  const std::size_t payload_at = header.size() + prefix.size();
  if (!keys.cipher.start(iv) || !keys.cipher.update(prefix, out.subspan(header.size())) ||
      !keys.cipher.update(payload, out.subspan(payload_at))) {
    return unexpected(SrtpError::backend_failed);
  }
  keys.hmac.compute({out.first(plain_size), rollover_bytes(index)}, out.subspan(plain_size, cm_tag_size));
  return plain_size + cm_tag_size;
}

expected<std::size_t, SrtpError> PacketSealer::seal_rtcp(ByteView packet, std::uint32_t ssrc, std::uint32_t index,
                                                         MutableBytes out) noexcept {
  const ByteView body = packet.subspan(rtcp_clear_size);
  std::array<std::uint8_t, rtcp_index_size> word{};
  store_u32(word.data(), rtcp_encrypted_bit | index);
  const std::size_t tag = keys_.gcm ? crypto::aead_tag_size : cm_tag_size;
  const std::size_t whole = packet.size() + tag + rtcp_index_size;
  if (out.size() < whole) return unexpected(SrtpError::buffer_too_small);
  if (packet.data() != out.data()) std::ranges::copy(packet.first(rtcp_clear_size), out.begin());
  const ByteView clear = out.first(rtcp_clear_size);
  const MutableBytes sealed_at = out.subspan(rtcp_clear_size);
  if (keys_.gcm) {  // RFC 7714 section 9.3: clear | ciphertext | tag | E and index
    const auto iv = gcm_rtcp_iv(keys_.gcm->salt, ssrc, index);
    const auto sealed = keys_.gcm->aead.seal(iv, crypto::Aad{clear, word}, body, sealed_at);
    if (!sealed) return unexpected(to_srtp(sealed.error()));
    std::ranges::copy(word, out.begin() + static_cast<std::ptrdiff_t>(packet.size() + tag));
    return whole;
  }
  // RFC 3711 section 3.4: clear | ciphertext | E and index | tag
  auto& keys = *keys_.counter_mode;
  if (!keys.cipher.crypt(cm_iv(keys.salt, ssrc, index), body, sealed_at)) {
    return unexpected(SrtpError::backend_failed);
  }
  std::ranges::copy(word, out.begin() + static_cast<std::ptrdiff_t>(packet.size()));
  const std::size_t authenticated = packet.size() + rtcp_index_size;
  keys.hmac.compute({out.first(authenticated)}, out.subspan(authenticated, cm_tag_size));
  return whole;
}

expected<PacketOpener, SrtpError> PacketOpener::create(Profile profile, const SessionKeys& keys) noexcept {
  auto made = detail::make_keys<crypto::AeadOpener>(profile, keys);
  if (!made) return unexpected(made.error());
  return PacketOpener{std::move(*made)};
}

expected<std::size_t, SrtpError> PacketOpener::open_rtp(MutableBytes packet, std::size_t header_size,
                                                        std::uint32_t ssrc, std::uint64_t index) noexcept {
  if (keys_.gcm) {
    const MutableBytes sealed = packet.subspan(header_size);
    const auto iv = gcm_rtp_iv(keys_.gcm->salt, ssrc, index);
    const auto opened = keys_.gcm->aead.open(iv, ByteView{packet.first(header_size)}, sealed, sealed);
    if (!opened) return unexpected(to_srtp(opened.error()));
    return header_size + *opened;
  }
  if (packet.size() < header_size + cm_tag_size) return unexpected(SrtpError::malformed);
  auto& keys = *keys_.counter_mode;
  const std::size_t plain_size = packet.size() - cm_tag_size;
  // RFC 3711 section 3.3: authenticated before it is decrypted, so that forgeries cost one HMAC only.
  if (!keys.hmac.verify({packet.first(plain_size), rollover_bytes(index)}, packet.subspan(plain_size), cm_tag_size)) {
    return unexpected(SrtpError::authentication_failed);
  }
  const MutableBytes payload = packet.subspan(header_size, plain_size - header_size);
  if (!keys.cipher.crypt(cm_iv(keys.salt, ssrc, index), payload, payload)) {
    return unexpected(SrtpError::backend_failed);
  }
  return plain_size;
}

expected<std::size_t, SrtpError> PacketOpener::open_rtcp(MutableBytes packet, std::uint32_t ssrc,
                                                         std::uint32_t index) noexcept {
  const std::size_t tag = keys_.gcm ? crypto::aead_tag_size : cm_tag_size;
  if (packet.size() < rtcp_clear_size + tag + rtcp_index_size) return unexpected(SrtpError::malformed);
  const std::size_t plain_size = packet.size() - tag - rtcp_index_size;
  const ByteView clear = packet.first(rtcp_clear_size);
  const MutableBytes body = packet.subspan(rtcp_clear_size, plain_size - rtcp_clear_size);
  if (keys_.gcm) {
    const MutableBytes sealed = packet.subspan(rtcp_clear_size, body.size() + tag);
    const ByteView word = packet.last(rtcp_index_size);
    const auto iv = gcm_rtcp_iv(keys_.gcm->salt, ssrc, index);
    const auto opened = keys_.gcm->aead.open(iv, crypto::Aad{clear, word}, sealed, sealed);
    if (!opened) return unexpected(to_srtp(opened.error()));
    return plain_size;
  }
  auto& keys = *keys_.counter_mode;
  const std::size_t authenticated = plain_size + rtcp_index_size;
  if (!keys.hmac.verify({packet.first(authenticated)}, packet.subspan(authenticated), cm_tag_size)) {
    return unexpected(SrtpError::authentication_failed);
  }
  if (!keys.cipher.crypt(cm_iv(keys.salt, ssrc, index), body, body)) return unexpected(SrtpError::backend_failed);
  return plain_size;
}

}  // namespace sealhall::srtp
