#include "core/hpke/hpke.h"

#include <doctest/doctest.h>

#include <limits>
#include <set>

#include "core/base/encoding.h"

namespace sealhall::hpke {

struct ContextTestAccess {
  static void set_sequence(Context& context, std::uint64_t sequence) { context.sequence_ = sequence; }
};

namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

/// Gives the ephemeral private key of a published case instead of chance.
struct FixedRandom final : RandomSource {
  explicit FixedRandom(Bytes bytes) : value(std::move(bytes)) {}
  void fill(MutableBytes out) noexcept override {
    REQUIRE(out.size() == value.size());
    std::ranges::copy(value, out.begin());
  }
  Bytes value;
};

struct Message {
  std::uint64_t sequence;
  const char *aad, *ciphertext;
};
struct Case {
  Suite suite;
  const char *ephemeral, *recipient, *enc;
  std::vector<Message> messages;
  const char* exported;  ///< for the exporter context "TestContext"
};

const char* const odes = "4f6465206f6e2061204772656369616e2055726e";
const char* const beauty = "4265617574792069732074727574682c20747275746820626561757479";

// RFC 9180 appendices A.1.1, A.3.1 and A.7.1.
const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {{KemId::dhkem_x25519_hkdf_sha256, KdfId::hkdf_sha256, AeadId::aes_128_gcm},
       "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736",
       "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8",
       "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
       {{0, "436f756e742d30",
         "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a"},
        {1, "436f756e742d31",
         "af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84"},
        {255, "436f756e742d323535",
         "7175db9717964058640a3a11fb9007941a5d1757fda1a6935c805c21af32505bf106deefec4a49ac38d71c9e0a"},
        {256, "436f756e742d323536",
         "957f9800542b0b8891badb026d79cc54597cb2d225b54c00c5238c25d05c30e3fbeda97d2e0e1aba483a2df9f2"}},
       "e9e43065102c3836401bed8c3c3c75ae46be1639869391d62c61f1ec7af54931"},
      {{KemId::dhkem_p256_hkdf_sha256, KdfId::hkdf_sha256, AeadId::aes_128_gcm},
       "4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb",
       "f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2",
       "04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9"
       "bfcb9382"
       "657222d18c4",
       {{0, "436f756e742d30",
         "5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434"},
        {256, "436f756e742d323536",
         "10f179686aa2caec1758c8e554513f16472bd0a11e2a907dde0b212cbe87d74f367f8ffe5e41cd3e9962a6afb2"}},
       "d8f1ea7942adbba7412c6d431c62d01371ea476b823eb697e1f6e6cae1dab85a"},
      {{KemId::dhkem_x25519_hkdf_sha256, KdfId::hkdf_sha256, AeadId::export_only},
       "095182b502f1f91f63ba584c7c3ec473d617b8b4c2cec3fad5af7fa6748165ed",
       "33d196c830a12f9ac65d6e565a590d80f04ee9b19c83c87f2c170d972a812848",
       "e5e8f9bfff6c2f29791fc351d2c25ce1299aa5eaca78a757c0b4fb4bcd830918",
       {},
       "ffaabc85a776136ca0c378e5d084c9140ab552b78f039d2e8775f26efff4c70e"},
  };
  return all;
}

TEST_CASE("hpke: the published messages of RFC 9180 appendix A are made and opened, and the secrets exported") {
  for (const Case& c : cases()) {
    const auto recipient = PrivateKey::from_bytes(c.suite.kem, hex(c.recipient)).value();
    FixedRandom random{hex(c.ephemeral)};
    auto sender = SenderContext::setup(c.suite, recipient.public_key(), hex(odes), random).value();
    CHECK(to_hex(sender.enc) == c.enc);
    auto receiver = RecipientContext::setup(c.suite, sender.enc, recipient, hex(odes)).value();
    for (const Message& message : c.messages) {
      ContextTestAccess::set_sequence(sender.context, message.sequence);
      ContextTestAccess::set_sequence(receiver, message.sequence);
      const Bytes sealed = sender.context.seal(hex(message.aad), hex(beauty)).value();
      CHECK(to_hex(sealed) == message.ciphertext);
      CHECK(to_hex(receiver.open(hex(message.aad), sealed).value().reveal()) == beauty);
    }
    CHECK(to_hex(sender.context.export_secret(as_bytes("TestContext"), 32).value().reveal()) == c.exported);
    CHECK(to_hex(receiver.export_secret(as_bytes("TestContext"), 32).value().reveal()) == c.exported);
  }
}

constexpr Suite product{KemId::dhkem_x25519_hkdf_sha256, KdfId::hkdf_sha256, AeadId::aes_256_gcm};

TEST_CASE("hpke: every suite opens what it sealed; another key, info, aad or enc opens nothing") {
  SeededRandom random{1};
  for (const KemId kem : {KemId::dhkem_x25519_hkdf_sha256, KemId::dhkem_p256_hkdf_sha256}) {
    for (const KdfId kdf : {KdfId::hkdf_sha256, KdfId::hkdf_sha384, KdfId::hkdf_sha512}) {
      for (const AeadId aead : {AeadId::aes_128_gcm, AeadId::aes_256_gcm}) {
        const Suite suite{kem, kdf, aead};
        const auto key = PrivateKey::generate(kem, random);
        const auto other = PrivateKey::generate(kem, random);
        const Bytes secret(32, 0x5A);
        const auto sealed = seal(suite, key.public_key(), as_bytes("info"), as_bytes("aad"), secret, random).value();
        CHECK(sealed.ciphertext.size() == 48);
        const auto open_with = [&](const PrivateKey& k, std::string_view info, std::string_view aad) {
          return open(suite, sealed.enc, k, as_bytes(info), as_bytes(aad), sealed.ciphertext);
        };
        REQUIRE(open_with(key, "info", "aad"));
        CHECK(equal(open_with(key, "info", "aad")->reveal(), secret));
        CHECK(open_with(other, "info", "aad").error() == HpkeError::open_failed);
        CHECK(open_with(key, "Info", "aad").error() == HpkeError::open_failed);
        CHECK(open_with(key, "info", "").error() == HpkeError::open_failed);
        const auto enc = seal(suite, key.public_key(), as_bytes("info"), {}, secret, random)->enc;
        CHECK(enc != sealed.enc);
        CHECK(open(suite, enc, key, as_bytes("info"), as_bytes("aad"), sealed.ciphertext).error() ==
              HpkeError::open_failed);
      }
    }
  }
}

TEST_CASE("hpke: a recipient key or encapsulated key of small order is refused on both sides") {
  SeededRandom random{1};
  const auto key = PrivateKey::generate(KemId::dhkem_x25519_hkdf_sha256, random);
  for (const Bytes& point : {Bytes(32, 0), hex("0100000000000000000000000000000000000000000000000000000000000000"),
                             hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")}) {
    CHECK(seal(product, point, {}, {}, Bytes(4, 1), random).error() == HpkeError::zero_shared_secret);
    CHECK(open(product, point, key, {}, {}, Bytes(20, 1)).error() == HpkeError::zero_shared_secret);
  }
}

TEST_CASE("hpke: keys of a wrong length, off the curve, or of another KEM are refused") {
  SeededRandom random{1};
  const auto x25519 = PrivateKey::generate(KemId::dhkem_x25519_hkdf_sha256, random);
  const auto p256 = PrivateKey::generate(KemId::dhkem_p256_hkdf_sha256, random);
  constexpr Suite p256_suite{KemId::dhkem_p256_hkdf_sha256, KdfId::hkdf_sha256, AeadId::aes_256_gcm};
  CHECK(seal(product, Bytes(31, 9), {}, {}, {}, random).error() == HpkeError::bad_public_key);
  CHECK(seal(product, p256.public_key(), {}, {}, {}, random).error() == HpkeError::bad_public_key);
  CHECK(seal(p256_suite, x25519.public_key(), {}, {}, {}, random).error() == HpkeError::bad_public_key);
  CHECK(seal(p256_suite, Bytes(65, 4), {}, {}, {}, random).error() == HpkeError::bad_public_key);
  CHECK(open(p256_suite, x25519.public_key(), p256, {}, {}, Bytes(16, 0)).error() == HpkeError::bad_public_key);
  CHECK(open(product, x25519.public_key(), p256, {}, {}, Bytes(16, 0)).error() == HpkeError::bad_private_key);
  CHECK(open(product, {}, x25519, {}, {}, Bytes(16, 0)).error() == HpkeError::bad_public_key);
}

TEST_CASE("hpke: the sequence goes on after a message, not after a forged one, and never wraps") {
  SeededRandom random{1};
  const auto key = PrivateKey::generate(product.kem, random);
  auto sender = SenderContext::setup(product, key.public_key(), {}, random).value();
  auto receiver = RecipientContext::setup(product, sender.enc, key, {}).value();
  const Bytes first = sender.context.seal({}, Bytes(3, 1)).value();
  const Bytes second = sender.context.seal({}, Bytes(3, 1)).value();
  CHECK(first != second);
  CHECK(receiver.open({}, second).error() == HpkeError::open_failed);  // out of order
  CHECK(receiver.open({}, Bytes{}).error() == HpkeError::open_failed);
  CHECK(receiver.sequence() == 0);
  CHECK(receiver.open({}, first));
  CHECK(receiver.open({}, first).error() == HpkeError::open_failed);  // a second time
  CHECK(receiver.open({}, second));

  // No two numbers have the same nonce, also over 32 bits (where it once wrapped elsewhere).
  std::set<Bytes> made;
  for (const unsigned bit : {0U, 1U, 8U, 16U, 24U, 31U, 32U, 33U, 40U, 48U, 56U, 63U}) {
    for (const std::uint64_t around : {0U, 1U}) {
      ContextTestAccess::set_sequence(sender.context, (std::uint64_t{1} << bit) - around);
      made.insert(sender.context.seal({}, Bytes(3, 1)).value());
    }
  }
  CHECK(made.size() == 24 - 1);  // 2^1 - 1 is 2^0
  ContextTestAccess::set_sequence(sender.context, std::numeric_limits<std::uint64_t>::max() - 1);
  CHECK(sender.context.seal({}, Bytes(3, 1)));
  for (int i = 0; i < 3; ++i) CHECK(sender.context.seal({}, Bytes(3, 1)).error() == HpkeError::sequence_exhausted);
  ContextTestAccess::set_sequence(receiver, std::numeric_limits<std::uint64_t>::max());
  CHECK(receiver.open({}, first).error() == HpkeError::sequence_exhausted);
}

TEST_CASE(
    "hpke: exports of no bytes or over 255 hash lengths are refused, and longer ones are not longer views of shorter") {
  SeededRandom random{1};
  const auto key = PrivateKey::generate(product.kem, random);
  auto sender = SenderContext::setup(product, key.public_key(), {}, random).value();
  const std::size_t most = 255 * 32;
  CHECK(sender.context.export_secret({}, most)->size() == most);
  CHECK(sender.context.export_secret({}, most + 1).error() == HpkeError::length_not_allowed);
  CHECK(sender.context.export_secret({}, 0).error() == HpkeError::length_not_allowed);
  CHECK(sender.context.export_secret({}, 65'536 + 32).error() == HpkeError::length_not_allowed);
  const auto short_one = sender.context.export_secret({}, 16).value();
  const auto long_one = sender.context.export_secret({}, 32).value();
  CHECK_FALSE(equal(short_one.reveal(), long_one.reveal().first(16)));
}

TEST_CASE("hpke: a context for export only neither seals nor opens") {
  SeededRandom random{1};
  constexpr Suite suite{KemId::dhkem_x25519_hkdf_sha256, KdfId::hkdf_sha256, AeadId::export_only};
  const auto key = PrivateKey::generate(suite.kem, random);
  auto sender = SenderContext::setup(suite, key.public_key(), {}, random).value();
  auto receiver = RecipientContext::setup(suite, sender.enc, key, {}).value();
  CHECK(sender.context.seal({}, {}).error() == HpkeError::export_only);
  CHECK(receiver.open({}, Bytes(16, 0)).error() == HpkeError::export_only);
}

}  // namespace
}  // namespace sealhall::hpke
