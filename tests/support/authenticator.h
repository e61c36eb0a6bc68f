// A passkey authenticator in software, with the browser around it: makes what a real pair would answer, and lets a test
// change any part of it before it is signed.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <variant>

#include "core/base/encoding.h"
#include "core/base/random.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/hash.h"
#include "core/crypto/p256.h"

namespace sealhall::testing {

/// Writes CBOR by hand.
struct CborWriter {
  Bytes out;
  void head(unsigned major, std::uint64_t n) {
    const auto top = static_cast<std::uint8_t>(major << 5);
    if (n < 24) {
      out.push_back(static_cast<std::uint8_t>(top | n));
    } else if (n < 0x100) {
      out.push_back(top | 24);
      out.push_back(static_cast<std::uint8_t>(n));
    } else {
      out.push_back(top | 25);
      out.push_back(static_cast<std::uint8_t>(n >> 8));
      out.push_back(static_cast<std::uint8_t>(n));
    }
  }
  CborWriter& map(std::uint64_t n) { return head(5, n), *this; }
  CborWriter& number(std::int64_t n) {
    return n >= 0 ? head(0, static_cast<std::uint64_t>(n)) : head(1, static_cast<std::uint64_t>(-1 - n)), *this;
  }
  CborWriter& text(std::string_view t) { return head(3, t.size()), append(out, as_bytes(t)), *this; }
  CborWriter& bytes(ByteView b) { return head(2, b.size()), append(out, b), *this; }
  CborWriter& raw(ByteView b) { return append(out, b), *this; }
};

class Authenticator {
 public:
  enum class Kind : std::uint8_t { es256, ed25519 };
  Authenticator(Kind kind, std::string site, std::string page, std::uint64_t seed = 1)
      : kind_(kind),
        random_(seed),
        p256_(crypto::P256PrivateKey::generate(random_)),
        ed25519_(crypto::Ed25519PrivateKey::generate(random_)),
        rp_id(std::move(site)),
        origin(std::move(page)),
        credential_id(16, 0) {
    random_.fill(credential_id);
  }

 private:
  Kind kind_;
  SeededRandom random_;
  crypto::P256PrivateKey p256_;
  crypto::Ed25519PrivateKey ed25519_;

 public:
  std::string rp_id;
  std::string origin;
  Bytes credential_id;
  std::uint8_t flags = 0x05;  ///< present, verified
  std::uint32_t counter = 0;
  bool counts = true;
  std::string format = "none";
  std::string more_client_data;  ///< e.g. `,"crossOrigin":true`
  std::function<void(Bytes& authenticator_data)> change = [](Bytes&) {};
  std::function<void(Bytes& cose_key)> change_key = [](Bytes&) {};

  [[nodiscard]] std::string client_data(std::string_view type, std::string_view challenge) const {
    return R"({"type":")" + std::string{type} + R"(","challenge":")" + std::string{challenge} + R"(","origin":")" +
           origin + "\"" + more_client_data + "}";
  }
  [[nodiscard]] Bytes cose_key() const {
    CborWriter key;
    if (kind_ == Kind::es256) {
      const ByteView point = p256_.public_key();
      key.map(5).number(1).number(2).number(3).number(-7).number(-1).number(1);
      key.number(-2).bytes(point.subspan(1, 32)).number(-3).bytes(point.subspan(33, 32));
    } else {
      key.map(4).number(1).number(1).number(3).number(-8).number(-1).number(6).number(-2).bytes(ed25519_.public_key());
    }
    return key.out;
  }
  [[nodiscard]] Bytes sign(ByteView message) const {
    if (kind_ == Kind::es256) return p256_.sign(message).value();
    const auto signature = ed25519_.sign(message);
    return {signature.begin(), signature.end()};
  }
  [[nodiscard]] Bytes authenticator_data(bool with_key) {
    Bytes out;
    append(out, crypto::sha256(as_bytes(rp_id)));
    out.push_back(static_cast<std::uint8_t>(flags | (with_key ? 0x40 : 0)));
    if (counts) ++counter;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out.push_back(static_cast<std::uint8_t>(counter >> shift));
    if (with_key) {
      out.insert(out.end(), 16, 0);
      out.push_back(static_cast<std::uint8_t>(credential_id.size() >> 8));
      out.push_back(static_cast<std::uint8_t>(credential_id.size()));
      append(out, credential_id);
      Bytes key = cose_key();
      change_key(key);
      append(out, key);
    }
    change(out);
    return out;
  }

  struct Registration {
    Bytes client_data;
    Bytes attestation_object;
  };
  Registration create(std::string_view challenge) {
    const std::string client = client_data("webauthn.create", challenge);
    const Bytes data = authenticator_data(true);
    CborWriter object;
    object.map(3).text("fmt").text(format).text("attStmt");
    if (format == "packed") {
      Bytes message = data;
      append(message, crypto::sha256(as_bytes(client)));
      object.map(2).text("alg").number(kind_ == Kind::es256 ? -7 : -8).text("sig").bytes(sign(message));
    } else {
      object.map(0);
    }
    object.text("authData").bytes(data);
    return {Bytes{client.begin(), client.end()}, object.out};
  }

  struct Assertion {
    Bytes credential_id;
    Bytes client_data;
    Bytes authenticator_data;
    Bytes signature;
  };
  Assertion get(std::string_view challenge) {
    const std::string client = client_data("webauthn.get", challenge);
    Bytes data = authenticator_data(false);
    Bytes message = data;
    append(message, crypto::sha256(as_bytes(client)));
    return {credential_id, Bytes{client.begin(), client.end()}, std::move(data), sign(message)};
  }
};

}  // namespace sealhall::testing
