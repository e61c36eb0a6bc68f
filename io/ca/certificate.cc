#include "io/ca/certificate.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/base/bytes.h"
#include "io/net/endpoint.h"
#include "io/tls/openssl.h"

namespace sealhall::io {
namespace {

Failure failed() { return {NetError::internal, "A certificate could not be made: " + take_openssl_error() + "."}; }

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, 16> serial{};
  if (RAND_bytes(serial.data(), static_cast<int>(serial.size())) != 1) return false;
  serial[0] =
      static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);  // positive and of full length (RFC 5280 section 4.1.2.2)
  BIGNUM* number = BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr);
  const bool set = number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  return set;
}

bool set_times(X509* certificate, const CertificateSpec& spec) {
  const auto seconds = [](UnixMicros t) { return static_cast<std::time_t>(static_cast<std::int64_t>(t) / 1'000'000); };
  return ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(spec.not_before)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(spec.not_after)) != nullptr;
}

std::string pem_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

bool certificate_name_is_valid(const std::string& name) {
  if (is_numeric_address(name)) return true;
  std::string_view rest = name;
  if (rest.starts_with("*.")) rest.remove_prefix(2);
  if (rest.empty() || rest.size() > 253 || rest.front() == '.' || rest.back() == '.') return false;
  std::size_t label = 0;
  for (const char c : rest) {
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (c == '.' ? label == 0 : !letter) return false;
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return false;
  }
  return true;
}

expected<IssuedCertificate, Failure> issue_certificate(const CertificateSpec& spec, const IssuedCertificate* issuer) {
  for (const std::string& name : spec.names) {
    if (!certificate_name_is_valid(name)) {
      return unexpected(
          Failure{NetError::certificate_invalid, "\"" + name + "\" is neither a host name nor an address."});
    }
  }
  const PkeyPtr key{EVP_EC_gen("P-256")};
  const X509Ptr certificate{X509_new()};
  if (!key || !certificate) return unexpected(failed());
  X509Ptr issuer_certificate;
  PkeyPtr issuer_key;
  if (issuer != nullptr) {
    issuer_certificate.reset(
        PEM_read_bio_X509(memory_bio(as_bytes(issuer->certificate_pem)).get(), nullptr, nullptr, nullptr));
    issuer_key.reset(PEM_read_bio_PrivateKey(memory_bio(as_bytes(issuer->key_pem)).get(), nullptr, nullptr, nullptr));
    if (!issuer_certificate || !issuer_key) return unexpected(failed());
  }
  X509* parent = issuer_certificate ? issuer_certificate.get() : certificate.get();

  bool ok = X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(certificate.get()) &&
            set_times(certificate.get(), spec) && X509_set_pubkey(certificate.get(), key.get()) == 1;
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  const std::string name = spec.common_name.substr(0, 64);  // ub-common-name (RFC 5280 appendix A.1)
  ok = ok &&
       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()),
                                  static_cast<int>(name.size()), -1, 0) == 1;
  ok = ok && X509_set_issuer_name(certificate.get(), X509_get_subject_name(parent)) == 1;
  ok = ok && add_extension(certificate.get(), parent, NID_subject_key_identifier, "hash");
  ok = ok && add_extension(certificate.get(), parent, NID_authority_key_identifier, "keyid");
  if (spec.authority) {
    // Path length 0: it signs servers, never another authority (RFC 5280 section 4.2.1.9).
    ok = ok && add_extension(certificate.get(), parent, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
         add_extension(certificate.get(), parent, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    std::string names;
    for (const std::string& one : spec.names) {
      names += (names.empty() ? "" : ",") + std::string{is_numeric_address(one) ? "IP:" : "DNS:"} + one;
    }
    ok = ok && add_extension(certificate.get(), parent, NID_basic_constraints, "critical,CA:FALSE") &&
         add_extension(certificate.get(), parent, NID_key_usage, "critical,digitalSignature") &&
         add_extension(certificate.get(), parent, NID_ext_key_usage, "serverAuth");
    if (!names.empty()) ok = ok && add_extension(certificate.get(), parent, NID_subject_alt_name, names);
  }
  ok = ok && X509_sign(certificate.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0;
  const BioPtr certificate_text{BIO_new(BIO_s_mem())};
  // Secure memory BIO: it is wiped when it is freed.
  const BioPtr key_text{BIO_new(BIO_s_secmem())};
  ok = ok && PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1 &&
       PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1;
  if (!ok) return unexpected(failed());
  return IssuedCertificate{pem_of(certificate_text.get()), pem_of(key_text.get())};
}

}  // namespace sealhall::io
