// deps: core_ice
// A TURN server fed with any stream, cut where the input says: it must never relay to a peer that is not permitted.
#include "core/base/check.h"
#include "core/base/random.h"
#include "core/ice/turn_client.h"
#include "core/ice/turn_server.h"

using namespace sealhall;

namespace {

struct Host final : turn::Authority {
  std::optional<std::string> password_for(std::string_view) override { return "password"; }
  bool permits_peer(const ice::Address& peer) override { return peer.port == 8801; }
  std::optional<ice::Address> claim_allocation(std::string_view) override {
    return ice::Address::v4({198, 18, 0, 1}, 1);
  }
  void release_allocation(std::string_view, const ice::Address&) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Host host;
  SeededRandom random{1};
  turn::ServerConfig config;
  config.realm = "sealhall";
  turn::ServerSession server{config, host, random, Instant{}};
  turn::ServerOutbox out;
  turn::Client client{{"alice", "password"}, random};
  turn::ClientOutbox client_out;
  if (size > 0 && (data[0] & 1) != 0) {  // with an allocation that stands already
    client.start(Instant{}, client_out);
    client.add_peer(ice::Address::v4({192, 0, 2, 1}, 8801), Instant{}, client_out);
    for (int i = 0; i < 4; ++i) {
      server.on_bytes(std::exchange(client_out.to_server, {}), Instant{}, out);
      client.on_bytes(std::exchange(out.to_client, {}), Instant{}, client_out);
    }
  }
  ByteView rest{data, size};
  while (!rest.empty()) {
    const std::size_t n = std::min<std::size_t>(rest.size(), 1 + rest[0] % 64);
    server.on_bytes(rest.first(n), Instant{}, out);
    client.on_bytes(rest.first(n), Instant{}, client_out);
    rest = rest.subspan(n);
  }
  for (const turn::PeerDatagram& d : out.to_peers) SEALHALL_CHECK(d.peer.port == 8801);
  server.on_peer_datagram(ice::Address::v4({192, 0, 2, 1}, 8801), {data, size}, Instant{}, out);
  return 0;
}
