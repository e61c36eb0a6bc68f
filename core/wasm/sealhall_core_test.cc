#include "core/wasm/sealhall_core.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "core/crypto/aead.h"
#include "core/crypto/random.h"
#include "core/sframe/managed_keys.h"

using namespace sealhall;

namespace {

constexpr std::array<std::uint8_t, 16> meeting{1, 2, 3};

struct Result {
  int32_t error = -1;
  Bytes data;
  uint32_t context = 0;
  uint32_t sender_index = 0;
  uint32_t generation = 0;
};

/// A participant as the browser's worker is one: takes events, and answers AEAD jobs when `answer` is called.
class Peer {
 public:
  Peer(uint32_t aead, uint32_t participant, uint32_t index) : session_(sealhall_begin(aead)), index_(index) {
    participant_ = participant;
    CHECK(sealhall_joined(session_, meeting.data(), participant, index) == SEALHALL_OK);
  }
  ~Peer() { sealhall_end(session_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  int32_t learn(uint32_t generation, const sframe::GenerationSecret& secret) {
    const ByteView key{sealhall_hpke_public_key(session_), 32};
    const auto sealed = sframe::seal_generation(meeting, generation, participant_, key, secret, random_);
    REQUIRE(sealed);
    return sealhall_add_generation(session_, generation, sealed->enc.data(), static_cast<uint32_t>(sealed->enc.size()),
                                   sealed->ciphertext.data(), static_cast<uint32_t>(sealed->ciphertext.size()));
  }
  void meet(const Peer& other) {
    CHECK(sealhall_set_sender(session_, other.index_, sealhall_sender_nonce(other.session_)) == SEALHALL_OK);
  }
  void drain() {
    for (;;) {
      const SealhallEvent event = *sealhall_next_event(session_);
      switch (event.kind) {
        case SEALHALL_EVENT_NONE:
          return;
        case SEALHALL_EVENT_ADD_KEY:
          CHECK(event.data_size == 32);
          keys[event.key].assign(event.data, event.data + event.data_size);
          break;
        case SEALHALL_EVENT_REMOVE_KEY:
          keys.erase(event.key);
          break;
        case SEALHALL_EVENT_AEAD_JOB: {
          Job job{event, {}};
          std::memcpy(job.nonce.data(), event.nonce, job.nonce.size());
          jobs.push_back(job);
          break;
        }
        default:
          results[event.ticket] = {event.error, Bytes(event.data, event.data + event.data_size), event.context,
                                   event.sender_index, event.generation};
      }
    }
  }
  /// Does the job at this place of `jobs`, as WebCrypto would.
  void answer(std::size_t which) {
    const Job job = jobs.at(which);
    jobs.erase(jobs.begin() + static_cast<std::ptrdiff_t>(which));
    const SealhallEvent& e = job.event;
    const MutableBytes out{e.output, e.output_size};
    const auto algorithm = crypto::AeadAlgorithm::aes_256_gcm;
    int32_t written = -1;
    if (e.flag == 0) {
      auto sealer = crypto::AeadSealer::create(algorithm, keys.at(e.key));
      const auto done = sealer->seal(job.nonce, ByteView{e.aad, e.aad_size}, ByteView{e.data, e.data_size}, out);
      if (done) written = static_cast<int32_t>(*done);
    } else {
      auto opener = crypto::AeadOpener::create(algorithm, keys.at(e.key));
      const auto done = opener->open(job.nonce, ByteView{e.aad, e.aad_size}, ByteView{e.data, e.data_size}, out);
      if (done) written = static_cast<int32_t>(*done);
    }
    sealhall_aead_done(session_, e.ticket, written);
    drain();
  }
  void seal(uint32_t ticket, uint32_t context, const Bytes& frame, uint32_t clear, double now = 0) {
    sealhall_seal(session_, ticket, context, frame.data(), static_cast<uint32_t>(frame.size()), clear, now);
    drain();
  }
  void open(uint32_t ticket, const Bytes& frame, uint32_t clear, double now = 0) {
    sealhall_open(session_, ticket, frame.data(), static_cast<uint32_t>(frame.size()), clear, now);
    drain();
  }
  void seal_h264(uint32_t ticket, uint32_t context, const Bytes& frame) {
    sealhall_seal_h264(session_, ticket, context, frame.data(), static_cast<uint32_t>(frame.size()), 0);
    drain();
  }
  void open_h264(uint32_t ticket, const Bytes& frame) {
    sealhall_open_h264(session_, ticket, frame.data(), static_cast<uint32_t>(frame.size()), 0);
    drain();
  }
  [[nodiscard]] SealhallSession* session() const { return session_; }

  struct Job {
    SealhallEvent event;
    std::array<std::uint8_t, 12> nonce{};
  };
  std::map<uint32_t, Bytes> keys;
  std::vector<Job> jobs;
  std::map<uint32_t, Result> results;

 private:
  crypto::SystemRandom random_;
  SealhallSession* session_;
  uint32_t participant_ = 0;
  uint32_t index_ = 0;
};

sframe::GenerationSecret secret_of(std::uint8_t fill) {
  sframe::GenerationSecret secret;
  std::ranges::fill(secret.reveal_mutable(), fill);
  return secret;
}

void share(Peer& a, Peer& b, uint32_t generation, double now = 0) {
  const auto secret = secret_of(static_cast<std::uint8_t>(generation));
  for (Peer* peer : {&a, &b}) {
    CHECK(peer->learn(generation, secret) == SEALHALL_OK);
    CHECK(sealhall_activate(peer->session(), generation, now) == SEALHALL_OK);
    peer->drain();
  }
}

const Bytes frame{0x10, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};

}  // namespace

TEST_CASE("wasm core: what one seals the other opens, with the core's AES and with the host's") {
  for (const auto& [one, other] :
       {std::pair{SEALHALL_AEAD_INLINE, SEALHALL_AEAD_HOST}, std::pair{SEALHALL_AEAD_HOST, SEALHALL_AEAD_INLINE}}) {
    Peer alice{static_cast<uint32_t>(one), 1, 10};
    Peer bob{static_cast<uint32_t>(other), 2, 11};
    alice.meet(bob);
    bob.meet(alice);
    share(alice, bob, 1);
    alice.seal(7, 5, frame, 10);
    while (!alice.jobs.empty()) alice.answer(0);
    const Result sealed = alice.results.at(7);
    REQUIRE(sealed.error == SEALHALL_OK);
    CHECK(std::equal(frame.begin(), frame.begin() + 10, sealed.data.begin()));
    CHECK(std::search(sealed.data.begin(), sealed.data.end(), frame.begin() + 10, frame.end()) == sealed.data.end());
    bob.open(8, sealed.data, 10);
    while (!bob.jobs.empty()) bob.answer(0);
    const Result opened = bob.results.at(8);
    CHECK(opened.error == SEALHALL_OK);
    CHECK(opened.data == frame);
    CHECK(opened.context == 5);
    CHECK(opened.sender_index == 10);
    CHECK(opened.generation == 1);
    CHECK(sealhall_count(bob.session(), SEALHALL_COUNT_OPENED) == 1);
    bob.open(9, sealed.data, 10);
    CHECK(bob.results.at(9).error == SEALHALL_REPLAYED);
  }
}

TEST_CASE("wasm core: answers may come in another order, and what does not authenticate gives nothing") {
  Peer alice{SEALHALL_AEAD_INLINE, 1, 10};
  Peer bob{SEALHALL_AEAD_HOST, 2, 11};
  bob.meet(alice);
  share(alice, bob, 1);
  for (uint32_t k = 0; k < 3; ++k) alice.seal(k, 0, frame, 0);
  Bytes forged = alice.results.at(2).data;
  forged.back() ^= 1;
  bob.open(0, alice.results.at(0).data, 0);
  bob.open(1, alice.results.at(1).data, 0);
  bob.open(2, forged, 0);
  REQUIRE(bob.jobs.size() == 3);
  bob.answer(2);
  bob.answer(1);
  bob.answer(0);
  CHECK(bob.results.at(0).error == SEALHALL_OK);
  CHECK(bob.results.at(1).data == frame);
  CHECK(bob.results.at(2).error == SEALHALL_AUTHENTICATION_FAILED);
  CHECK(bob.results.at(2).data.empty());
  sealhall_aead_done(bob.session(), 99, 5);  // nobody asked
  bob.drain();
}

TEST_CASE("wasm core: a join may end while frames are with the host, and while they still wait for it") {
  for (const bool taken : {true, false}) {
    CAPTURE(taken);
    Peer alice{SEALHALL_AEAD_INLINE, 1, 10};
    Peer bob{SEALHALL_AEAD_HOST, 2, 11};
    bob.meet(alice);
    share(alice, bob, 1);
    alice.seal(1, 0, frame, 0);
    const Bytes sealed = alice.results.at(1).data;
    sealhall_open(bob.session(), 1, sealed.data(), static_cast<uint32_t>(sealed.size()), 0, 0);
    sealhall_seal(bob.session(), 2, 0, frame.data(), static_cast<uint32_t>(frame.size()), 0, 0);
    if (taken) bob.drain();
    CHECK(bob.jobs.size() == (taken ? 2 : 0));
  }
}

TEST_CASE("wasm core: a new generation seals, the one before opens for ten seconds, and its keys leave the host") {
  Peer alice{SEALHALL_AEAD_INLINE, 1, 10};
  Peer bob{SEALHALL_AEAD_HOST, 2, 11};
  bob.meet(alice);
  share(alice, bob, 1);
  alice.seal(0, 0, frame, 0);
  alice.seal(1, 0, frame, 0);
  alice.seal(2, 0, frame, 0);
  bob.open(0, alice.results.at(0).data, 0);
  bob.answer(0);
  CHECK(bob.keys.size() == 1);
  share(alice, bob, 2, 1000);
  CHECK(sealhall_active_generation(bob.session()) == 2);
  bob.open(1, alice.results.at(1).data, 0, 10'000);
  bob.answer(0);
  CHECK(bob.results.at(1).error == SEALHALL_OK);
  sealhall_advance(bob.session(), 12'000);
  bob.drain();
  CHECK(bob.keys.empty());
  bob.open(2, alice.results.at(2).data, 0, 12'000);
  CHECK(bob.results.at(2).error == SEALHALL_UNKNOWN_GENERATION);
  CHECK(bob.learn(1, secret_of(1)) == SEALHALL_GENERATION_NOT_NEWER);
}

TEST_CASE("wasm core: before Joined nothing works, and a generation for somebody else does not open") {
  SealhallSession* early = sealhall_begin(SEALHALL_AEAD_HOST);
  CHECK(sealhall_activate(early, 1, 0) == SEALHALL_NOT_JOINED);
  sealhall_seal(early, 3, 0, frame.data(), 4, 0, 0);
  const SealhallEvent* event = sealhall_next_event(early);
  CHECK(event->kind == SEALHALL_EVENT_SEALED);
  CHECK(event->error == SEALHALL_NO_ACTIVE_GENERATION);
  CHECK(sealhall_joined(early, meeting.data(), 1, 0x10000) == SEALHALL_BAD_ARGUMENT);
  sealhall_end(early);

  Peer bob{SEALHALL_AEAD_HOST, 2, 11};
  const Bytes zeros(48);
  CHECK(sealhall_add_generation(bob.session(), 1, zeros.data(), 32, zeros.data(), 48) ==
        SEALHALL_BAD_SEALED_GENERATION);
  bob.seal(1, 0, frame, 0);
  CHECK(bob.results.at(1).error == SEALHALL_NO_ACTIVE_GENERATION);
  bob.open(2, Bytes{}, 0);
  CHECK(bob.results.at(2).error == SEALHALL_MALFORMED);
}

TEST_CASE(
    "wasm core: H.264 keeps parameters and the front of the first slice, and has no start code in what is sealed") {
  // Parameter sets, SEI, and a slice with two more start codes in it: of slices that are sealed with the first.
  const Bytes sent = {0, 0, 0, 1,    0x67, 0x42, 0xC0, 0x1F, 0, 0, 1, 0x68, 0xCE, 0x3C, 0, 0, 1, 0x06, 0x05, 0x11, 0x80,
                      0, 0, 1, 0x65, 0x88, 0x84, 0x21, 7,    0, 0, 1, 0x65, 9,    9,    0, 0, 0, 1,    0x65, 9,    0};
  const Bytes normal = {0,    0,    0,    1,    0x67, 0x42, 0xC0, 0x1F, 0,    0, 0, 1, 0x68, 0xCE, 0x3C, 0,    0, 0, 1,
                        0x65, 0x88, 0x84, 0x21, 7,    0,    0,    1,    0x65, 9, 9, 0, 0,    0,    1,    0x65, 9, 0};
  constexpr std::size_t clear = 23;
  for (const auto& [one, other] :
       {std::pair{SEALHALL_AEAD_INLINE, SEALHALL_AEAD_HOST}, std::pair{SEALHALL_AEAD_HOST, SEALHALL_AEAD_INLINE}}) {
    Peer alice{static_cast<uint32_t>(one), 1, 10};
    Peer bob{static_cast<uint32_t>(other), 2, 11};
    bob.meet(alice);
    share(alice, bob, 1);
    const auto answer_all = [](Peer& peer) {
      while (!peer.jobs.empty()) peer.answer(0);
    };
    for (uint32_t k = 0; k < 50; ++k) {
      alice.seal_h264(k, 5, sent);
      answer_all(alice);
      const Bytes sealed = alice.results.at(k).data;
      REQUIRE(alice.results.at(k).error == SEALHALL_OK);
      CHECK(std::equal(normal.begin(), normal.begin() + clear, sealed.begin()));
      for (std::size_t i = clear - 4; i + 2 < sealed.size(); ++i) {
        CHECK_FALSE((sealed[i] == 0 && sealed[i + 1] == 0 && sealed[i + 2] <= 2));
      }
      bob.open_h264(k, sealed);
      answer_all(bob);
      CHECK(bob.results.at(k).data == normal);
    }
    Bytes forged = alice.results.at(0).data;
    forged[5] ^= 1;  // a parameter set, which is in the clear and authenticated
    bob.open_h264(99, forged);
    answer_all(bob);
    CHECK(bob.results.at(99).error == SEALHALL_REPLAYED);
    alice.seal_h264(60, 5, sent);
    answer_all(alice);
    forged = alice.results.at(60).data;
    forged[5] ^= 1;
    bob.open_h264(60, forged);
    answer_all(bob);
    CHECK(bob.results.at(60).error == SEALHALL_AUTHENTICATION_FAILED);
    CHECK(sealhall_count(bob.session(), SEALHALL_COUNT_MALFORMED) == 0);
    bob.open_h264(61, Bytes{0, 0, 0, 1, 0x65, 1, 2, 3, 4});
    CHECK(bob.results.at(61).error == SEALHALL_MALFORMED);
    CHECK(sealhall_count(bob.session(), SEALHALL_COUNT_MALFORMED) == 1);
    alice.seal_h264(62, 5, Bytes{1, 2, 3});
    CHECK(alice.results.at(62).error == SEALHALL_MALFORMED);
    alice.seal(63, 0, frame, 0);  // what is no H.264 is hidden from nobody
    answer_all(alice);
    CHECK(alice.results.at(63).data.size() < frame.size() + 17 + 16);
  }
}

TEST_CASE("wasm core: VP8 keeps ten bytes of a key frame and three of another") {
  const Bytes key(20, 0x10), delta(20, 0x11);
  CHECK(sealhall_vp8_clear_prefix(key.data(), 20) == 10);
  CHECK(sealhall_vp8_clear_prefix(delta.data(), 20) == 3);
  CHECK(sealhall_vp8_clear_prefix(delta.data(), 2) == 2);
}
