#include "tests/lab/ecb2020.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <map>
#include <memory>

#include "core/base/check.h"

namespace sealhall::lab {
namespace {

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Context make_context() { return {EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free}; }

Bytes ecb(std::span<const std::uint8_t, 32> key, ByteView in, bool encrypt) {
  const auto context = make_context();
  Bytes out(in.size() + 16);
  int size = 0;
  SEALHALL_CHECK(EVP_CipherInit_ex(context.get(), EVP_aes_256_ecb(), nullptr, key.data(), nullptr, encrypt ? 1 : 0) ==
                 1);
  SEALHALL_CHECK(EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1);
  SEALHALL_CHECK(EVP_CipherUpdate(context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) == 1);
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace

std::array<std::uint8_t, 32> derive_ecb2020_key(std::span<const std::uint8_t, 64> prk) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context{EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, nullptr),
                                                                            &EVP_PKEY_CTX_free};
  const ByteView info = as_bytes("sealhall/lab ecb2020");
  std::array<std::uint8_t, 32> key{};
  std::size_t size = key.size();
  SEALHALL_CHECK(EVP_PKEY_derive_init(context.get()) == 1);
  SEALHALL_CHECK(EVP_PKEY_CTX_set_hkdf_mode(context.get(), EVP_PKEY_HKDEF_MODE_EXPAND_ONLY) == 1);
  SEALHALL_CHECK(EVP_PKEY_CTX_set_hkdf_md(context.get(), EVP_sha512()) == 1);
  SEALHALL_CHECK(EVP_PKEY_CTX_set1_hkdf_key(context.get(), prk.data(), static_cast<int>(prk.size())) == 1);
  SEALHALL_CHECK(EVP_PKEY_CTX_add1_hkdf_info(context.get(), info.data(), static_cast<int>(info.size())) == 1);
  SEALHALL_CHECK(EVP_PKEY_derive(context.get(), key.data(), &size) == 1);
  return key;
}

Bytes seal_ecb2020(std::span<const std::uint8_t, 32> key, ByteView payload) {
  Bytes plain(4);
  store_u32(plain.data(), static_cast<std::uint32_t>(payload.size()));
  append(plain, payload);
  plain.resize((plain.size() + 15) / 16 * 16);
  return ecb(key, plain, true);
}

expected<Bytes, Ecb2020Error> open_ecb2020(std::span<const std::uint8_t, 32> key, ByteView sealed) {
  if (sealed.empty() || sealed.size() % 16 != 0) return unexpected(Ecb2020Error::bad_size);
  Bytes plain = ecb(key, sealed, false);
  const std::size_t length = load_u32(plain.data());
  if (length > plain.size() - 4) return unexpected(Ecb2020Error::bad_length);
  return Bytes(plain.begin() + 4, plain.begin() + 4 + static_cast<std::ptrdiff_t>(length));
}

Bytes seal_packet_ecb2020(std::span<const std::uint8_t, 32> key, const rtp::HeaderFields& header, ByteView payload) {
  Bytes packet(12);
  SEALHALL_CHECK(rtp::write_header(header, packet).has_value());
  append(packet, seal_ecb2020(key, payload));
  return packet;
}

Bytes seal_gcm(std::span<const std::uint8_t, 32> key, std::uint64_t counter, ByteView payload) {
  const auto context = make_context();
  std::array<std::uint8_t, 12> nonce{};
  store_u64(nonce.data() + 4, counter);
  Bytes out(payload.size() + 16);
  int size = 0;
  SEALHALL_CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1);
  SEALHALL_CHECK(
      EVP_EncryptUpdate(context.get(), out.data(), &size, payload.data(), static_cast<int>(payload.size())) == 1);
  SEALHALL_CHECK(EVP_EncryptFinal_ex(context.get(), out.data() + size, &size) == 1);
  SEALHALL_CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, 16, out.data() + payload.size()) == 1);
  return out;
}

double repeated_block_share(ByteView data) {
  std::map<std::array<std::uint8_t, 16>, std::size_t> seen;
  const std::size_t blocks = data.size() / 16;
  for (std::size_t i = 0; i < blocks; ++i) {
    std::array<std::uint8_t, 16> block{};
    std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(i * 16), 16, block.begin());
    ++seen[block];
  }
  std::size_t repeated = 0;
  for (const auto& [block, count] : seen) repeated += count > 1 ? count : 0;
  return blocks == 0 ? 0.0 : static_cast<double>(repeated) / static_cast<double>(blocks);
}

}  // namespace sealhall::lab
