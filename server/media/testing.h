// For tests of server/media: clients made of the real client transport, and a worker with them in virtual time.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/rtp/extensions.h"
#include "core/rtp/packet.h"
#include "core/rtp/profile.h"
#include "core/rtp/rtcp.h"
#include "core/rtp/vp8.h"
#include "io/dtls/secure_transport.h"
#include "server/media/worker.h"

namespace sealhall::media::testing {

using namespace std::chrono_literals;
namespace messages = wire::media;

inline const std::string meeting_key = "00112233445566778899aabbccddeeff";

/// The media of a client: packets to send, and what came.
struct ClientMedia {
  std::uint32_t audio_ssrc = 0;
  std::uint32_t video_ssrc = 0;
  std::uint16_t audio_sequence = 100;
  std::uint16_t video_sequence = 200;
  std::uint16_t picture = 1;

  [[nodiscard]] std::vector<wire::PublishedSource> published() const {
    wire::PublishedSource audio{wire::SourceKind::audio, "opus", {{"", audio_ssrc, 0, 0, 0, 64'000}}};
    wire::PublishedSource video{
        wire::SourceKind::camera, "vp8", {{"q", video_ssrc, video_ssrc + 1, 320, 180, 300'000}}};
    return {audio, video};
  }
  Bytes audio(std::string_view payload) {
    Bytes packet(200);
    const auto level = rtp::encode(rtp::AudioLevel{true, 20});
    const rtp::ExtensionElement extension{rtp::extension_id::audio_level, level};
    rtp::HeaderFields fields{.payload_type = rtp::payload_type::opus,
                             .sequence_number = audio_sequence,
                             .timestamp = 960U * audio_sequence,
                             .ssrc = audio_ssrc,
                             .extensions = {&extension, 1}};
    ++audio_sequence;
    packet.resize(*rtp::write_header(fields, packet));
    append(packet, as_bytes(payload));
    return packet;
  }
  /// One frame of `count` packets of 1000 bytes; its bytes are `mark`.
  std::vector<Bytes> video(bool key, std::size_t count, std::uint8_t mark) {
    std::vector<Bytes> packets;
    for (std::size_t i = 0; i < count; ++i) {
      Bytes packet(100);
      rtp::HeaderFields fields{.marker = i + 1 == count,
                               .payload_type = rtp::payload_type::vp8,
                               .sequence_number = video_sequence++,
                               .timestamp = 3000U * picture,
                               .ssrc = video_ssrc,
                               .extensions = {}};
      std::size_t size = *rtp::write_header(fields, packet);
      rtp::Vp8Descriptor descriptor;
      descriptor.start_of_partition = i == 0;
      descriptor.picture_id = picture;
      size += *rtp::write_vp8_descriptor(descriptor, MutableBytes{packet}.subspan(size));
      packet.resize(size);
      Bytes body(1000, mark);
      if (i == 0) body[0] = key ? 0 : 1;
      append(packet, body);
      packets.push_back(std::move(packet));
    }
    ++picture;
    return packets;
  }
};

/// Payloads of what a client received on RTP, by SSRC.
struct Arrived {
  std::map<std::uint32_t, std::vector<Bytes>> payloads;
  std::size_t rtp = 0;
  std::size_t rtcp = 0;
  std::size_t byes = 0;

  void take(const dtls::SecureTransport::Received& r) {
    if (r.rtcp) {
      ++rtcp;
      if (const auto parsed = rtp::rtcp::parse(r.packet))
        for (const auto& m : *parsed) byes += std::holds_alternative<rtp::rtcp::Bye>(m) ? 1 : 0;
      return;
    }
    const auto packet = rtp::parse_packet(r.packet);
    REQUIRE(packet);
    ++rtp;
    if (packet->payload_type != rtp::payload_type::probe)
      payloads[packet->ssrc].emplace_back(packet->payload.begin(), packet->payload.end());
  }
  [[nodiscard]] std::size_t count(std::string_view text) const {
    std::size_t n = 0;
    for (const auto& [ssrc, list] : payloads)
      n += static_cast<std::size_t>(std::ranges::count_if(list, [&](const Bytes& b) { return as_text(b) == text; }));
    return n;
  }
};

inline messages::OpenTransport open_command(sfu::TransportId id, const ice::Credentials& credentials,
                                            const dtls::Identity& identity) {
  messages::OpenTransport open;
  open.transport = id;
  open.meeting = meeting_key;
  open.participant = static_cast<std::uint32_t>(id);
  open.sender_index = static_cast<std::uint16_t>(id);
  open.remote = {credentials.ufrag, credentials.password, dtls::fingerprint_text(identity.fingerprint()), {}};
  open.audio_slots = 4;
  open.video_slots = 4;
  return open;
}

inline dtls::SecureTransportConfig client_config(const ice::Credentials& local, const wire::TransportParameters& remote,
                                                 std::shared_ptr<const dtls::Identity> identity) {
  dtls::SecureTransportConfig config;
  config.local = local;
  config.remote = {remote.ice_ufrag, remote.ice_password};
  config.remote_fingerprint = *dtls::parse_fingerprint(remote.dtls_fingerprint);
  config.identity = std::move(identity);
  return config;
}

/// Workers and clients with a network between them in virtual time, 5 ms each way.
class Lab {
 public:
  struct Client {
    sfu::TransportId id = 0;
    std::size_t worker = 0;
    ice::Credentials credentials;
    messages::TransportReady ready;
    std::optional<dtls::SecureTransport> transport;
    dtls::SecureTransport::Outbox out;
    std::map<ice::PathId, ice::Address> paths;  ///< as the worker sees them
    bool mute = false;                          ///< nothing leaves it
    std::set<ice::PathId> blocked;              ///< nothing passes, either way
    Arrived arrived;
    ClientMedia media;
    Bytes last_rtp;  ///< its latest SRTP datagram
  };

  explicit Lab(std::size_t workers = 1) {
    identity = *dtls::Identity::create(dtls::server_profiles);
    client_identity = *dtls::Identity::create(dtls::native_profiles);
    for (std::size_t i = 0; i < workers; ++i) {
      places.push_back(std::make_unique<Place>(*this, static_cast<std::uint32_t>(i)));
      WorkerConfig config;
      config.worker = static_cast<std::uint32_t>(i);
      config.identity = identity;
      config.candidates = {{"192.0.2.1", static_cast<std::uint16_t>(8801 + i)}};
      config.sfu.worker = config.worker;
      places[i]->worker.emplace(config, *places[i], random, now);
    }
  }

  Worker& worker(std::size_t i = 0) { return *places[i]->worker; }
  static ice::Address server(std::size_t worker = 0) {
    return *ice::Address::parse("192.0.2.1", static_cast<std::uint16_t>(8801 + worker));
  }
  void control(const messages::ControlMessage& message, std::size_t to = 0) { worker(to).on_control(message, now); }

  /// Opens a transport and makes its client, not connected yet.
  Client& add_client(std::size_t at = 0, bool announced = true) {
    clients.push_back(std::make_unique<Client>());
    Client& c = *clients.back();
    c.id = clients.size();
    c.worker = at;
    c.credentials = ice::make_credentials(random);
    auto open = open_command(c.id, c.credentials, *client_identity);
    if (!announced) open.remote.reset();
    control(open, at);
    const auto* ready = std::get_if<messages::TransportReady>(&places[at]->said.back());
    REQUIRE(ready != nullptr);
    c.ready = *ready;
    c.transport.emplace(client_config(c.credentials, ready->local, client_identity), random, now);
    c.media.audio_ssrc = static_cast<std::uint32_t>(1000 * c.id + 1);
    c.media.video_ssrc = static_cast<std::uint32_t>(1000 * c.id + 2);
    return c;
  }
  ice::PathId add_path(Client& c, ice::PathKind kind = ice::PathKind::udp) {
    const auto id = c.transport->add_path(kind, server(c.worker), now, c.out);
    REQUIRE(id);
    c.paths[*id] = kind == ice::PathKind::relay
                       ? relay_address(next_address++)
                       : *ice::Address::parse("198.51.100.1", static_cast<std::uint16_t>(1000 + next_address++));
    flush_client(c);
    return *id;
  }
  /// A connected client that publishes audio and video.
  Client& join(std::size_t at = 0) {
    Client& c = add_client(at);
    add_path(c);
    run(200ms);
    REQUIRE(c.transport->state() == dtls::SecureTransport::State::connected);
    control(messages::SetPublished{c.id, c.media.published(), true, true}, at);
    return c;
  }
  void say(Client& c, std::string_view text) {
    REQUIRE(c.transport->send_rtp(c.media.audio(text), now, c.out));
    flush_client(c);
  }
  void show(Client& c, bool key, std::size_t packets, std::uint8_t mark) {
    for (const Bytes& p : c.media.video(key, packets, mark)) REQUIRE(c.transport->send_rtp(p, now, c.out));
    flush_client(c);
  }
  /// A receiver report, so that the worker sees something authentic of the client.
  void report(Client& c) {
    const rtp::rtcp::Message message = rtp::rtcp::ReceiverReport{77, {}};
    Bytes plain(100);
    plain.resize(*rtp::rtcp::write({&message, 1}, plain));
    REQUIRE(c.transport->send_rtcp(plain, now, c.out));
    flush_client(c);
  }

  void run(Duration d) {
    const Instant end = now + d;
    for (;;) {
      Instant next = end;
      for (const Flight& f : air) next = std::min(next, f.at);
      for (const auto& c : clients)
        if (const auto t = c->transport->next_deadline()) next = std::min(next, *t);
      for (const auto& p : places) next = std::min(next, p->worker->next_deadline());
      now = std::max(now, next);
      if (now >= end) {
        now = end;
        return;
      }
      step();
    }
  }
  void step() {
    std::vector<Flight> due;
    std::erase_if(air, [&](Flight& f) {
      if (f.at > now) return false;
      due.push_back(std::move(f));
      return true;
    });
    for (Flight& f : due) deliver(f);
    for (const auto& c : clients) {
      const auto t = c->transport->next_deadline();
      if (t && *t <= now) {
        c->transport->handle_timeout(now, c->out);
        flush_client(*c);
      }
    }
    for (const auto& p : places) {
      p->worker->flush(now);
      if (p->worker->next_deadline() <= now) p->worker->handle_timeout(now);
    }
  }

  template <typename T>
  [[nodiscard]] std::vector<T> said(std::size_t worker = 0) const {
    std::vector<T> all;
    for (const auto& m : places[worker]->said)
      if (const T* t = std::get_if<T>(&m)) all.push_back(*t);
    return all;
  }

  struct Flight {
    Instant at{};
    bool to_server = false;
    std::size_t worker = 0;
    ice::Address client;
    Bytes data;
  };
  /// One worker's surroundings.
  struct Place final : Outside {
    Place(Lab& owner, std::uint32_t number) : lab(owner), index(number) {}
    void send(std::span<const io::OutMessage> list) noexcept override {
      for (const io::OutMessage& m : list)
        for (std::size_t at = 0; at < m.bytes.size(); at += m.segment)
          leave(m.to, m.bytes.subspan(at, std::min<std::size_t>(m.segment, m.bytes.size() - at)));
    }
    void send_relay(const ice::Address& client, ByteView datagram) noexcept override { leave(client, datagram); }
    void leave(const ice::Address& to, ByteView data) {
      if (quiet) {
        ++sent;
        return;
      }
      sent_bytes[to] += data.size();
      ++sent;
      lab.air.push_back({lab.now + 5ms, false, index, to, Bytes(data.begin(), data.end())});
    }
    void send_link(std::uint32_t to, ByteView head, ByteView body) noexcept override {
      ++links;
      if (!body.empty()) ++media_links;
      Bytes data(head.begin(), head.end());
      append(data, body);
      if (to < lab.places.size()) lab.link_queue.push_back({index, to, std::move(data)});
    }
    void to_control(const messages::WorkerMessage& message) noexcept override { said.push_back(message); }

    Lab& lab;
    std::uint32_t index;
    std::optional<Worker> worker;
    std::vector<messages::WorkerMessage> said;
    std::map<ice::Address, std::size_t> sent_bytes;
    std::size_t sent = 0;
    std::size_t links = 0;
    std::size_t media_links = 0;
    bool quiet = false;  ///< counts what leaves and nothing else
  };

  void flush_client(Client& c) {
    for (auto& t : c.out.transmits) {
      if (c.mute || c.blocked.contains(t.path)) continue;
      const rtp::DatagramKind kind = rtp::classify(t.data);
      if (kind == rtp::DatagramKind::rtp) c.last_rtp = t.data;
      air.push_back({now + 5ms, true, c.worker, c.paths[t.path], std::move(t.data)});
    }
    for (const auto& r : c.out.received) c.arrived.take(r);
    c.out.clear();
  }
  void inject(const ice::Address& from, Bytes data, std::size_t to = 0) {
    if (is_relay_address(from)) {
      worker(to).on_relay_datagram(from, data, now);
    } else {
      worker(to).on_datagram(from, data, now);
    }
  }
  void deliver(Flight& f) {
    if (f.to_server) {
      inject(f.client, std::move(f.data), f.worker);
      flush_links();
      return;
    }
    for (const auto& c : clients)
      for (const auto& [path, address] : c->paths)
        if (address == f.client && c->worker == f.worker && !c->blocked.contains(path)) {
          c->transport->on_datagram(path, server(f.worker), f.data, now, c->out);
          flush_client(*c);
          return;
        }
  }
  void flush_links() {
    for (auto& [from, to, data] : std::exchange(link_queue, {})) worker(to).on_link(from, data, now);
  }

  SeededRandom random{11};
  Instant now = Instant{} + 1000s;
  std::shared_ptr<const dtls::Identity> identity;
  std::shared_ptr<const dtls::Identity> client_identity;
  std::vector<std::unique_ptr<Place>> places;
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<Flight> air;
  struct LinkFlight {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    Bytes data;
  };
  std::vector<LinkFlight> link_queue;
  std::uint32_t next_address = 1;
};

}  // namespace sealhall::media::testing
