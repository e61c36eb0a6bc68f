#include "kms/service.h"

#include <doctest/doctest.h>

namespace sealhall::kms {
namespace {

using namespace wire::kms;

const Bytes uuid{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

template <class T>
T answer(Service& service, const ControlMessage& message) {
  const auto answered = service.handle(message, {});
  REQUIRE(answered);
  const T* wanted = std::get_if<T>(&*answered);
  REQUIRE(wanted != nullptr);
  return *wanted;
}

TEST_CASE("kms service: makes, seals and erases generations as control asks") {
  SeededRandom random{1};
  Service service{random};
  const auto key = hpke::PrivateKey::generate(sframe::generation_suite.kem, random);
  const Bytes public_key{key.public_key().begin(), key.public_key().end()};
  const auto made = answer<GenerationMade>(service, MakeGeneration{.request = 7, .meeting_uuid = uuid, .after = 3});
  CHECK(made.request == 7);
  CHECK(made.generation == 4);

  const auto sealed = answer<Sealed>(service, SealGeneration{8, uuid, 4, 21, public_key});
  CHECK(sealed.request == 8);
  CHECK(sealed.sealed.generation == 4);
  sframe::MeetingUuid meeting{};
  std::ranges::copy(uuid, meeting.begin());
  CHECK(sframe::open_generation(meeting, 4, 21, key, sealed.sealed.enc, sealed.sealed.ciphertext));

  CHECK_FALSE(service.handle(EraseGeneration{uuid, 4}, {}));
  CHECK(answer<Failed>(service, SealGeneration{9, uuid, 4, 21, public_key}).failure == Failure::unknown_generation);
  CHECK_FALSE(service.handle(EraseGeneration{uuid, 0}, {}));
  const auto failed = answer<Failed>(service, SealGeneration{10, uuid, 4, 21, public_key});
  CHECK(failed.request == 10);
  CHECK(failed.failure == Failure::unknown_meeting);
}

TEST_CASE("kms service: a bad key and a meeting id that is none are answered, not trusted") {
  SeededRandom random{1};
  Service service{random};
  answer<GenerationMade>(service, MakeGeneration{1, uuid, 0});
  CHECK(answer<Failed>(service, SealGeneration{2, uuid, 1, 1, Bytes(32, 0)}).failure == Failure::bad_public_key);
  CHECK(answer<Failed>(service, SealGeneration{3, uuid, 1, 1, {}}).failure == Failure::bad_public_key);
  CHECK(answer<Failed>(service, MakeGeneration{4, Bytes(15, 1), 0}).failure == Failure::unknown_meeting);
  CHECK(answer<Failed>(service, SealGeneration{5, {}, 1, 1, Bytes(32, 9)}).failure == Failure::unknown_meeting);
  CHECK_FALSE(service.handle(EraseGeneration{{}, 0}, {}));
  CHECK(service.store().size() == 1);
}

TEST_CASE("kms service: every start has an instance of its own; Stop is remembered") {
  SeededRandom random{1};
  Service first{random}, second{random};
  CHECK(first.hello(5).instance.size() == 16);
  CHECK(first.hello(5).instance == first.hello(6).instance);
  CHECK(first.hello(5).instance != second.hello(5).instance);
  CHECK_FALSE(first.stopped());
  CHECK_FALSE(first.handle(Stop{}, {}));
  CHECK(first.stopped());
}

}  // namespace
}  // namespace sealhall::kms
