// Recorders in a whole control process: who comes too late, and one that comes twice.
#include "server/control/recording_link.h"

#include <doctest/doctest.h>

#include "core/wire/recorder_channel.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;
using wire::HostAction;

namespace {

/// A recorder of which only the messages are real. It says hello once: when its connection is closed it stays away.
class FakeRecorder {
 public:
  explicit FakeRecorder(House& house)
      : client_(house.loop, house.run + "/control.sock",
                {.on_open =
                     [this] {
                       if (!std::exchange(said_hello_, true)) say(wire::recorder::RecorderHello{1});
                     },
                 .on_message =
                     [this](std::string_view text) {
                       const auto message = wire::recorder::decode_to_recorder(text);
                       REQUIRE(message.has_value());
                       if (const auto* begin = std::get_if<wire::recorder::BeginPart>(&*message)) {
                         begun.push_back(*begin);
                       }
                     },
                 .on_lost = [] {}}) {}
  void say(const wire::recorder::FromRecorder& message) { client_.send(wire::recorder::encode(message)); }

  std::vector<wire::recorder::BeginPart> begun;

 private:
  bool said_hello_ = false;
  io::ChannelClient client_;
};

struct Running {
  Running() {
    kms = std::make_unique<FakeKms>(house.loop, house.run, 1);
    worker = std::make_unique<FakeWorker>(house.loop, house.run, 0);
    token = house.admin();
    id = house.meeting(token);
    recorder = std::make_unique<FakeRecorder>(house);
    host = house.inside(id, "Host", token);
  }
  wire::recorder::BeginPart record() {
    const std::size_t before = recorder->begun.size();
    host->send(wire::HostCommand{HostAction::record_start, std::nullopt});
    REQUIRE(house.until([&] { return recorder->begun.size() > before; }));
    return recorder->begun.back();
  }
  void end() {
    house.control->meetings().end(id, wire::EndReason::ended_by_host);
    REQUIRE(house.until([&] { return host->closed && house.control->meetings().running() == 0; }));
  }
  /// As the recorder that was given this part.
  std::unique_ptr<FakeClient> knock(const wire::recorder::BeginPart& part) {
    auto c = house.client();
    wire::Join join = join_of(id, "Recording");
    join.client = wire::ClientKind::recorder;
    join.token = part.token;
    c->send(join);
    REQUIRE(house.until([&] { return c->last<wire::Joined>() != nullptr || c->last<wire::Error>() != nullptr; }));
    return c;
  }
  House house;
  std::unique_ptr<FakeKms> kms;
  std::unique_ptr<FakeWorker> worker;
  std::string token;
  std::string id;
  std::unique_ptr<FakeRecorder> recorder;
  std::unique_ptr<FakeClient> host;
};

}  // namespace

TEST_CASE("control: a recorder is let into the meeting that it was given while that runs") {
  Running r;
  CHECK(r.knock(r.record())->last<wire::Joined>() != nullptr);
}

TEST_CASE("control: a recorder that comes when its meeting has ended begins no other one, and records none") {
  Running r;
  const auto part = r.record();
  r.end();
  const auto late = r.knock(part);
  CHECK(late->last<wire::Joined>() == nullptr);
  CHECK(late->last<wire::Error>()->fatal);
  CHECK(r.house.control->meetings().running() == 0);
  r.host = r.house.inside(r.id, "Host", r.token);
  CHECK(r.knock(part)->last<wire::Joined>() == nullptr);
  // When that recorder has said that it is over, the meeting that runs now can be recorded.
  r.host->send(wire::HostCommand{HostAction::record_start, std::nullopt});
  r.recorder->say(wire::recorder::PartEnded{part.recording, 1, wire::recorder::PartEnd::refused, "", 0, 0});
  REQUIRE(r.house.until([&] { return r.recorder->begun.size() == 2; }));
  CHECK(r.recorder->begun[1].recording != part.recording);
  CHECK(r.host->last<wire::Error>() == nullptr);
}

TEST_CASE("control: a recorder that comes while the one before still seems to be there takes over its recordings") {
  Running r;
  const auto part = r.record();
  FakeRecorder second{r.house};
  REQUIRE(r.house.until([&] { return second.begun.size() == 1; }));
  CHECK(second.begun[0].recording == part.recording);
  CHECK(second.begun[0].part == 2);
}
