// An OpenSSL BIO that keeps datagram borders and hands its retransmission timer over to us. For endpoint.cc only.
//
// A memory BIO would glue datagrams together, and a socket BIO would do I/O.
#pragma once

#include <openssl/bio.h>
#include <sys/time.h>

#include "core/base/bytes.h"

namespace sealhall::dtls {

/// What one BIO works on; must outlive it.
struct DatagramPort {
  ByteView incoming;  ///< the datagram to read next; taken whole or cut, as recvfrom does
  bool has_incoming = false;
  std::vector<Bytes>* outgoing = nullptr;  ///< where writes go, a datagram each; nullptr: nowhere
  std::size_t mtu = 1200;

  /// OpenSSL's own deadline inside the SSL object; known once it has armed or stopped its timer.
  timeval* openssl_deadline = nullptr;
  bool timer_armed = false;    ///< OpenSSL waits for an answer to a flight
  bool timer_changed = false;  ///< set at each arming and stopping; the reader clears it
};

/// Owned by the caller, or by the SSL object it is given to.
BIO* new_datagram_bio(DatagramPort& port);

/// Makes OpenSSL's timer look expired, so that DTLSv1_handle_timeout sends the flight again whatever the wall clock
/// says.
void expire_openssl_timer(DatagramPort& port) noexcept;

}  // namespace sealhall::dtls
