// TLS over any stream: a server's side, and a client's side that verifies chain and name (RFC 9525).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/expected.h"
#include "io/net/loop.h"
#include "io/net/stream.h"
#include "io/net/tcp.h"
#include "io/tls/context.h"

namespace sealhall::io {

/// A TLS connection whose handshake is done. Closing sends close_notify; an end without the peer's close_notify is
/// reported as `reset`, so that a cut message is never taken for a whole one.
class TlsStream : public Stream {
 public:
  [[nodiscard]] virtual std::string version() const = 0;  ///< "TLSv1.3" or "TLSv1.2"
  [[nodiscard]] virtual std::string cipher() const = 0;   ///< "TLS_AES_256_GCM_SHA384", ..
  [[nodiscard]] virtual std::string alpn() const = 0;     ///< empty when none was agreed
};

using OnTls = std::move_only_function<void(expected<std::shared_ptr<TlsStream>, Failure>)>;

/// Does the server's handshake on `transport`. `done` is called exactly once, at the latest after `limit`. The
/// transport is aborted when the handshake fails.
void accept_tls(Loop& loop, std::shared_ptr<Stream> transport, const TlsServerContext& context, Duration limit,
                OnTls done);

/// Does the client's handshake and verifies that the server is `host` (a DNS name or a numeric address). `done` is
/// called exactly once.
void start_tls(Loop& loop, std::shared_ptr<Stream> transport, const TlsClientContext& context, const std::string& host,
               Duration limit, OnTls done);

/// Connects by TCP and then by TLS. Dropping the handle cancels, as with `connect_tcp`.
class TlsConnectAttempt;
std::shared_ptr<TlsConnectAttempt> connect_tls(Loop& loop, const Endpoint& to, const TlsClientContext& context,
                                               Duration limit, OnTls done);

}  // namespace sealhall::io
