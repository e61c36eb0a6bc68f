// The managed key schedule: from a generation secret that kms made to the base key of one sender, and how the secret
// travels.
//
//   prk      = HKDF-Extract-SHA512(salt = "sealhall/m1" | meeting_uuid, secret)
//   base_key = HKDF-Expand-SHA512(prk, "sealhall/m1 sender" | u32 generation | u16 sender_index | sender_nonce, 32)
//   HPKE     : DHKEM(X25519), HKDF-SHA256, AES-256-GCM, base mode, aad empty,
//              info = "sealhall/m1 generation" | meeting_uuid | u32 generation | u32 participant
#pragma once

#include <array>
#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"
#include "core/base/secret.h"
#include "core/hpke/hpke.h"
#include "core/sframe/error.h"

namespace sealhall::sframe {

using MeetingUuid = std::array<std::uint8_t, 16>;
/// Chosen at random by the sender for one join, so that no two joins ever share a key, whatever the server does.
using SenderNonce = std::array<std::uint8_t, 16>;
/// 32 random bytes, fresh for every generation.
using GenerationSecret = Secret<32>;

/// The extracted key of one generation of one meeting. Other uses than media get other labels, never another's output.
class ManagedGeneration {
 public:
  ManagedGeneration(const MeetingUuid& meeting, std::uint32_t generation, const GenerationSecret& secret);

  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] Secret<32> base_key(std::uint16_t sender_index, const SenderNonce& nonce) const noexcept;

 private:
  std::uint32_t generation_;
  SecretBytes prk_;
};

inline constexpr hpke::Suite generation_suite{hpke::KemId::dhkem_x25519_hkdf_sha256, hpke::KdfId::hkdf_sha256,
                                              hpke::AeadId::aes_256_gcm};

/// Binds a sealed secret to where it belongs: opened for another meeting, generation or participant it does not
/// authenticate.
Bytes generation_info(const MeetingUuid& meeting, std::uint32_t generation, std::uint32_t participant);

/// Done by kms. bad_public_key or zero_shared_secret when the participant's key is not one.
expected<hpke::Sealed, hpke::HpkeError> seal_generation(const MeetingUuid& meeting, std::uint32_t generation,
                                                        std::uint32_t participant, ByteView participant_key,
                                                        const GenerationSecret& secret, RandomSource& random);
/// Done by the participant. bad_sealed_generation for whatever is wrong.
expected<GenerationSecret, SframeError> open_generation(const MeetingUuid& meeting, std::uint32_t generation,
                                                        std::uint32_t participant, const hpke::PrivateKey& key,
                                                        ByteView enc, ByteView ciphertext);

}  // namespace sealhall::sframe
