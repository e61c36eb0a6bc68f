// deps: core_srtp
// SRTP under fixed keys (those of the public vectors, so that seeds are authentic): anything may arrive; what the
// sender accepts the receiver gives back unchanged, once; and one damaged byte is enough to be refused.
#include <array>

#include "core/base/check.h"
#include "core/base/encoding.h"
#include "core/srtp/receiver.h"
#include "core/srtp/sender.h"

using namespace sealhall;
using namespace sealhall::srtp;

namespace {

struct Keyed {
  Profile profile;
  std::string_view key_and_salt;
};
constexpr std::array<Keyed, 4> keys{
    Keyed{Profile::aes_cm_128_hmac_sha1_80, "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6"},
    Keyed{Profile::aead_aes_128_gcm, "000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab"},
    Keyed{Profile::aes_256_cm_hmac_sha1_80,
          "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b63b04803de51ee7c96423ab5b78d2"},
    Keyed{Profile::aead_aes_256_gcm,
          "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa0a1a2a3a4a5a6a7a8a9aaab"}};

// `damage` picks a byte; its low bits say which bit of it flips.
void check_damaged_is_refused(const Keyed& keyed, const MasterKey& master, Bytes packet, std::size_t damage,
                              bool rtcp) {
  auto receiver = SrtpReceiver::create(keyed.profile, master);
  packet[damage % packet.size()] ^= static_cast<std::uint8_t>(1U << (damage / packet.size() % 8));
  const auto opened = rtcp ? receiver->unprotect_rtcp(packet) : receiver->unprotect(packet);
  SEALHALL_CHECK(!opened && receiver->ssrc_count() == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Keyed& keyed = keys[data[0] % keys.size()];
  const std::size_t damage = load_u16(data + 1);
  const ByteView input{data + 3, size - 3};
  const Bytes material = *from_hex(keyed.key_and_salt);
  const MasterKey master = *split_key_and_salt(keyed.profile, material);
  auto sender = SrtpSender::create(keyed.profile, master);
  auto receiver = SrtpReceiver::create(keyed.profile, master);
  SEALHALL_CHECK(sender && receiver);

  Bytes packet{input.begin(), input.end()};
  if (const auto opened = receiver->unprotect(packet)) SEALHALL_CHECK(*opened < packet.size());
  packet.assign(input.begin(), input.end());
  if (const auto opened = receiver->unprotect_rtcp(packet)) SEALHALL_CHECK(*opened < packet.size());

  auto fresh = SrtpReceiver::create(keyed.profile, master);
  packet.assign(input.begin(), input.end());
  packet.resize(input.size() + max_overhead);
  if (const auto sealed = sender->protect_in_place(packet, input.size())) {
    packet.resize(*sealed);
    check_damaged_is_refused(keyed, master, packet, damage, false);
    Bytes copy = packet;
    const auto opened = fresh->unprotect(copy);
    SEALHALL_CHECK(opened == input.size() && equal(ByteView{copy}.first(*opened), input));
    const auto replayed = fresh->unprotect(packet);
    SEALHALL_CHECK(!replayed && replayed.error() == SrtpError::replayed);
  }
  Bytes report(input.size() + max_overhead);
  if (const auto sealed = sender->protect_rtcp(input, report)) {
    report.resize(*sealed);
    check_damaged_is_refused(keyed, master, report, damage, true);
    const auto opened = fresh->unprotect_rtcp(report);
    SEALHALL_CHECK(opened == input.size() && equal(ByteView{report}.first(*opened), input));
  }
  return 0;
}
