#include "io/dtls/datagram_bio.h"

#include <algorithm>

#include "core/base/check.h"

namespace sealhall::dtls {

namespace {

constexpr time_t never = time_t{1} << 40;

DatagramPort& port_of(BIO* bio) noexcept { return *static_cast<DatagramPort*>(BIO_get_data(bio)); }

int bio_read(BIO* bio, char* out, int size) {
  BIO_clear_retry_flags(bio);
  DatagramPort& port = port_of(bio);
  if (!port.has_incoming) {
    BIO_set_retry_read(bio);
    return -1;
  }
  port.has_incoming = false;
  const std::size_t n = std::min(static_cast<std::size_t>(size), port.incoming.size());
  std::copy_n(port.incoming.begin(), n, out);
  return static_cast<int>(n);
}

int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const DatagramPort& port = port_of(bio);
  if (port.outgoing != nullptr) port.outgoing->emplace_back(data, data + size);
  return size;
}

long bio_ctrl(BIO* bio, int command, long, void* argument) {
  DatagramPort& port = port_of(bio);
  switch (command) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
      return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
    case BIO_CTRL_DGRAM_GET_MTU:
      return static_cast<long>(port.mtu);
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
      return 48;  // IPv6 and UDP headers
    case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT: {
      // OpenSSL 3.0 passes its own `d1->next_timeout`: zero when it stops the timer, else a wall clock time. Parking
      // that in the far future makes time an argument of ours; `expire_openssl_timer` wakes it.
      auto* deadline = static_cast<timeval*>(argument);
      port.openssl_deadline = deadline;
      port.timer_armed = deadline->tv_sec != 0 || deadline->tv_usec != 0;
      port.timer_changed = true;
      if (port.timer_armed) deadline->tv_sec = never;
      return 1;
    }
    default:
      return 0;
  }
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}
int bio_destroy(BIO* bio) { return bio == nullptr ? 0 : 1; }

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
  SEALHALL_CHECK(method != nullptr);
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_ctrl(method, bio_ctrl);
  BIO_meth_set_create(method, bio_create);
  BIO_meth_set_destroy(method, bio_destroy);
  return method;
}

}  // namespace

BIO* new_datagram_bio(DatagramPort& port) {
  static const BIO_METHOD* const method = make_method();  // lives as long as the process
  BIO* bio = BIO_new(method);
  SEALHALL_CHECK(bio != nullptr);
  BIO_set_data(bio, &port);
  return bio;
}

void expire_openssl_timer(DatagramPort& port) noexcept {
  if (port.openssl_deadline == nullptr || !port.timer_armed) return;
  port.openssl_deadline->tv_sec = 1;
  port.openssl_deadline->tv_usec = 0;
}

}  // namespace sealhall::dtls
