// One sender, 300 receivers: no allocation a packet, bounded memory a receiver. Replaces the global allocator by a
// counting one.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

#include "core/sfu/testing.h"

namespace {

std::size_t allocations = 0;
std::size_t allocated_bytes = 0;

// The size stands in front of the block, so that what is given back is known too.
void* counted(std::size_t size) noexcept {
  ++allocations;
  auto* block = static_cast<std::size_t*>(std::malloc(size + alignof(std::max_align_t)));
  if (block == nullptr) std::abort();
  *block = size;
  allocated_bytes += size;
  return reinterpret_cast<unsigned char*>(block) + alignof(std::max_align_t);
}
void give_back(void* pointer) noexcept {
  if (pointer == nullptr) return;
  auto* block = reinterpret_cast<std::size_t*>(static_cast<unsigned char*>(pointer) - alignof(std::max_align_t));
  allocated_bytes -= *block;
  std::free(block);
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept { return counted(size); }
void operator delete(void* pointer) noexcept { give_back(pointer); }
void operator delete[](void* pointer) noexcept { give_back(pointer); }
void operator delete(void* pointer, const std::nothrow_t& /*tag*/) noexcept { give_back(pointer); }
void operator delete[](void* pointer, const std::nothrow_t& /*tag*/) noexcept { give_back(pointer); }
void operator delete(void* pointer, std::size_t /*size*/) noexcept { give_back(pointer); }
void operator delete[](void* pointer, std::size_t /*size*/) noexcept { give_back(pointer); }

namespace sealhall::sfu {
namespace {

using namespace testing;  // NOLINT

/// Counts and forgets.
class CountingSink final : public Sink {
 public:
  void send(const OutPacket& packet) noexcept override {
    ++packets;
    bytes += packet.size();
  }
  void end_run(TransportHandle /*transport*/) noexcept override { ++runs; }
  void send_rtcp(TransportHandle /*transport*/, std::span<const rtp::rtcp::Message> /*messages*/) noexcept override {}
  void send_link(std::uint32_t /*worker*/, ByteView /*head*/, ByteView /*body*/) noexcept override {}
  void slots_changed(TransportId /*t*/, std::span<const wire::SlotAssignment> /*changed*/) noexcept override {}
  void speakers_changed(const MeetingKey& /*meeting*/,
                        std::span<const ParticipantNumber> /*loudest*/) noexcept override {}
  void layers_changed(TransportId /*t*/, SourceKind /*kind*/, std::span<const std::string> /*rids*/) noexcept override {
  }

  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t runs = 0;
};

struct Hall {
  CountingSink sink;
  SeededRandom random{1};
  Forwarder forwarder{Config{.start_rate = DataRate::kbps(6000)}, sink, random};
  Instant now{milliseconds{1'000'000}};
  TransportHandle sender{};
  std::vector<TransportHandle> receivers;
  std::vector<std::vector<wire::Slot>> slots;

  TransportHandle open(ParticipantNumber participant, std::uint32_t audio, std::uint32_t video) {
    wire::media::OpenTransport command;
    command.transport = participant;
    command.participant = participant;
    command.meeting = meeting_key;
    command.audio_slots = audio;
    command.video_slots = video;
    const auto opened = forwarder.open_transport(command, now);
    slots.push_back(opened->slots);
    forwarder.set_connected(opened->handle, true, now);
    return opened->handle;
  }
  void publish(ParticipantNumber participant, int layers, bool audio) {
    wire::media::SetPublished command;
    command.transport = participant;
    if (layers > 0) {
      command.sources.push_back(Room::camera_source(participant, layers));
      for (wire::Encoding& encoding : command.sources.back().encodings) encoding.max_bitrate_bps = 2'500'000;
    }
    if (audio) command.sources.push_back(Room::audio_source(participant));
    REQUIRE(forwarder.set_published(command, now).has_value());
  }
  void watch(ParticipantNumber viewer, std::uint32_t audio_slots, std::uint32_t count) {
    wire::media::SetSubscribed command;
    command.transport = viewer;
    for (std::uint32_t i = 0; i < count; ++i) {
      wire::VideoWish wish;
      wish.slot = audio_slots + i;
      wish.participant = 1;
      wish.max_height = 720;
      command.videos.push_back(wish);
    }
    REQUIRE(forwarder.set_subscribed(command, now).has_value());
  }
  /// Everything the forwarder wants to do by time until `to`.
  void run_to(Instant to) {
    for (;;) {
      const auto next = forwarder.next_deadline();
      if (!next || *next > to) break;
      now = std::max(now, *next);
      forwarder.tick(now);
    }
    now = to;
  }
  void feed(const std::vector<Bytes>& packets) {
    for (const Bytes& each : packets) forwarder.on_rtp(sender, *rtp::parse_packet(each), now);
    forwarder.flush(now);
  }
};

TEST_CASE("scale: 1 to 300, nothing is allocated a packet in steady state") {
  Hall hall;
  hall.sender = hall.open(1, 0, 0);
  hall.publish(1, 1, true);
  for (ParticipantNumber i = 2; i < 302; ++i) {
    hall.receivers.push_back(hall.open(i, 8, 1));
    hall.watch(i, 8, 1);
  }
  // Everything that is to be sent is made before, so that only the forwarder's own allocations are counted.
  VideoEncoder video{101, 3};
  AudioEncoder audio{110, 4};
  std::vector<std::vector<Bytes>> frames;
  for (int i = 0; i < 240; ++i) {
    std::vector<Bytes> all = video.frame(8, 1100);
    all.push_back(audio.packet(20, true, 70));
    all.push_back(audio.packet(20, true, 90));  // two that leave together and are padded to one size
    frames.push_back(std::move(all));
  }
  const auto send = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) {
      hall.feed(frames[i]);
      hall.run_to(hall.now + milliseconds{33});
    }
  };
  send(0, 120);
  const std::uint64_t packets_before = hall.sink.packets;
  const std::size_t allocations_before = allocations;
  // RTCP to the publisher (feedback, reports) is made of vectors: a few messages a second, none of them a forwarded
  // packet's.
  send(120, 240);
  const std::size_t made = allocations - allocations_before;
  const std::uint64_t packets = hall.sink.packets - packets_before;
  CHECK(packets > 120U * 300U * 4U);
  CHECK(made < 1500);  // of the publisher's feedback messages, in four seconds
  MESSAGE("packets forwarded: ", packets, ", allocations: ", made);

  // The proof: packets and flushes alone, without the passing of time, allocate exactly nothing.
  std::vector<Bytes> more = video.frame(8, 1100);
  more.push_back(audio.packet(20, true, 70));
  more.push_back(audio.packet(20, true, 90));
  const std::size_t exact = allocations;
  hall.feed(more);
  CHECK(allocations == exact);
}

/// Bytes that each of 300 receivers adds, all of its slots busy.
std::size_t memory_of_a_receiver(std::uint32_t audio_slots, std::uint32_t video_slots) {
  Hall hall;
  hall.sender = hall.open(1, 0, 0);
  hall.publish(1, 1, true);
  VideoEncoder video{101, 3};
  AudioEncoder audio{110, 4};
  hall.receivers.reserve(400);
  hall.slots.reserve(400);
  // The source's own packet logs are shared.
  std::vector<Bytes> first = video.frame(1, 1000);
  first.push_back(audio.packet(20, true));
  hall.feed(first);
  const std::size_t before = allocated_bytes;
  for (ParticipantNumber i = 2; i < 302; ++i) {
    hall.receivers.push_back(hall.open(i, audio_slots, video_slots));
    hall.watch(i, audio_slots, video_slots);
  }
  for (int i = 0; i < 60; ++i) {
    std::vector<Bytes> all = video.frame(4, 1000);
    all.push_back(audio.packet(20, true));
    hall.feed(all);
    hall.run_to(hall.now + milliseconds{33});
  }
  std::size_t listed = 0;
  for (const auto& each : hall.slots) listed += each.capacity() * sizeof(wire::Slot);
  const std::size_t receiver = (allocated_bytes - before - listed) / 300;
  CHECK(hall.sink.packets > 60U * 300U);
  // Whoever leaves takes everything along.
  for (const TransportHandle handle : hall.receivers) hall.forwarder.close_transport(handle, hall.now);
  CHECK(hall.forwarder.transports() == 1);
  CHECK(allocated_bytes - before - listed < 300 * 1500);  // lists keep their capacity
  return receiver;
}

TEST_CASE("scale: the memory a receiver, congestion control included") {
  const std::size_t few = memory_of_a_receiver(8, 1);
  const std::size_t many = memory_of_a_receiver(8, 25);
  MESSAGE("bytes a receiver with 8 audio slots and 1 video slot: ", few, ", and 25 video slots: ", many);
  CHECK(few <= 12 * 1024);
  CHECK(many <= 25 * 1024);
}

}  // namespace
}  // namespace sealhall::sfu
