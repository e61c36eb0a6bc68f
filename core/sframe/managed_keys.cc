#include "core/sframe/managed_keys.h"

#include "core/crypto/hkdf.h"

namespace sealhall::sframe {
namespace {
constexpr auto schedule_hash = crypto::HashAlgorithm::sha512;
}

ManagedGeneration::ManagedGeneration(const MeetingUuid& meeting, std::uint32_t generation,
                                     const GenerationSecret& secret)
    : generation_(generation) {
  Bytes salt;
  append(salt, as_bytes("sealhall/m1"));
  append(salt, meeting);
  prk_ = crypto::hkdf_extract(schedule_hash, salt, {secret.reveal()});
}

Secret<32> ManagedGeneration::base_key(std::uint16_t sender_index, const SenderNonce& nonce) const noexcept {
  std::array<std::uint8_t, 6> numbers{};
  store_u32(numbers.data(), generation_);
  store_u16(numbers.data() + 4, sender_index);
  return crypto::hkdf_expand_secret<32>(schedule_hash, prk_.reveal(), {as_bytes("sealhall/m1 sender"), numbers, nonce});
}

Bytes generation_info(const MeetingUuid& meeting, std::uint32_t generation, std::uint32_t participant) {
  Bytes info;
  append(info, as_bytes("sealhall/m1 generation"));
  append(info, meeting);
  std::array<std::uint8_t, 8> numbers{};
  store_u32(numbers.data(), generation);
  store_u32(numbers.data() + 4, participant);
  append(info, numbers);
  return info;
}

expected<hpke::Sealed, hpke::HpkeError> seal_generation(const MeetingUuid& meeting, std::uint32_t generation,
                                                        std::uint32_t participant, ByteView participant_key,
                                                        const GenerationSecret& secret, RandomSource& random) {
  return hpke::seal(generation_suite, participant_key, generation_info(meeting, generation, participant), {},
                    secret.reveal(), random);
}

expected<GenerationSecret, SframeError> open_generation(const MeetingUuid& meeting, std::uint32_t generation,
                                                        std::uint32_t participant, const hpke::PrivateKey& key,
                                                        ByteView enc, ByteView ciphertext) {
  const auto opened =
      hpke::open(generation_suite, enc, key, generation_info(meeting, generation, participant), {}, ciphertext);
  if (!opened || opened->size() != GenerationSecret::size_bytes) return unexpected(SframeError::bad_sealed_generation);
  return GenerationSecret{opened->reveal().first<GenerationSecret::size_bytes>()};
}

}  // namespace sealhall::sframe
