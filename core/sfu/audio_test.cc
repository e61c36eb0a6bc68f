// Audio slots and speakers through the whole forwarding unit.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <set>

#include "core/sfu/testing.h"

namespace sealhall::sfu {
namespace {

using namespace testing;  // NOLINT

/// `count` people who send audio; `level` gives each one's level, 127 and above for nothing sent.
void talk(Room& room, const std::vector<Client*>& people, Duration time,
          const std::function<int(std::size_t person)>& level) {
  for (const Instant end = room.now + time; room.now < end;) {
    for (std::size_t i = 0; i < people.size(); ++i) {
      const int value = level(i);
      if (value < 127) room.feed(*people[i], people[i]->audio->packet(static_cast<std::uint8_t>(value), value < 80));
    }
    room.flush();
    room.advance(milliseconds{20});
  }
}

std::vector<Client*> people(Room& room, int count) {
  std::vector<Client*> all;
  for (int i = 0; i < count; ++i) {
    all.push_back(&room.join(0, 0));
    room.publish(*all.back(), 0, true);
  }
  return all;
}

std::set<ParticipantNumber> heard(Room& room, const Client& listener) {
  std::set<ParticipantNumber> participants;
  for (const auto& [slot, assignment] : room.sink.slots[listener.id]) {
    if (assignment.participant) participants.insert(*assignment.participant);
  }
  return participants;
}

TEST_CASE("audio: with enough slots everybody has one, silent or not, and keeps it") {
  Room room;
  std::vector<Client*> all = people(room, 4);
  Client& listener = room.join(4, 0);
  talk(room, all, milliseconds{200}, [](std::size_t) { return 120; });
  CHECK(heard(room, listener).size() == 4);
  const auto before = room.sink.slots[listener.id];
  talk(room, all, milliseconds{3000}, [](std::size_t person) { return person == 2 ? 20 : 120; });
  for (const auto& [slot, assignment] : room.sink.slots[listener.id]) {
    CHECK(assignment.participant == before.at(slot).participant);
  }
}

TEST_CASE("audio: with fewer slots the loudest are heard, and a new speaker takes the place of one who is not needed") {
  Room room;
  std::vector<Client*> all = people(room, 10);
  Client& listener = room.join(3, 0);
  talk(room, all, milliseconds{2000}, [](std::size_t person) { return person < 3 ? 25 : 115; });
  CHECK(heard(room, listener) == std::set<ParticipantNumber>{1, 2, 3});
  talk(room, all, milliseconds{4000}, [](std::size_t person) { return person == 0 || person == 7 ? 25 : 115; });
  CHECK(heard(room, listener).contains(1));
  CHECK(heard(room, listener).contains(8));
  CHECK(room.sink.speakers[0] == 1);
}

TEST_CASE(
    "withheld: not a packet of that person reaches that receiver, whatever it wishes; everybody else hears and sees") {
  Room room;
  Client& ada = room.join(2, 2);
  Client& grace = room.join(2, 2);
  Client& recorder = room.join(2, 2);
  room.publish(ada, 1, true);
  room.publish(grace, 1, true);
  const auto both_send = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      for (Client* person : {&ada, &grace}) {
        room.feed(*person, person->audio->packet(20, true));
        room.send_frame(*person);
      }
      room.advance(milliseconds{20});
    }
  };
  const auto wish = [&](std::vector<ParticipantNumber> withheld) {
    wire::media::SetSubscribed command;
    command.transport = recorder.id;
    std::uint32_t slot = 2;
    for (const Client* person : {&ada, &grace}) {
      wire::VideoWish video;
      video.slot = slot++;
      video.participant = person->participant;
      video.max_height = 360;
      command.videos.push_back(video);
    }
    command.withheld = std::move(withheld);
    REQUIRE(room.forwarder.set_subscribed(command, room.now).has_value());
  };
  // By the slots that carry them: the worker says which one has whom.
  const auto shown = [&] {
    std::map<ParticipantNumber, int> slots;
    for (const auto& [slot, assignment] : room.sink.slots[recorder.id]) {
      if (assignment.participant) ++slots[*assignment.participant];
    }
    return slots;
  };
  wish({});
  both_send(50);
  CHECK(shown() == std::map<ParticipantNumber, int>{{ada.participant, 2}, {grace.participant, 2}});

  wish({ada.participant});
  both_send(2);  // what is told of slots comes with the next turn
  CHECK(shown() == std::map<ParticipantNumber, int>{{grace.participant, 2}});
  room.take(recorder);
  for (int i = 0; i < 50; ++i) {  // only she speaks and shows herself
    room.feed(ada, ada.audio->packet(5, true));
    room.send_frame(ada);
    room.advance(milliseconds{20});
  }
  CHECK(room.take(recorder).empty());
  CHECK_FALSE(room.take(grace).empty());

  wish({});
  both_send(50);
  CHECK(shown() == std::map<ParticipantNumber, int>{{ada.participant, 2}, {grace.participant, 2}});
}

TEST_CASE("audio: who keeps speaking keeps the slot while others come and go") {
  Room room;
  std::vector<Client*> all = people(room, 8);
  Client& listener = room.join(2, 0);
  talk(room, all, milliseconds{1500}, [](std::size_t person) { return person == 0 ? 20 : 115; });
  std::uint32_t slot = 99;
  for (const auto& [at, assignment] : room.sink.slots[listener.id]) {
    if (assignment.participant == 1U) slot = at;
  }
  REQUIRE(slot < 2);
  for (std::size_t other = 1; other < 8; ++other) {
    talk(room, all, milliseconds{800}, [&](std::size_t person) { return person == 0 || person == other ? 20 : 115; });
    CHECK(room.sink.slots[listener.id][slot].participant == 1U);
  }
}

TEST_CASE("audio: a slot is one continuous stream while speakers change") {
  Room room;
  std::vector<Client*> all = people(room, 6);
  Client& listener = room.join(2, 0);
  for (std::size_t turn = 0; turn < 6; ++turn) {
    talk(room, all, milliseconds{2000}, [&](std::size_t person) { return person == turn ? 20 : 127; });
  }
  std::map<std::uint32_t, std::vector<Received>> streams;
  for (Received& each : room.take(listener)) streams[each.packet.ssrc].push_back(std::move(each));
  CHECK(streams.size() == 2);
  std::size_t sources = 0;
  for (const auto& [ssrc, packets] : streams) {
    std::uint32_t source = 0;
    for (std::size_t i = 0; i < packets.size(); ++i) {
      const rtp::Packet& packet = packets[i].packet;
      const std::uint32_t from = load_u32(packet.payload.data());
      if (i != 0) {
        CHECK(packet.sequence_number == static_cast<std::uint16_t>(packets[i - 1].packet.sequence_number + 1));
        CHECK(static_cast<std::int32_t>(packet.timestamp - packets[i - 1].packet.timestamp) > 0);
        CHECK((packet.timestamp - packets[i - 1].packet.timestamp) % 960 == 0);
      }
      if (from != source) {
        ++sources;
        CHECK(packet.marker);
      }
      source = from;
    }
  }
  CHECK(sources >= 5);
}

TEST_CASE("audio: loss on the way here stays a gap, a late packet fills it") {
  Room room;
  std::vector<Client*> all = people(room, 1);
  Client& listener = room.join(1, 0);
  room.advance(milliseconds{30});
  std::vector<Bytes> packets;
  for (int i = 0; i < 6; ++i) packets.push_back(all[0]->audio->packet(20, true));
  for (const std::size_t i : {0U, 1U, 4U, 3U, 5U}) {
    room.feed(*all[0], packets[i]);
    room.flush();
    room.advance(milliseconds{20});
  }
  const std::vector<Received> got = room.take(listener);
  REQUIRE(got.size() == 5);
  const std::uint16_t first = got[0].packet.sequence_number;
  std::vector<int> offsets;
  for (const Received& each : got) offsets.push_back(static_cast<std::uint16_t>(each.packet.sequence_number - first));
  CHECK(offsets == std::vector<int>{0, 1, 4, 3, 5});
}

TEST_CASE("audio: speakers are announced in order of loudness, and no more often than they change") {
  Room room;
  std::vector<Client*> all = people(room, 3);
  room.join(3, 0);
  talk(room, all, milliseconds{5000}, [](std::size_t person) { return person == 1 ? 20 : person == 2 ? 45 : 120; });
  REQUIRE(room.sink.speakers.size() == 2);
  CHECK(room.sink.speakers[0] == 2);
  CHECK(room.sink.speakers[1] == 3);
  CHECK(room.sink.speaker_events <= 3);
}

TEST_CASE("audio: somebody who leaves frees the slot for somebody else") {
  Room room;
  std::vector<Client*> all = people(room, 3);
  Client& listener = room.join(2, 0);
  talk(room, all, milliseconds{1500}, [](std::size_t person) { return person < 2 ? 20 : 115; });
  CHECK(heard(room, listener) == std::set<ParticipantNumber>{1, 2});
  room.forwarder.close_transport(all[0]->handle, room.now);
  all.erase(all.begin());
  talk(room, all, milliseconds{200}, [](std::size_t) { return 115; });
  CHECK(heard(room, listener) == std::set<ParticipantNumber>{2, 3});
}

}  // namespace
}  // namespace sealhall::sfu
