// deps: core_ice
// Both ends of ICE fed with datagrams of a stranger who knows the fragments but not the passwords: no path may come of
// it.
#include "core/base/check.h"
#include "core/base/random.h"
#include "core/ice/agent.h"
#include "core/ice/lite_agent.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ice::Credentials server{"srvufrag", "a password that is not guessed"};
  const ice::Credentials client{"cliufrag", "another one that is not guessed"};
  const auto address = ice::Address::v4({192, 0, 2, 1}, 8801);
  ice::LiteAgent lite{server, client, Instant{}};
  std::array<std::uint8_t, 256> reply{};
  if (const auto message = stun::parse({data, size})) {
    static_cast<void>(ice::local_ufrag(*message));
    const auto answer = lite.on_check(*message, address, Instant{}, reply);
    SEALHALL_CHECK(answer.error && answer.size <= size);
  }
  SEALHALL_CHECK(!lite.send_to());

  SeededRandom random{1};
  ice::AgentConfig config;
  config.local = client;
  config.remote = server;
  ice::Agent agent{config, random};
  ice::AgentOutbox out;
  const auto path = agent.add_path(ice::PathKind::udp, address, Instant{}, out);
  SEALHALL_CHECK(!agent.on_datagram(*path, address, {data, size}, Instant{}, out));
  SEALHALL_CHECK(!agent.send_path());
  return 0;
}
