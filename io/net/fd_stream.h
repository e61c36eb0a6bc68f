// A stream over a connected, non-blocking socket descriptor (TCP or Unix).
#pragma once

#include <memory>

#include "io/net/loop.h"
#include "io/net/stream.h"

namespace sealhall::io {

/// Takes over the descriptor `fd`, which is a connected stream socket; makes it non-blocking. `on_gone` is called when
/// the descriptor has been closed.
std::shared_ptr<Stream> make_fd_stream(Loop& loop, int fd, Endpoint peer, Callback on_gone = nullptr);

}  // namespace sealhall::io
