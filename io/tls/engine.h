// One TLS connection on bytes: encrypted bytes in, encrypted bytes out. Sans-IO; for io/tls only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "io/net/error.h"
#include "io/tls/openssl.h"

namespace sealhall::io {

class TlsEngine {
 public:
  /// A server's side.
  explicit TlsEngine(std::shared_ptr<SSL_CTX> context);
  /// A client's side that accepts only a server that is `host` (DNS name or numeric address).
  TlsEngine(std::shared_ptr<SSL_CTX> context, const std::string& host);
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  /// Bytes from the peer, not copied: must stay valid until they are consumed or `input` is called again.
  void input(ByteView encrypted) noexcept { in_ = encrypted; }
  /// What was not consumed yet.
  [[nodiscard]] ByteView rest() const noexcept { return in_; }
  /// What is to be sent to the peer; the caller takes it and clears it.
  [[nodiscard]] Bytes& output() noexcept { return out_; }

  /// Goes on with the handshake; true when it is done. On failure `output` may hold an alert that should still be sent.
  expected<bool, Failure> handshake();

  struct Read {
    std::size_t size = 0;      ///< 0: all input is used up, or the peer has ended its direction
    bool peer_closed = false;  ///< close_notify came
  };
  expected<Read, Failure> read(MutableBytes plain);
  expected<void, Failure> write(ByteView plain);
  /// Appends close_notify to the output.
  void shutdown() noexcept;

  [[nodiscard]] const SSL* ssl() const noexcept { return ssl_.get(); }

 private:
  struct Verification {
    std::string host;
    int error = 0;
    std::string names;
    std::string issuer;
    std::int64_t not_before = 0;
    std::int64_t not_after = 0;
  };
  void make(bool server);
  [[nodiscard]] Failure failure(int ssl_error);
  static int on_verify(int ok, X509_STORE_CTX* store);
  static const BIO_METHOD* bio_method();

  std::shared_ptr<SSL_CTX> context_;
  SslPtr ssl_;
  ByteView in_;
  Bytes out_;
  std::unique_ptr<Verification> verification_;  // a client's until the handshake is done
};

}  // namespace sealhall::io
