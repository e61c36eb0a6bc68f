#include "server/bbb/options.h"

#include <doctest/doctest.h>

namespace sealhall::bbb {
namespace {

TEST_CASE("bbb create: what is honoured, and what is left out is made up or has a default") {
  SeededRandom random(1);
  const auto all = options_of(
      *parse_parameters("meetingID=m1&name=Algebra&attendeePW=ap&moderatorPW=mp&record=true&autoStartRecording=true&"
                        "maxParticipants=20&duration=90&welcome=%3Cb%3EHi%3C%2Fb%3E&logoutURL=https%3A%2F%2Fa.example&"
                        "muteOnStart=true&guestPolicy=ASK_MODERATOR&lockSettingsDisableCam=true&meta_Bbb-Origin=Moodle&"
                        "meta_%3Cbad%3E=x&meetingEndedURL=https%3A%2F%2Fe.example&copyright=ignored&voiceBridge=70000"),
      random);
  CHECK(all.external_id == "m1");
  CHECK(all.name == "Algebra");
  CHECK(all.attendee_password == "ap");
  CHECK(all.record);
  CHECK(all.auto_start_recording);
  CHECK(all.max_participants == 20);
  CHECK(all.duration_minutes == 90);
  CHECK(all.welcome == "<b>Hi</b>");
  CHECK(all.mute_on_start);
  CHECK(all.guest_policy == GuestPolicy::ask_moderator);
  CHECK(all.lock_settings == std::map<std::string, std::string>{{"DisableCam", "true"}});
  CHECK(all.metadata == std::map<std::string, std::string>{{"bbb-origin", "Moodle"}});
  CHECK(all.meta("bbb-origin") == "Moodle");
  CHECK(all.meta("other").empty());
  CHECK(all.voice_bridge == "70000");
  CHECK(read_options(encode_options(all)) == all);

  const auto least = options_of(*parse_parameters("meetingID=m2&duration=x&maxParticipants=-1"), random);
  CHECK(least.name == "m2");
  CHECK(least.attendee_password.size() == 16);
  CHECK(least.attendee_password != least.moderator_password);
  CHECK(least.duration_minutes == 0);
  CHECK(least.max_participants == 0);
  CHECK(least.guest_policy == GuestPolicy::always_accept);
  CHECK(least.first_join_minutes == 5);
  CHECK(least.empty_minutes == 1);
  CHECK(read_options(encode_options(least)) == least);
}

TEST_CASE("bbb create: where people go afterwards is a page, and nothing that a browser would do something else with") {
  for (const char* page :
       {"https://learn.example/course?id=7&x=%20#done", "http://127.0.0.1:8080/", "https://[::1]/"}) {
    CHECK(page_address(page) == page);
  }
  for (const char* no : {"", "learn.example", "/course", "//learn.example", "javascript:alert(1)",
                         "https:learn.example", "HTTPS://learn.example", "wss://learn.example/", "https://", "http://",
                         "https://a b/", "https://b\u00fccher.example/", " https://learn.example/"}) {
    CHECK(page_address(no).empty());
  }
  CHECK(page_address("https://learn.example/kurs/\u00dcbung 1?x=%20&y=\u7df4\t#a b\x7f") ==
        "https://learn.example/kurs/%C3%9Cbung%201?x=%20&y=%E7%B7%B4%09#a%20b%7F");
  CHECK(page_address("http://learn.example?a b") == "http://learn.example?a%20b");
  CHECK(page_address("https://learn.example/" + std::string(659, ' ')).size() == 1999);
  CHECK(page_address("https://learn.example/" + std::string(660, ' ')).empty());
  CHECK(page_address("https://learn.example/" + std::string(1978, 'x')).size() == 2000);
  CHECK(page_address("https://learn.example/" + std::string(1979, 'x')).empty());
}

TEST_CASE("bbb create: options that we did not write are refused") {
  for (const char* text : {"", "[]", "{}", R"({"external_id":5})", R"({"external_id":"a","guest_policy":9})",
                           R"({"external_id":"a","metadata":{"a":1}})"}) {
    CHECK_FALSE(read_options(as_bytes(text)));
  }
  CHECK(read_options(as_bytes(R"({"external_id":"a"})")));
}

}  // namespace
}  // namespace sealhall::bbb
