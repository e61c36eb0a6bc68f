#include "io/tls/context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <string_view>

#include "io/tls/openssl.h"

namespace sealhall::io {
namespace {

// AES-256 first, because it is the promise; ChaCha20 for machines without AES instructions. RFC 9325 section 4.2.
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-"
    "POLY1305:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
constexpr const char* tls13_ciphers = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
constexpr const char* groups = "X25519:P-256:P-384";

bool set_common(SSL_CTX* context) {
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  // Idle connections give their record buffers back (RELEASE_BUFFERS): 34 KB each otherwise.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // No tickets (RFC 8446 section 4.6.1): each would be a key that outlives its connection.
  return SSL_CTX_set_num_tickets(context, 0) == 1 && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, tls12_ciphers) == 1 &&
         SSL_CTX_set_ciphersuites(context, tls13_ciphers) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1;
}

// HTTP for everybody, TURN for its clients (RFC 7443). A client that offers only what we do not speak is told so.
int choose_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered, unsigned size,
                void*) {
  for (const std::string_view ours : {std::string_view{"http/1.1"}, std::string_view{"stun.turn"}}) {
    for (unsigned at = 0; at < size && at + 1U + offered[at] <= size; at += 1U + offered[at]) {
      if (as_text({offered + at + 1, offered[at]}) == ours) {
        *out = offered + at + 1;
        *out_size = offered[at];
        return SSL_TLSEXT_ERR_OK;
      }
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::shared_ptr<SSL_CTX> share(SSL_CTX* context) {
  return {context, [](SSL_CTX* p) { SSL_CTX_free(p); }};
}

expected<std::shared_ptr<SSL_CTX>, Failure> make_server_context(const CertificateFiles& files) {
  ERR_clear_error();
  auto context = share(SSL_CTX_new(TLS_server_method()));
  if (!context || !set_common(context.get())) {
    return unexpected(Failure{NetError::internal, "TLS cannot be set up: " + take_openssl_error() + "."});
  }
  SSL_CTX_set_alpn_select_cb(context.get(), &choose_alpn, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.chain_path.c_str()) != 1) {
    return unexpected(Failure{NetError::certificate_invalid, "The certificate file " + files.chain_path +
                                                                 " cannot be used: " + take_openssl_error() + "."});
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key_path.c_str(), SSL_FILETYPE_PEM) != 1) {
    const unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) == ERR_LIB_X509 && ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH) {
      ERR_clear_error();
      return unexpected(Failure{
          NetError::certificate_invalid,
          "The key file " + files.key_path + " does not belong to the certificate file " + files.chain_path + "."});
    }
    return unexpected(Failure{NetError::certificate_invalid,
                              "The key file " + files.key_path + " cannot be used: " + take_openssl_error() + "."});
  }
  if (SSL_CTX_check_private_key(context.get()) != 1) {
    ERR_clear_error();
    return unexpected(Failure{
        NetError::certificate_invalid,
        "The key file " + files.key_path + " does not belong to the certificate file " + files.chain_path + "."});
  }
  return context;
}

}  // namespace

struct TlsServerContext::State {
  CertificateFiles files;
  std::shared_ptr<SSL_CTX> context;
};

TlsServerContext::TlsServerContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsServerContext::~TlsServerContext() = default;

expected<std::unique_ptr<TlsServerContext>, Failure> TlsServerContext::load(const CertificateFiles& files) {
  auto context = make_server_context(files);
  if (!context) return unexpected(context.error());
  return std::unique_ptr<TlsServerContext>(
      new TlsServerContext(std::make_unique<State>(State{files, std::move(*context)})));
}

expected<void, Failure> TlsServerContext::reload() { return reload(CertificateFiles{state_->files}); }

expected<void, Failure> TlsServerContext::reload(const CertificateFiles& files) {
  auto context = make_server_context(files);
  if (!context) return unexpected(context.error());
  state_->context = std::move(*context);
  state_->files = files;
  return {};
}

std::string TlsServerContext::fingerprint() const {
  return certificate_fingerprint(SSL_CTX_get0_certificate(state_->context.get()));
}

UnixMicros TlsServerContext::not_after() const {
  return UnixMicros{asn1_time_to_unix_micros(X509_get0_notAfter(SSL_CTX_get0_certificate(state_->context.get())))};
}

std::shared_ptr<ssl_ctx_st> TlsServerContext::current() const { return state_->context; }

TlsClientContext::~TlsClientContext() = default;

expected<std::unique_ptr<TlsClientContext>, Failure> TlsClientContext::create(const TlsClientOptions& options) {
  ERR_clear_error();
  auto context = share(SSL_CTX_new(TLS_client_method()));
  if (!context || !set_common(context.get())) {
    return unexpected(Failure{NetError::internal, "TLS cannot be set up: " + take_openssl_error() + "."});
  }
  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context.get());
  } else if (SSL_CTX_load_verify_file(context.get(), options.ca_file.c_str()) != 1) {
    return unexpected(Failure{NetError::certificate_invalid,
                              "The CA file " + options.ca_file + " cannot be used: " + take_openssl_error() + "."});
  }
  if (!options.alpn.empty()) {
    Bytes wire;
    for (const std::string& name : options.alpn) {
      if (name.empty() || name.size() > 255)
        return unexpected(Failure{NetError::internal, "An ALPN name has 1 to 255 bytes."});
      wire.push_back(static_cast<std::uint8_t>(name.size()));
      append(wire, as_bytes(name));
    }
    // This one function of OpenSSL returns 0 for success.
    if (SSL_CTX_set_alpn_protos(context.get(), wire.data(), static_cast<unsigned>(wire.size())) != 0) {
      return unexpected(Failure{NetError::internal, "TLS cannot be set up: " + take_openssl_error() + "."});
    }
  }
  return std::unique_ptr<TlsClientContext>(new TlsClientContext(std::move(context)));
}

}  // namespace sealhall::io
