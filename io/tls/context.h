// TLS settings and certificates of a server or a client: TLS 1.2 (RFC 5246) and 1.3 (RFC 8446) only, ECDHE and AEAD
// only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/expected.h"
#include "core/base/time.h"
#include "io/net/error.h"

struct ssl_ctx_st;

namespace sealhall::io {

/// A certificate chain (leaf first) and its private key, as PEM text.
struct CertificateFiles {
  std::string chain_path;
  std::string key_path;
};

/// What a server shows. `reload` changes it for connections that begin later; those that exist keep what they have.
class TlsServerContext {
 public:
  /// The failure says what is wrong ("The key file x does not belong to the certificate file y.").
  static expected<std::unique_ptr<TlsServerContext>, Failure> load(const CertificateFiles& files);
  ~TlsServerContext();
  TlsServerContext(const TlsServerContext&) = delete;
  TlsServerContext& operator=(const TlsServerContext&) = delete;

  /// Loads the same files again, or others. On failure the certificate before stays in use.
  expected<void, Failure> reload();
  expected<void, Failure> reload(const CertificateFiles& files);

  /// SHA-256 of the leaf certificate, lower-case hexadecimal in pairs with colons.
  [[nodiscard]] std::string fingerprint() const;
  /// When the leaf certificate stops being valid.
  [[nodiscard]] UnixMicros not_after() const;
  /// The context for the next connection. Shared, because connections outlive a reload.
  [[nodiscard]] std::shared_ptr<ssl_ctx_st> current() const;

 private:
  struct State;
  explicit TlsServerContext(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct TlsClientOptions {
  std::string ca_file;                 ///< PEM; empty: the system's authorities. Given: only these.
  std::vector<std::string> alpn = {};  ///< RFC 7301, in order of preference, e.g. {"http/1.1"} or {"stun.turn"}
};

/// What a client trusts. May be shared by any number of connections.
class TlsClientContext {
 public:
  /// The failure says which file and why.
  static expected<std::unique_ptr<TlsClientContext>, Failure> create(const TlsClientOptions& options);
  ~TlsClientContext();
  TlsClientContext(const TlsClientContext&) = delete;
  TlsClientContext& operator=(const TlsClientContext&) = delete;
  [[nodiscard]] const std::shared_ptr<ssl_ctx_st>& current() const noexcept { return context_; }

 private:
  explicit TlsClientContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace sealhall::io
