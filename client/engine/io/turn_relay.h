// A way to the server's media port through TURN over TLS (RFC 8656), on the port that signalling uses.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/random.h"
#include "core/ice/turn_client.h"
#include "io/net/loop.h"
#include "io/net/timer.h"
#include "io/tls/stream.h"

namespace sealhall::client {

class TurnRelay final : private io::StreamHandler {
 public:
  struct Config {
    io::Endpoint server;
    std::string username;
    std::string password;
    std::vector<ice::Address> peers;  ///< the media worker's candidates
  };
  struct Handlers {
    std::function<void(const ice::Address& peer)> ready;  ///< `send` to it works
    std::function<void(const ice::Address& peer, MutableBytes datagram)> received;
    std::function<void(std::string reason)> failed;  ///< once; the relay is of no use then
  };
  /// `tls` and `random` outlive the relay. Handlers may destroy it.
  TurnRelay(io::Loop& loop, const io::TlsClientContext& tls, RandomSource& random, Config config, Handlers handlers);
  ~TurnRelay();
  TurnRelay(const TurnRelay&) = delete;
  TurnRelay& operator=(const TurnRelay&) = delete;

  /// False when the peer is not ready or too much waits already: then the datagram is dropped, not queued.
  bool send(const ice::Address& peer, ByteView datagram);

 private:
  void on_data(ByteView data) override;
  void on_closed(const io::Failure& why) override;
  void flush();
  void arm();
  void fail(std::string reason);

  io::Loop& loop_;
  RandomSource& random_;
  Config config_;
  Handlers handlers_;
  std::shared_ptr<io::TlsConnectAttempt> attempt_;
  std::shared_ptr<io::TlsStream> stream_;
  std::unique_ptr<turn::Client> client_;
  turn::ClientOutbox out_;
  io::Timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool failed_ = false;
};

}  // namespace sealhall::client
