// deps: server_media
// Datagrams at the media worker's UDP port, from a stranger and from the address of a client that has passed a check.
// Nothing may come of them but counters, and the stranger never gets more than was sent in his name.
#include <map>

#include "core/base/check.h"
#include "core/base/random.h"
#include "io/log/log.h"
#include "server/media/worker.h"

using namespace sealhall;

namespace {

struct World final : media::Outside {
  World() {
    static const auto identity = *dtls::Identity::create(dtls::server_profiles);  // slow to make
    media::WorkerConfig config;
    config.identity = identity;
    worker = std::make_unique<media::Worker>(config, *this, random, Instant{});
    wire::media::OpenTransport open;
    open.transport = 1;
    open.meeting = "00112233445566778899aabbccddeeff";
    open.participant = 1;
    open.remote = {"cliufrag", "a password of the other end", dtls::fingerprint_text(identity->fingerprint()), {}};
    open.audio_slots = 2;
    open.video_slots = 2;
    worker->on_control(open, Instant{});
    Bytes check(300);
    stun::Builder builder{check, stun::Class::request, stun::method::binding, {1}};
    check.resize(*builder.text(stun::attribute::username, local.ice_ufrag + ":cliufrag")
                      .u32(stun::attribute::priority, 1)
                      .u64(stun::attribute::ice_controlling, 1)
                      .flag(stun::attribute::use_candidate)
                      .integrity(as_bytes(local.ice_password))
                      .fingerprint()
                      .finish());
    worker->on_datagram(client, check, Instant{});
    worker->flush(Instant{});
  }
  void send(std::span<const io::OutMessage> list) noexcept override {
    for (const io::OutMessage& m : list)
      if (m.to == stranger) to_stranger += m.bytes.size();
  }
  void send_relay(const ice::Address&, ByteView) noexcept override {}
  void send_link(std::uint32_t, ByteView, ByteView) noexcept override {}
  void to_control(const wire::media::WorkerMessage& message) noexcept override {
    if (const auto* ready = std::get_if<wire::media::TransportReady>(&message)) local = ready->local;
    SEALHALL_CHECK(!std::holds_alternative<wire::media::TransportConnected>(message));
  }

  const ice::Address stranger = ice::Address::v4({203, 0, 113, 1}, 1);
  const ice::Address client = ice::Address::v4({198, 51, 100, 1}, 1);
  SeededRandom random{1};
  std::unique_ptr<media::Worker> worker;
  wire::TransportParameters local;
  std::size_t to_stranger = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (io::log::start("fuzz", io::log::Level::error), true);
  static_cast<void>(quiet);
  static auto world = std::make_unique<World>();
  static int uses = 0;
  if (++uses % 512 == 0 || world->worker->transports() == 0) world = std::make_unique<World>();
  std::size_t from_stranger = 0;
  world->to_stranger = 0;
  ByteView rest{data, size};
  while (rest.size() > 2) {
    const bool known = (rest[0] & 0x80) != 0;
    const std::size_t n = std::min<std::size_t>(rest.size() - 2, load_u16(rest.data()) & 0x07FF);
    Bytes datagram(rest.begin() + 2, rest.begin() + 2 + static_cast<std::ptrdiff_t>(n));
    rest = rest.subspan(2 + n);
    if (!known) from_stranger += n;
    world->worker->on_datagram(known ? world->client : world->stranger, datagram, Instant{});
    world->worker->flush(Instant{});
  }
  SEALHALL_CHECK(world->to_stranger <= from_stranger);
  return 0;
}
