#include "server/hooks/envelope.h"

#include <doctest/doctest.h>

#include "server/hooks/canonical_json.h"

namespace sealhall::hooks {
namespace {

constexpr UnixMicros some_time{1'700'000'000'123'456};

TEST_CASE("webhook body: the envelope around an event, canonical") {
  const Event event{.name = "meeting.started",
                    .account_id = "acc",
                    .at = some_time,
                    .object_json = R"({ "id": "97763643886", "topic": "a\/b", "duration": 60.0 })"};
  CHECK(event_body(event) == R"({"event":"meeting.started","event_ts":1700000000123,"payload":{"account_id":"acc",)"
                             R"("object":{"id":"97763643886","topic":"a/b","duration":60}}})");
}

TEST_CASE("webhook body: what stands beside the object, and the token for downloads") {
  const Event event{.name = "recording.completed",
                    .account_id = "acc",
                    .at = some_time,
                    .object_json = "{}",
                    .beside_json = R"({"operator":"a@example.org","old_object":{"id":1}})",
                    .download_token = "abc"};
  CHECK(event_body(event) ==
        R"({"event":"recording.completed","event_ts":1700000000123,"payload":{"account_id":"acc","operator":)"
        R"("a@example.org","old_object":{"id":1},"object":{}},"download_token":"abc"})");
}

TEST_CASE("webhook body: a publisher's broken JSON makes none") {
  CHECK_FALSE(event_body({.name = "a", .account_id = "b", .object_json = "{"}));
  CHECK_FALSE(event_body({.name = "a", .account_id = "b", .object_json = "{}", .beside_json = "[]"}));
  CHECK_FALSE(event_body({.name = "a", .account_id = "b", .object_json = ""}));
}

TEST_CASE("webhook signature: HMAC-SHA256 over v0, the time and the body") {
  // printf 'v0:1700000000:{"a":1}' | openssl dgst -sha256 -hmac secret
  CHECK(signature("secret", 1'700'000'000, R"({"a":1})") ==
        "v0=7d06e4dcbb54167f0033658ac8c45abe35b1fa257ff38a448e290762b595f902");
  // RFC 4231 test case 2.
  CHECK(hmac_hex("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("address validation: only the right answer is one") {
  const std::string body = validation_body("tok\"en", some_time);
  CHECK(canonical_json(body) == body);
  const std::string right = R"({"plainToken":"token","encryptedToken":")" + hmac_hex("secret", "token") + "\"}";
  CHECK(answers_validation(right, "secret", "token"));
  CHECK_FALSE(answers_validation(right, "other", "token"));
  CHECK_FALSE(answers_validation(right, "secret", "tokex"));
  CHECK_FALSE(answers_validation("{}", "secret", "token"));
  CHECK_FALSE(answers_validation("", "secret", ""));
  CHECK_FALSE(answers_validation(R"({"plainToken":"token","encryptedToken":""})", "secret", "token"));
  CHECK_FALSE(answers_validation(R"({"plainToken":"token","encryptedToken":5})", "secret", "token"));
}

TEST_CASE("events: those that happen here, and nothing else") {
  CHECK(is_known_event("meeting.started"));
  CHECK(is_known_event("app_deauthorized"));
  // Of the field's list, but nothing here makes them: waiting for them would be waiting for ever.
  CHECK_FALSE(is_known_event("phone.emergency_alert"));
  CHECK_FALSE(is_known_event("recording.transcript_completed"));
  CHECK_FALSE(is_known_event("webinar.started"));
  CHECK_FALSE(is_known_event("meeting.live_streaming_started"));
  CHECK_FALSE(is_known_event("meeting.exploded"));
  CHECK_FALSE(is_known_event(""));
}

}  // namespace
}  // namespace sealhall::hooks
