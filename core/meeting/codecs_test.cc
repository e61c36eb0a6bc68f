// Which video codecs may be sent in a meeting: those that everybody decodes who receives pictures.
#include <doctest/doctest.h>

#include "core/meeting/meeting.h"
#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;

namespace {

using Codecs = std::vector<std::string>;

wire::PublishedSource camera(const char* codec) {
  return {wire::SourceKind::camera, codec, {{"q", 1, 2, 320, 180, 150'000}}};
}
wire::TransportParameters somewhere() { return {"mine", std::string(22, 'p'), "sha-256 AB", {}}; }

/// A browser, which says its end of the transport, and with it what it decodes, after `Joined`.
ConnectionId browser(World& w, const char* name, std::optional<Codecs> codecs) {
  const ConnectionId c = std::string_view{name} == "Host" ? w.join_host() : w.join(name);
  w.send(c, wire::ClientTransport{w.joined(c).transport.ice_ufrag, somewhere(), std::move(codecs)});
  return c;
}
ConnectionId native_client(World& w, std::uint32_t video_slots = 4) {
  const ConnectionId c = w.connect();
  wire::Join join = World::join_message("Native");
  join.transport = somewhere();
  join.video_slots = video_slots;
  w.feed(JoinRequest{c, join, "test", std::nullopt});
  return c;
}
std::string codec_of(const World& w, ParticipantNumber number) { return w.published.at(number).sources.at(0).codec; }
Codecs told(const World& w, ConnectionId c) {
  const auto* m = w.last<wire::VideoCodecs>(c);
  return m == nullptr ? Codecs{"nothing"} : m->codecs;
}

}  // namespace

TEST_CASE("codecs: whoever names some is told which ones everybody takes, and whenever that changes") {
  World w;
  const auto first = browser(w, "Host", Codecs{"vp9", "h264"});
  CHECK(told(w, first) == Codecs{"vp9", "h264"});
  const auto second = browser(w, "Ada", Codecs{"av1", "vp9"});  // words that nobody knows mean nothing
  CHECK(told(w, first) == Codecs{"vp9"});
  CHECK(told(w, second) == Codecs{"vp9"});
  CHECK(w.all<wire::VideoCodecs>(first).size() == 2);
  const auto third = browser(w, "Bob", Codecs{"vp9"});
  CHECK(told(w, third) == Codecs{"vp9"});
  CHECK(w.all<wire::VideoCodecs>(first).size() == 2);  // nothing has changed for it
  w.send(second, wire::Leave{});
  CHECK(told(w, first) == Codecs{"vp9"});
  w.send(third, wire::Leave{});
  w.pass(9s);
  CHECK(told(w, first) == Codecs{"vp9"});
  w.pass(1s);
  CHECK(told(w, first) == Codecs{"vp9", "h264"});
  CHECK(w.all<wire::VideoCodecs>(first).size() == 3);
}

TEST_CASE("codecs: somebody who takes VP8 alone makes it VP8, from before their first packet until they are gone") {
  World w;
  const auto host = browser(w, "Host", Codecs{"vp9"});
  w.send(host, wire::Publish{{camera("vp9")}});
  CHECK(codec_of(w, 1) == "vp9");
  w.log.clear();
  ConnectionId other{};
  SUBCASE("a native client") { other = native_client(w); }
  SUBCASE("a browser that has answered without") { other = browser(w, "Old", std::nullopt); }
  SUBCASE("a browser that names none") { other = browser(w, "Old", Codecs{}); }
  CHECK(codec_of(w, 1) == "vp8");
  CHECK(told(w, host) == Codecs{});
  CHECK(w.all<wire::VideoCodecs>(other).empty());
  // The publisher has not done it yet; what it says goes on to count as what it is.
  w.send(host, wire::SetMuted{true, false});
  CHECK(codec_of(w, 1) == "vp8");
  w.send(other, wire::Leave{});
  w.pass(10s);
  CHECK(told(w, host) == Codecs{"vp9"});
  CHECK(codec_of(w, 1) == "vp9");
}

TEST_CASE("codecs: one whose transport is made anew again and again changes nobody's codec") {
  World w;
  const auto host = browser(w, "Host", Codecs{"vp9"});
  w.send(host, wire::Publish{{camera("vp9")}});
  const auto other = browser(w, "Old", Codecs{});
  const auto answer = [&] {
    const std::string ufrag = w.last<wire::TransportReset>(other)->transport.ice_ufrag;
    w.send(other, wire::ClientTransport{ufrag, somewhere(), Codecs{}});
  };
  REQUIRE(codec_of(w, 1) == "vp8");
  w.inbox[host].clear();
  for (int i = 0; i < 10; ++i) {
    const bool lost = i % 2 == 0;  // or it asks for another one
    if (lost) {
      w.feed(TransportDown{2, w.transports.at(2).attempt});
    } else {
      w.send(other, wire::RenewTransport{});
    }
    w.pass(9s);
    REQUIRE(w.last<wire::TransportReset>(other) != nullptr);
    answer();
    w.feed(TransportUp{2, w.transports.at(2).attempt});
    w.pass(3s);
    CHECK(codec_of(w, 1) == "vp8");
  }
  CHECK(w.all<wire::VideoCodecs>(host).empty());
  w.send(other, wire::RenewTransport{});
  w.pass(20s);  // it has not come back: nothing reaches it
  CHECK(codec_of(w, 1) == "vp9");
  answer();
  CHECK(codec_of(w, 1) == "vp8");
  CHECK(w.all<wire::VideoCodecs>(host).size() == 2);
}

TEST_CASE("codecs: who receives no pictures does not count, nor who has not said where the transport ends") {
  World w;
  const auto host = browser(w, "Host", Codecs{"vp9"});
  native_client(w, 0);
  const auto joining = w.join("Ada");
  CHECK(w.last<wire::Joined>(joining) != nullptr);
  CHECK(told(w, host) == Codecs{"vp9"});
  CHECK(w.all<wire::VideoCodecs>(host).size() == 1);
}

TEST_CASE("codecs: another transport says them anew, and is told anew") {
  World w;
  const auto host = browser(w, "Host", Codecs{"vp9"});
  w.feed(TransportDown{1, w.transports.at(1).attempt});
  w.pass(0s);
  REQUIRE(w.last<wire::TransportReset>(host) != nullptr);
  const std::string ufrag = w.last<wire::TransportReset>(host)->transport.ice_ufrag;
  w.send(host, wire::ClientTransport{ufrag, somewhere(), Codecs{"h264"}});
  CHECK(told(w, host) == Codecs{});
  w.pass(10s);
  CHECK(told(w, host) == Codecs{"h264"});
  w.send(host, wire::Publish{{camera("vp9")}});  // it has not understood
  CHECK(codec_of(w, 1) == "vp8");
  CHECK_FALSE(w.error(host));
}

TEST_CASE("codecs: a codec that does not exist is refused") {
  World w;
  const auto host = browser(w, "Host", Codecs{"vp9"});
  w.send(host, wire::Publish{{camera("av1")}});
  CHECK(w.error(host) == wire::ErrorCode::bad_message);
}
