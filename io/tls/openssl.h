// OpenSSL objects with owners. For io/tls and io/ca only.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "core/base/bytes.h"

namespace sealhall::io {

struct OpensslFree {
  void operator()(SSL* p) const noexcept { SSL_free(p); }
  void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
  void operator()(X509* p) const noexcept { X509_free(p); }
  void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
  void operator()(BIO* p) const noexcept { BIO_free_all(p); }
  void operator()(BIO_METHOD* p) const noexcept { BIO_meth_free(p); }
};
using SslPtr = std::unique_ptr<SSL, OpensslFree>;
using X509Ptr = std::unique_ptr<X509, OpensslFree>;
using PkeyPtr = std::unique_ptr<EVP_PKEY, OpensslFree>;
using BioPtr = std::unique_ptr<BIO, OpensslFree>;

/// OpenSSL's words for the newest error of this thread; forgets all errors.
std::string take_openssl_error();
/// SHA-256 of the certificate, lower-case hexadecimal pairs with colons.
std::string certificate_fingerprint(const X509* certificate);
/// Microseconds since 1970, or 0 when the time cannot be read.
std::int64_t asn1_time_to_unix_micros(const ASN1_TIME* time);
/// The DNS names and addresses that the certificate is for ("a.example, 127.0.0.1"), at most `most` of them.
std::string certificate_names(const X509* certificate, std::size_t most = 5);
/// "2026-11-24".
std::string date_text(std::int64_t unix_micros);
/// A BIO over `text`, which must outlive it.
BioPtr memory_bio(ByteView text);

}  // namespace sealhall::io
