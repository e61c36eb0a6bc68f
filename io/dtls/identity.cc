#include "io/dtls/identity.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/srtp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

#include "core/base/check.h"
#include "core/base/encoding.h"
#include "core/base/secret.h"
#include "io/dtls/peer_check.h"

namespace sealhall::dtls {

namespace {

struct KeyFree {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
struct CertificateFree {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;
using Certificate = std::unique_ptr<X509, CertificateFree>;

/// A certificate that says nothing about anybody: nobody reads it, only its fingerprint counts.
Certificate make_certificate(EVP_PKEY* key) {
  Certificate certificate{X509_new()};
  std::uint64_t serial = 0;
  if (!certificate || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return nullptr;
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* common_name = reinterpret_cast<const unsigned char*>("sealhall");
  const bool ok = X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1) == 1 &&
                  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400L) != nullptr &&
                  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3650L * 86'400L) != nullptr &&
                  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, common_name, -1, -1, 0) == 1 &&
                  X509_set_issuer_name(certificate.get(), name) == 1 && X509_set_pubkey(certificate.get(), key) == 1 &&
                  X509_sign(certificate.get(), key, EVP_sha256()) > 0;
  return ok ? std::move(certificate) : nullptr;
}

std::string profile_list(std::span<const SrtpProfile> profiles) {
  std::string list;
  for (const SrtpProfile profile : profiles) {
    if (!list.empty()) list += ':';
    switch (profile) {
      case SrtpProfile::aes_cm_128_hmac_sha1_80:
        list += "SRTP_AES128_CM_SHA1_80";
        break;
      case SrtpProfile::aead_aes_128_gcm:
        list += "SRTP_AEAD_AES_128_GCM";
        break;
      case SrtpProfile::aead_aes_256_gcm:
        list += "SRTP_AEAD_AES_256_GCM";
        break;
      case SrtpProfile::aes_256_cm_hmac_sha1_80:
        SEALHALL_CHECK(false && "has no DTLS-SRTP number");
    }
  }
  return list;
}

std::optional<Fingerprint> digest_of(const X509* certificate) noexcept {
  Fingerprint digest{};
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1 || size != digest.size()) return std::nullopt;
  return digest;
}

/// Stands in for path validation: a chain means nothing here, the announced fingerprint everything (RFC 5763 section
/// 5).
int verify_fingerprint(X509_STORE_CTX* store, void*) {
  const auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* check = ssl == nullptr ? nullptr : static_cast<PeerCheck*>(SSL_get_app_data(ssl));
  const X509* certificate = X509_STORE_CTX_get0_cert(store);
  const auto digest = certificate == nullptr ? std::nullopt : digest_of(certificate);
  if (check != nullptr) check->asked = true;
  const bool right = check != nullptr && digest && constant_time_equal(*digest, check->expected_peer);
  if (check != nullptr) check->right = right;
  X509_STORE_CTX_set_error(store, right ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return right ? 1 : 0;
}

}  // namespace

std::string fingerprint_text(const Fingerprint& fingerprint) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text = "sha-256";
  for (const std::uint8_t b : fingerprint) {
    text += text.size() == 7 ? ' ' : ':';
    text += digits[b >> 4];
    text += digits[b & 15];
  }
  return text;
}

std::optional<Fingerprint> parse_fingerprint(std::string_view text) {
  constexpr std::string_view hash = "sha-256 ";
  if (text.size() != hash.size() + 32 * 3 - 1) return std::nullopt;
  const auto same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + ('a' - 'A') == b); };
  if (!std::ranges::equal(text.substr(0, hash.size()), hash, same)) return std::nullopt;
  text.remove_prefix(hash.size());
  Fingerprint fingerprint{};
  for (std::size_t i = 0; i < fingerprint.size(); ++i) {
    if (i > 0 && text[3 * i - 1] != ':') return std::nullopt;
    const auto byte = from_hex(text.substr(3 * i, 2));
    if (!byte) return std::nullopt;
    fingerprint[i] = (*byte)[0];
  }
  return fingerprint;
}

expected<std::shared_ptr<const Identity>, DtlsError> Identity::create(std::span<const SrtpProfile> profiles) {
  SEALHALL_CHECK(!profiles.empty() && profiles.size() <= 3);
  ERR_clear_error();
  const Key key{EVP_EC_gen("P-256")};
  const Certificate certificate = key ? make_certificate(key.get()) : nullptr;
  const auto digest = certificate ? digest_of(certificate.get()) : std::nullopt;
  std::shared_ptr<Identity> identity{new Identity};
  identity->context_ = SSL_CTX_new(DTLS_method());
  SSL_CTX* context = identity->context_;
  const bool ok = digest && context != nullptr && SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
                  SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
                  SSL_CTX_set_cipher_list(context,
                                          "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
                                          "ECDHE-ECDSA-CHACHA20-POLY1305") == 1 &&
                  SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
                  SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
                  SSL_CTX_use_PrivateKey(context, key.get()) == 1 &&
                  SSL_CTX_set_tlsext_use_srtp(context, profile_list(profiles).c_str()) == 0;  // 0 is success here
  if (!ok) {
    ERR_clear_error();
    return unexpected(DtlsError::backend_failed);
  }
  SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify_fingerprint, nullptr);
  identity->fingerprint_ = *digest;
  return identity;
}

Identity::~Identity() { SSL_CTX_free(context_); }

}  // namespace sealhall::dtls
