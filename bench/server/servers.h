// The two servers that are compared: ours, and the least that could do the same.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace sealhall::bench {

struct ServerFiles {
  std::string chain;
  std::string key;
};

/// The answer's body: what a small REST read returns.
std::string rest_body();

/// Serve on a free port of 127.0.0.1 for ever; `ready` is told the port.
[[noreturn]] void run_io_server(const ServerFiles& files, const std::function<void(std::uint16_t)>& ready);
/// Bare epoll and SSL_read/SSL_write: no HTTP parser, no deadlines, no limits; any bytes are answered with fixed ones.
[[noreturn]] void run_floor_server(const ServerFiles& files, const std::function<void(std::uint16_t)>& ready);

}  // namespace sealhall::bench
