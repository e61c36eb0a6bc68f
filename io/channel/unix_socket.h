// Unix sockets: addresses, listening, connecting, and who is on the other side. For io/channel only.
#pragma once

#include <string>

#include "core/base/expected.h"
#include "io/net/system.h"

namespace sealhall::io {

/// `type` is SOCK_STREAM or SOCK_SEQPACKET. The socket file gets mode 0600; an old one that nobody listens on is
/// replaced.
expected<FileDescriptor, Failure> listen_unix(const std::string& path, int type);
expected<FileDescriptor, Failure> connect_unix(const std::string& path, int type);

struct PeerCredentials {
  int pid = 0;
  bool same_user = false;
};
/// Who made the connection (SO_PEERCRED, told by the kernel).
PeerCredentials peer_credentials(int fd);

}  // namespace sealhall::io
