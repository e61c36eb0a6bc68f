#include "core/srtp/profile.h"

namespace sealhall::srtp {

std::string_view name(Profile profile) noexcept {
  switch (profile) {
    case Profile::aes_cm_128_hmac_sha1_80:
      return "AES_CM_128_HMAC_SHA1_80";
    case Profile::aead_aes_128_gcm:
      return "AEAD_AES_128_GCM";
    case Profile::aead_aes_256_gcm:
      return "AEAD_AES_256_GCM";
    case Profile::aes_256_cm_hmac_sha1_80:
      return "AES_256_CM_HMAC_SHA1_80";
  }
  return "unknown";
}

std::optional<DtlsKeys> split_dtls_material(Profile profile, ByteView material) noexcept {
  if (material.size() != dtls_material_size(profile)) return std::nullopt;
  const std::size_t key = key_size(profile);
  const std::size_t salt = salt_size(profile);
  return DtlsKeys{.client = {material.subspan(0, key), material.subspan(2 * key, salt)},
                  .server = {material.subspan(key, key), material.subspan(2 * key + salt, salt)}};
}

std::optional<MasterKey> split_key_and_salt(Profile profile, ByteView key_and_salt) noexcept {
  if (key_and_salt.size() != key_size(profile) + salt_size(profile)) return std::nullopt;
  return MasterKey{key_and_salt.first(key_size(profile)), key_and_salt.subspan(key_size(profile))};
}

}  // namespace sealhall::srtp
