// Why a connection could not be made or was lost: a kind for the program, a sentence for the person.
#pragma once

#include <cstdint>
#include <string>

namespace sealhall::io {

enum class NetError : std::uint8_t {
  none,                 ///< the peer closed in good order
  closed_locally,       ///< we closed
  reset,                ///< the peer or the network broke the connection
  timeout,              ///< a deadline passed
  refused,              ///< nobody listens there
  unreachable,          ///< no route, or the host does not answer
  not_found,            ///< the name does not resolve
  address_in_use,       ///< listening: another program has the port
  permission,           ///< listening: not allowed (ports below 1024), or a path that we may not use
  too_many,             ///< no file descriptors left, or our own limit reached
  slow_consumer,        ///< the peer does not read what we send, its queue was full
  protocol,             ///< what came is not the protocol that we speak
  tls_protocol,         ///< the TLS handshake failed (no common version, broken record, alert)
  certificate_name,     ///< the certificate is for another name
  certificate_unknown,  ///< signed by an authority that we do not know, or by nobody
  certificate_expired,  ///< its time is over
  certificate_not_yet,  ///< its time has not begun: one of the two clocks is wrong
  certificate_invalid,  ///< broken, revoked or not fit for a server
  refused_by_server,    ///< the server answered with an HTTP error instead of what was asked
  internal,             ///< a system call failed in a way that should not happen
};

/// What happened and why, in words ("The server's certificate is for a.example, not for b.example.").
struct Failure {
  NetError kind = NetError::none;
  std::string reason;
};

}  // namespace sealhall::io
