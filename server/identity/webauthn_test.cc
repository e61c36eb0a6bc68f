#include "server/identity/webauthn.h"

#include <doctest/doctest.h>

#include "tests/support/authenticator.h"

using namespace sealhall;
using namespace sealhall::identity;
using sealhall::testing::Authenticator;

namespace {

const std::string challenge = "c2VhbGhhbGwtY2hhbGxlbmdl";
const PasskeyExpectation wanted{challenge, {"https://meet.example", "https://meet.example:8443"}, "meet.example"};

Authenticator some(Authenticator::Kind kind = Authenticator::Kind::es256) {
  return {kind, "meet.example", "https://meet.example"};
}

expected<NewPasskey, PasskeyError> make(Authenticator& a, const PasskeyExpectation& e = wanted) {
  const auto made = a.create(challenge);
  return register_passkey(made.client_data, made.attestation_object, e);
}
expected<UsedPasskey, PasskeyError> use(Authenticator& a, const NewPasskey& passkey, std::uint32_t count = 0,
                                        const PasskeyExpectation& e = wanted) {
  const auto got = a.get(challenge);
  return check_passkey({got.credential_id, got.client_data, got.authenticator_data, got.signature},
                       {passkey.credential_id, passkey.key, count}, e);
}

}  // namespace

TEST_CASE("passkey: registered, then used, with both algorithms and both attestations") {
  for (const auto kind : {Authenticator::Kind::es256, Authenticator::Kind::ed25519}) {
    for (const char* format : {"none", "packed"}) {
      Authenticator a = some(kind);
      a.format = format;
      const auto passkey = make(a);
      REQUIRE(passkey.has_value());
      CHECK(passkey->credential_id == a.credential_id);
      CHECK(passkey->sign_count == 1);
      CHECK_FALSE(passkey->backed_up);
      const auto used = use(a, *passkey, passkey->sign_count);
      REQUIRE(used.has_value());
      CHECK(used->sign_count == 2);
    }
  }
}

TEST_CASE("passkey: a synchronised one says so, and one that does not count stays at 0") {
  Authenticator a = some();
  a.flags = 0x1D;
  a.counts = false;
  const auto passkey = make(a);
  REQUIRE(passkey.has_value());
  CHECK(passkey->backed_up);
  CHECK(use(a, *passkey, 0)->sign_count == 0);
  CHECK(use(a, *passkey, 0)->backed_up);
}

TEST_CASE("passkey: another challenge, origin, site or ceremony is refused") {
  Authenticator a = some();
  const NewPasskey passkey = make(a).value();
  PasskeyExpectation other = wanted;
  other.challenge = "another";
  CHECK(make(a, other).error() == PasskeyError::wrong_challenge);
  CHECK(use(a, passkey, 0, other).error() == PasskeyError::wrong_challenge);
  other = wanted;
  other.challenge.clear();  // nothing was given out
  CHECK(use(a, passkey, 0, other).error() == PasskeyError::wrong_challenge);
  other = wanted;
  other.rp_id = "other.example";
  CHECK(make(a, other).error() == PasskeyError::wrong_rp_id);
  CHECK(use(a, passkey, 0, other).error() == PasskeyError::wrong_rp_id);
  for (const char* origin :
       {"https://meet.example.evil", "https://evil.example", "http://meet.example", "https://meet.example/",
        "https://sub.meet.example", "https://meet.example:1", "HTTPS://meet.example", ""}) {
    CAPTURE(origin);
    Authenticator b = some();
    b.origin = origin;
    CHECK(make(b).error() == PasskeyError::wrong_origin);
    CHECK(use(b, passkey).error() == PasskeyError::wrong_origin);
  }
  for (const char* more : {R"(,"crossOrigin":true)", R"(,"crossOrigin":false,"topOrigin":"https://meet.example")"}) {
    Authenticator b = some();
    b.more_client_data = more;
    CHECK(make(b).error() == PasskeyError::wrong_origin);
  }
  const auto made = a.create(challenge);
  CHECK(check_passkey({a.credential_id, made.client_data, {}, {}}, {a.credential_id, passkey.key, 0}, wanted).error() ==
        PasskeyError::wrong_type);
  const auto got = a.get(challenge);
  CHECK(register_passkey(got.client_data, made.attestation_object, wanted).error() == PasskeyError::wrong_type);
}

TEST_CASE("passkey: client data in any form that browsers may send, and nothing else") {
  Authenticator a = some();
  a.more_client_data = R"(,"crossOrigin":false,"new_member":{"a":[1,2,{"b":null}]},"other":"x")";
  CHECK(make(a).has_value());
  const auto made = some().create(challenge);
  for (const std::string& bad :
       {std::string{}, std::string{"{"}, std::string{"[]"}, std::string{"null"},
        std::string{R"({"type":"webauthn.create"})"}, std::string{R"({"type":1,"challenge":"x","origin":"y"})"},
        std::string(5000, ' '), std::string{"{\"type\":\"webauthn.create\"\xFF}"}}) {
    CHECK(register_passkey(as_bytes(bad), made.attestation_object, wanted).error() == PasskeyError::bad_client_data);
  }
}

TEST_CASE("passkey: nobody there, nobody verified") {
  Authenticator a = some();
  const NewPasskey passkey = make(a).value();
  a.flags = 0x04;
  CHECK(make(a).error() == PasskeyError::not_present);
  CHECK(use(a, passkey).error() == PasskeyError::not_present);
  a.flags = 0x01;
  CHECK(make(a).error() == PasskeyError::not_verified);
  CHECK(use(a, passkey).error() == PasskeyError::not_verified);
  PasskeyExpectation second_factor = wanted;
  second_factor.verified = false;
  CHECK(use(a, passkey, 0, second_factor).has_value());
  a.flags = 0x15;  // backed up without being able to be
  CHECK(make(a).error() == PasskeyError::bad_authenticator_data);
}

TEST_CASE("passkey: a changed signature, message, key or credential is refused") {
  for (const auto kind : {Authenticator::Kind::es256, Authenticator::Kind::ed25519}) {
    Authenticator a = some(kind);
    const NewPasskey passkey = make(a).value();
    const auto got = a.get(challenge);
    const PasskeyAnswer good{got.credential_id, got.client_data, got.authenticator_data, got.signature};
    const auto check = [&](const PasskeyAnswer& answer) {
      return check_passkey(answer, {passkey.credential_id, passkey.key, 0}, wanted);
    };
    CHECK(check(good).has_value());
    PasskeyAnswer changed = good;
    changed.signature.back() ^= 1;
    CHECK(check(changed).error() == PasskeyError::bad_signature);
    changed = good;
    changed.signature.clear();
    CHECK(check(changed).error() == PasskeyError::bad_signature);
    changed = good;
    changed.signature.push_back(0);
    CHECK(check(changed).error() == PasskeyError::bad_signature);
    changed = good;
    changed.authenticator_data[36] ^= 2;  // the counter
    CHECK(check(changed).error() == PasskeyError::bad_signature);
    changed = good;
    changed.client_data.insert(changed.client_data.end() - 1, ' ');
    CHECK(check(changed).error() == PasskeyError::bad_signature);
    changed = good;
    changed.credential_id[0] ^= 1;
    CHECK(check(changed).error() == PasskeyError::unknown_credential);
    Authenticator other{kind, "meet.example", "https://meet.example", 2};
    const NewPasskey others = make(other).value();
    CHECK(check_passkey(good, {passkey.credential_id, others.key, 0}, wanted).error() == PasskeyError::bad_signature);
    // A key under the other algorithm's name verifies nothing.
    PasskeyKey confused = passkey.key;
    confused.algorithm = kind == Authenticator::Kind::es256 ? PasskeyAlgorithm::eddsa : PasskeyAlgorithm::es256;
    CHECK(check_passkey(good, {passkey.credential_id, confused, 0}, wanted).error() == PasskeyError::bad_signature);
  }
}

TEST_CASE("passkey: a counter that does not grow shows a copy") {
  Authenticator a = some();
  const NewPasskey passkey = make(a).value();
  CHECK(use(a, passkey, 1).has_value());
  CHECK(use(a, passkey, 3).error() == PasskeyError::counter_went_back);  // it says 3 now
  CHECK(use(a, passkey, 100).error() == PasskeyError::counter_went_back);
  a.counts = false;
  a.counter = 0;
  CHECK(use(a, passkey, 1).error() == PasskeyError::counter_went_back);
  CHECK(use(a, passkey, 0).has_value());
}

TEST_CASE("passkey: attestation objects and authenticator data that do not fit are refused") {
  Authenticator a = some();
  const auto made = a.create(challenge);
  for (std::size_t cut = 0; cut < made.attestation_object.size(); ++cut) {
    CHECK_FALSE(register_passkey(made.client_data, ByteView{made.attestation_object}.first(cut), wanted));
  }
  Bytes longer = made.attestation_object;
  longer.push_back(0);
  CHECK(register_passkey(made.client_data, longer, wanted).error() == PasskeyError::bad_attestation);
  for (const char* format : {"tpm", "android-key", "fido-u2f", "apple", ""}) {
    Authenticator b = some();
    b.format = format;
    CHECK(make(b).error() == PasskeyError::bad_attestation);
  }
  Authenticator packed = some();
  packed.format = "packed";
  auto signed_object = packed.create(challenge);
  signed_object.client_data.push_back(' ');  // still JSON, but not what was signed
  CHECK(register_passkey(signed_object.client_data, signed_object.attestation_object, wanted).error() ==
        PasskeyError::bad_attestation);
  Authenticator trailing = some();
  trailing.change = [](Bytes& data) { data.push_back(0); };
  CHECK(make(trailing).error() == PasskeyError::bad_authenticator_data);
  Authenticator no_key = some();
  no_key.change = [](Bytes& data) {
    data[32] &= 0xBF;
    data.resize(37);
  };
  CHECK(make(no_key).error() == PasskeyError::bad_authenticator_data);
  Authenticator with_extensions = some();
  with_extensions.change = [](Bytes& data) {
    data[32] |= 0x80;
    append(data, from_hex("a16b6372656450726f7465637402").value());
  };
  CHECK(make(with_extensions).has_value());
  Authenticator bad_extensions = some();
  bad_extensions.change = [](Bytes& data) {
    data[32] |= 0x80;
    data.push_back(0x01);
  };
  CHECK(make(bad_extensions).error() == PasskeyError::bad_authenticator_data);
  Authenticator nameless = some();
  nameless.credential_id.clear();
  CHECK(make(nameless).error() == PasskeyError::bad_credential_id);
  nameless.credential_id.assign(1024, 7);
  CHECK(make(nameless).error() == PasskeyError::bad_credential_id);
  nameless.credential_id.assign(1023, 7);
  CHECK(make(nameless).has_value());
}

TEST_CASE("passkey: keys of other kinds and points off the curve are refused") {
  Authenticator a = some();
  a.change_key = [](Bytes& key) { key.back() ^= 1; };  // y
  CHECK(make(a).error() == PasskeyError::bad_key);
  a.change_key = [](Bytes& key) { key[4] = 0x38, key.insert(key.begin() + 5, 0x22); };  // -35: ES384
  CHECK(make(a).error() == PasskeyError::bad_key);
  Authenticator ed = some(Authenticator::Kind::ed25519);
  ed.change_key = [](Bytes& key) { key[6] = 0x04; };  // X25519
  CHECK(make(ed).error() == PasskeyError::bad_key);
  ed.change_key = [](Bytes& key) { key = from_hex("a0").value(); };
  CHECK(make(ed).error() == PasskeyError::bad_key);
  ed.change_key = [](Bytes& key) { key = from_hex("80").value(); };
  CHECK(make(ed).error() == PasskeyError::bad_key);
}

TEST_CASE("passkey: the site's id of an origin") {
  CHECK(rp_id_of("https://meet.example:8443") == "meet.example");
  CHECK(rp_id_of("https://localhost") == "localhost");
  CHECK(rp_id_of("http://meet.example").empty());
  CHECK(rp_id_of("https://[::1]:8443").empty());
}
