#include "kms/key_service.h"

#include "kms/testing.h"

namespace sealhall::kms {
namespace {

using namespace wire::kms;
using namespace std::chrono_literals;
using testing::Bench;

const std::string account = "AAAAAAAAAAAAAAAAAAAAAA";

template <class T>
T ask(KeyService& service, const ControlMessage& message, Instant now = {}) {
  auto answered = service.handle(message, now);
  REQUIRE(answered);
  const T* wanted = std::get_if<T>(&*answered);
  REQUIRE(wanted != nullptr);
  return *wanted;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

std::optional<std::string> verify(const Bench& b, const KeyService& service) {
  AuditVerifier verifier{service.keystore().audit_key().public_key()};
  for (const std::string& line : b.lines()) verifier.feed(line);
  verifier.finish(parse_audit_head(b.head, service.keystore().audit_key().public_key()));
  return verifier.problem();
}

TEST_CASE("key service: makes, opens, wraps again, shreds; each use is an entry of the log") {
  Bench b;
  auto service = b.service();
  const auto made = ask<DataKeysMade>(*service, MakeDataKeys{1, Principal::control, account, "2026-11", 5});
  REQUIRE(made.keys.size() == 5);
  CHECK(ask<DataKeyOpened>(*service, OpenDataKey{2, Principal::control, account, made.keys[0].wrapped}).key ==
        made.keys[0].key);
  ask<KeysChanged>(*service, RotateKeys{3, Principal::administrator, account});
  const auto again = ask<DataKeysRewrapped>(
      *service, RewrapDataKeys{4, Principal::control, account, {made.keys[0].wrapped, Bytes{1}, made.keys[1].wrapped}});
  REQUIRE(again.wrapped.size() == 3);
  CHECK(again.wrapped[1].empty());
  CHECK(ask<DataKeyOpened>(*service, OpenDataKey{5, Principal::control, account, again.wrapped[2]}).key ==
        made.keys[1].key);
  ask<KeysChanged>(*service, ShredDataKeys{6, Principal::control, account, {made.keys[0].key_id}});
  CHECK(ask<KeysRefused>(*service, OpenDataKey{7, Principal::control, account, again.wrapped[0]}).failure ==
        KeyFailure::destroyed);
  CHECK(ask<KeysRefused>(*service, OpenDataKey{8, Principal::control, "other", again.wrapped[2]}).failure ==
        KeyFailure::not_authentic);

  CHECK(count(b.log, "\"make_data_key\"") == 5);
  CHECK(count(b.log, "\"open_data_key\"") == 4);
  CHECK(count(b.log, "\"rewrap_data_key\"") == 3);
  CHECK(count(b.log, "\"shred_data_key\"") == 1);
  CHECK(count(b.log, "\"rotate_keys\"") == 1);
  CHECK(count(b.log, "\"outcome\":\"destroyed\"") == 1);
  CHECK(count(b.log, "\"outcome\":\"not_authentic\"") == 2);
  const auto head = ask<wire::kms::AuditHead>(*service, ReadAuditHead{9, Principal::administrator});
  CHECK(head.entries == b.lines().size());
  CHECK_FALSE(verify(b, *service));
}

TEST_CASE("key service: lists and destroys, and what was destroyed stays away") {
  Bench b;
  auto service = b.service();
  const auto made = ask<DataKeysMade>(*service, MakeDataKeys{1, Principal::control, account, "", 1});
  const auto list = ask<KeysListed>(*service, ListKeys{2, Principal::administrator});
  REQUIRE(list.keys.size() == 1);
  CHECK(list.root.starts_with("file, "));
  ask<KeysChanged>(*service, DestroyKey{3, Principal::administrator, list.keys[0].key_id, 0});
  CHECK(ask<KeysRefused>(*service, OpenDataKey{4, Principal::control, account, made.keys[0].wrapped}).failure ==
        KeyFailure::destroyed);
  CHECK(ask<KeysRefused>(*service, DestroyKey{5, Principal::administrator, Bytes(16, 1), 0}).failure ==
        KeyFailure::unknown_key);
}

TEST_CASE("key service: the policy, every principal with every operation") {
  Bench b;
  auto service = b.service();
  const auto key = ask<DataKeysMade>(*service, MakeDataKeys{1, Principal::control, account, "", 1}).keys[0];
  for (const Principal who : {Principal::control, Principal::recorder, Principal::administrator}) {
    const std::vector<std::pair<Operation, ControlMessage>> all{
        {Operation::make, MakeDataKeys{1, who, account, "", 1}},
        {Operation::open, OpenDataKey{1, who, account, key.wrapped}},
        {Operation::rewrap, RewrapDataKeys{1, who, account, {key.wrapped}}},
        {Operation::shred, ShredDataKeys{1, who, account, {Bytes(16, 7)}}},
        {Operation::list, ListKeys{1, who}},
        {Operation::rotate, RotateKeys{1, who, account}},
        {Operation::audit, ReadAuditHead{1, who}},
        {Operation::destroy, DestroyKey{1, who, Bytes(16, 7), 9}}};
    for (const auto& [operation, message] : all) {
      const auto answer = service->handle(message, {});
      REQUIRE(answer);
      const auto* refused = std::get_if<KeysRefused>(&*answer);
      const bool denied = refused != nullptr && refused->failure == KeyFailure::not_allowed;
      CHECK(denied == !allowed(who, operation));
    }
  }
  CHECK_FALSE(allowed(Principal::recorder, Operation::open));
  CHECK_FALSE(allowed(Principal::administrator, Operation::open));
  CHECK_FALSE(allowed(Principal::control, Operation::destroy));
}

TEST_CASE("key service: whoever opens keys in bulk is stopped by the rate, and goes on a second later") {
  Bench b;
  auto service = b.service({.per_second = 10, .burst = 20});
  const auto key = ask<DataKeysMade>(*service, MakeDataKeys{1, Principal::control, account, "", 1}).keys[0];
  int opened = 0;
  for (int i = 0; i < 100; ++i) {
    const auto answer = service->handle(OpenDataKey{2, Principal::control, account, key.wrapped}, {});
    if (std::holds_alternative<DataKeyOpened>(*answer)) ++opened;
  }
  CHECK(opened == 19);  // making it was one
  CHECK(ask<KeysRefused>(*service, OpenDataKey{3, Principal::control, account, key.wrapped}).failure ==
        KeyFailure::too_fast);
  CHECK(ask<DataKeyOpened>(*service, OpenDataKey{4, Principal::control, account, key.wrapped}, Instant{1s}).request ==
        4);
  // Another principal has a rate of its own.
  CHECK(ask<DataKeysMade>(*service, MakeDataKeys{5, Principal::recorder, account, "", 1}).keys.size() == 1);
}

TEST_CASE("key service: no key leaves when its entry cannot be written") {
  Bench b;
  auto service = b.service();
  const auto key = ask<DataKeysMade>(*service, MakeDataKeys{1, Principal::control, account, "", 1}).keys[0];
  b.disk_works = false;
  CHECK(ask<KeysRefused>(*service, OpenDataKey{2, Principal::control, account, key.wrapped}).failure ==
        KeyFailure::not_saved);
  CHECK(ask<KeysRefused>(*service, MakeDataKeys{3, Principal::control, account, "", 1}).failure ==
        KeyFailure::not_saved);
}

TEST_CASE("key service: a new root key, and the keys are still there") {
  Bench b;
  auto service = b.service();
  const auto key = ask<DataKeysMade>(*service, MakeDataKeys{1, Principal::control, account, "", 1}).keys[0];
  const KeyId before = service->keystore().root().id();
  ask<KeysChanged>(*service, RotateKeys{2, Principal::administrator, ""});
  CHECK(service->keystore().root().id() != before);
  CHECK(ask<DataKeyOpened>(*service, OpenDataKey{3, Principal::control, account, key.wrapped}).key == key.key);
}

TEST_CASE("key service: a log that had been longer is said to have been") {
  Bench b;
  KeyService service{b.create(), b.outside(), AuditPosition{}, true};
  CHECK(count(b.log, "\"entries_lost\"") == 1);
  CHECK(verify(b, service));
}

}  // namespace
}  // namespace sealhall::kms
