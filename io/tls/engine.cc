#include "io/tls/engine.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "core/base/check.h"
#include "io/net/endpoint.h"

namespace sealhall::io {
namespace {

TlsEngine* engine_of(const SSL* ssl) { return static_cast<TlsEngine*>(SSL_get_app_data(ssl)); }

std::string common_name(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  const X509_NAME_ENTRY* entry = at >= 0 ? X509_NAME_get_entry(name, at) : nullptr;
  if (entry == nullptr) return "without a name";
  const ASN1_STRING* value = X509_NAME_ENTRY_get_data(entry);
  std::string text{reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                   static_cast<std::size_t>(ASN1_STRING_length(value))};
  for (char& c : text) {
    if (c < ' ' || c >= 0x7f) c = '?';
  }
  return text;
}

}  // namespace

// OpenSSL's memory BIO copies twice and keeps its memory; this one reads from the caller's bytes and writes into
// `out_`.
const BIO_METHOD* TlsEngine::bio_method() {
  static const std::unique_ptr<BIO_METHOD, OpensslFree> method = [] {
    std::unique_ptr<BIO_METHOD, OpensslFree> m{
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sealhall bytes")};
    SEALHALL_CHECK(m != nullptr);
    BIO_meth_set_read(m.get(), [](BIO* bio, char* to, int size) {
      ByteView& in = static_cast<TlsEngine*>(BIO_get_data(bio))->in_;
      BIO_clear_retry_flags(bio);
      if (in.empty()) {
        BIO_set_retry_read(bio);
        return -1;
      }
      const std::size_t n = std::min(in.size(), static_cast<std::size_t>(size));
      std::copy_n(in.begin(), n, to);
      in = in.subspan(n);
      return static_cast<int>(n);
    });
    BIO_meth_set_write(m.get(), [](BIO* bio, const char* from, int size) {
      append(static_cast<TlsEngine*>(BIO_get_data(bio))->out_, as_bytes({from, static_cast<std::size_t>(size)}));
      return size;
    });
    BIO_meth_set_ctrl(m.get(),
                      [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH ? 1 : 0; });
    return m;
  }();
  return method.get();
}

void TlsEngine::make(bool server) {
  ssl_.reset(SSL_new(context_.get()));
  SEALHALL_CHECK(ssl_ != nullptr);
  BIO* bio = BIO_new(bio_method());
  SEALHALL_CHECK(bio != nullptr);
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  if (server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
}

TlsEngine::TlsEngine(std::shared_ptr<SSL_CTX> context) : context_(std::move(context)) { make(true); }

TlsEngine::TlsEngine(std::shared_ptr<SSL_CTX> context, const std::string& host)
    : context_(std::move(context)), verification_(std::make_unique<Verification>()) {
  make(false);
  verification_->host = host;
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl_.get());
  // RFC 9525: names stand in the subjectAltName, and a wildcard is a whole label (section 6.3).
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (is_numeric_address(host)) {
    SEALHALL_CHECK(X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1);
  } else {
    // A host that OpenSSL does not take would mean: any name. An empty one never gets here.
    SEALHALL_CHECK(!host.empty() && X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size()) == 1);
    SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
  }
  SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, &TlsEngine::on_verify);
}

TlsEngine::~TlsEngine() = default;

int TlsEngine::on_verify(int ok, X509_STORE_CTX* store) {
  const auto* ssl = static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  TlsEngine* self = engine_of(ssl);
  if (ok == 1 || !self->verification_ || self->verification_->error != 0) return ok;
  Verification& v = *self->verification_;
  v.error = X509_STORE_CTX_get_error(store);
  if (const X509* leaf = X509_STORE_CTX_get0_cert(store)) {
    v.names = certificate_names(leaf);
    v.issuer = common_name(X509_get_issuer_name(leaf));
  }
  if (const X509* at = X509_STORE_CTX_get_current_cert(store)) {
    v.not_before = asn1_time_to_unix_micros(X509_get0_notBefore(at));
    v.not_after = asn1_time_to_unix_micros(X509_get0_notAfter(at));
  }
  return 0;
}

Failure TlsEngine::failure(int ssl_error) {
  if (verification_ && verification_->error != 0) {
    ERR_clear_error();
    const Verification& v = *verification_;
    switch (v.error) {
      case X509_V_ERR_HOSTNAME_MISMATCH:
      case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return {NetError::certificate_name, "The server's certificate is for " +
                                                (v.names.empty() ? "no name at all" : v.names) + ", not for " + v.host +
                                                "."};
      case X509_V_ERR_CERT_HAS_EXPIRED:
        return {NetError::certificate_expired, "The server's certificate expired on " + date_text(v.not_after) + "."};
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return {NetError::certificate_not_yet, "The server's certificate is valid from " + date_text(v.not_before) +
                                                   " only; the clock of this computer or of the server is wrong."};
      case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return {NetError::certificate_unknown,
                "The server's certificate is signed by \"" + v.issuer +
                    "\", an authority that is unknown here. If the server has its own authority, "
                    "give its CA file."};
      default:
        return {NetError::certificate_invalid, std::string{"The server's certificate is not acceptable: "} +
                                                   X509_verify_cert_error_string(v.error) + "."};
    }
  }
  const unsigned long error = ERR_peek_last_error();
  if (ssl_error == SSL_ERROR_SSL && ERR_GET_LIB(error) == ERR_LIB_SSL) {
    const int reason = ERR_GET_REASON(error);
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST || reason == SSL_R_UNEXPECTED_MESSAGE) {
      ERR_clear_error();
      return {NetError::tls_protocol, "The other side does not speak TLS 1.2 or 1.3."};
    }
  }
  return {NetError::tls_protocol, "TLS failed: " + take_openssl_error() + "."};
}

expected<bool, Failure> TlsEngine::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    if (verification_ && SSL_get_verify_result(ssl_.get()) != X509_V_OK) {
      return unexpected(Failure{NetError::certificate_invalid, "The server's certificate was not verified."});
    }
    verification_.reset();
    return true;
  }
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return false;
  return unexpected(failure(error));
}

expected<TlsEngine::Read, Failure> TlsEngine::read(MutableBytes plain) {
  ERR_clear_error();
  std::size_t size = 0;
  const int result = SSL_read_ex(ssl_.get(), plain.data(), plain.size(), &size);
  if (result == 1) return Read{size, false};
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ) return Read{};
  if (error == SSL_ERROR_ZERO_RETURN) return Read{0, true};
  return unexpected(failure(error));
}

expected<void, Failure> TlsEngine::write(ByteView plain) {
  ERR_clear_error();
  while (!plain.empty()) {
    std::size_t written = 0;
    const int result = SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &written);
    if (result != 1) return unexpected(failure(SSL_get_error(ssl_.get(), result)));
    plain = plain.subspan(written);
  }
  return {};
}

void TlsEngine::shutdown() noexcept {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_.get()) == 1) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

}  // namespace sealhall::io
