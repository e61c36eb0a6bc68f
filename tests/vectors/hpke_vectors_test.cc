#include <doctest/doctest.h>

#include <map>
#include <string>

#include "core/hpke/hpke.h"
#include "tests/support/vectors_json.h"

namespace sealhall {
namespace {

using namespace hpke;
using test::hex_of;
using test::number_of;

/// Gives the ephemeral private key of the case instead of chance.
struct FixedRandom final : RandomSource {
  explicit FixedRandom(Bytes bytes) : value(std::move(bytes)) {}
  void fill(MutableBytes out) noexcept override {
    CHECK(out.size() == value.size());
    std::copy_n(value.begin(), std::min(value.size(), out.size()), out.begin());
  }
  Bytes value;
};

/// Why a case does not fit what we offer; empty when it does.
std::string unfit(const boost::json::value& c) {
  if (number_of(c, "mode") != 0) return "mode other than base";
  const auto kem = number_of(c, "kem_id");
  if (kem != 0x0010 && kem != 0x0020) return kem == 0x0012 ? "KEM P-521" : "KEM X448";
  if (number_of(c, "aead_id") == 0x0003) return "AEAD ChaCha20-Poly1305";
  return {};
}

void run_case(const boost::json::value& c) {
  const Suite suite{KemId{static_cast<std::uint16_t>(number_of(c, "kem_id"))},
                    KdfId{static_cast<std::uint16_t>(number_of(c, "kdf_id"))},
                    AeadId{static_cast<std::uint16_t>(number_of(c, "aead_id"))}};
  const auto recipient = PrivateKey::from_bytes(suite.kem, hex_of(c, "skRm")).value();
  CHECK(equal(recipient.public_key(), hex_of(c, "pkRm")));
  CHECK(equal(PrivateKey::derive(suite.kem, hex_of(c, "ikmR"))->public_key(), hex_of(c, "pkRm")));
  CHECK(equal(PrivateKey::derive(suite.kem, hex_of(c, "ikmE"))->public_key(), hex_of(c, "pkEm")));

  FixedRandom random{hex_of(c, "skEm")};
  const auto encapsulated = encapsulate(suite.kem, recipient.public_key(), random).value();
  CHECK(encapsulated.enc == hex_of(c, "enc"));
  CHECK(equal(encapsulated.shared_secret.reveal(), hex_of(c, "shared_secret")));

  auto sender = SenderContext::setup(suite, recipient.public_key(), hex_of(c, "info"), random).value();
  auto receiver = RecipientContext::setup(suite, sender.enc, recipient, hex_of(c, "info")).value();
  for (const auto& message : c.at("encryptions").as_array()) {
    // The numbers between are used up by messages that the file does not list.
    while (sender.context.sequence() < number_of(message, "sequence_number")) {
      const Bytes skipped = sender.context.seal({}, Bytes(1, 0)).value();
      REQUIRE(receiver.open({}, skipped));
    }
    const Bytes sealed = sender.context.seal(hex_of(message, "aad"), hex_of(message, "pt")).value();
    CHECK(sealed == hex_of(message, "ct"));
    CHECK(equal(receiver.open(hex_of(message, "aad"), sealed).value().reveal(), hex_of(message, "pt")));
  }
  for (const auto& exported : c.at("exports").as_array()) {
    const auto size = static_cast<std::size_t>(number_of(exported, "L"));
    const auto secret = receiver.export_secret(hex_of(exported, "exporter_context"), size).value();
    CHECK(equal(secret.reveal(), hex_of(exported, "exported_value")));
  }
}

void run_file(const char* file, int wanted) {
  const auto vectors = test::load_vectors(file);
  if (!vectors) return;
  int ran = 0;
  std::map<std::string, int> left_out;
  for (const auto& c : vectors->as_array()) {
    if (const std::string why = unfit(c); !why.empty()) {
      ++left_out[why];
      continue;
    }
    run_case(c);
    ++ran;
  }
  MESSAGE(std::string{file}, ": ", ran, " ran");
  for (const auto& [why, count] : left_out) MESSAGE("  ", count, " do not fit: ", why);
  CHECK(ran == wanted);
}

TEST_CASE("vectors: HPKE RFC 9180 appendix A, base mode") { run_file("hpke/hpke-rfc9180-appendix-a.json", 4); }
TEST_CASE("vectors: HPKE of another implementation, base mode") { run_file("hpke/hpke-circl-mls-suites.json", 4); }

}  // namespace
}  // namespace sealhall
