#include "server/schedule/texts.h"

#include <doctest/doctest.h>

#include "server/schedule/time_text.h"
#include "server/schedule/zones.h"
#include "tests/support/source_dir.h"

namespace sealhall::schedule {
namespace {

Told told() {
  static Zones zones{test::source_path("server/schedule/testdata/zoneinfo")};
  Told t;
  t.host = "Ada";
  t.topic = "Plans";
  t.start = moment_of(*parse_time("2026-11-27T09:00:00Z"), TimeZone::utc());
  t.duration = std::chrono::minutes{45};
  t.zone = zones.find("Asia/Taipei");
  t.zone_name = "Asia/Taipei";
  t.link = "https://h/j/81234567890?pwd=x";
  t.number = "81234567890";
  t.passcode = "123";
  return t;
}

}  // namespace

TEST_CASE("texts: an invitation in English") {
  Told t = told();
  t.agenda = "Bring cake";
  t.recurrence = Recurrence{.type = Recurrence::Type::weekly, .repeat_interval = 2, .weekly_days = {2, 4, 6}};
  t.occurrence_count = 10;
  CHECK(
      invitation(Language::english, t) ==
      "Ada invites you to a meeting.\n\nTopic: Plans\nTime: Friday, 27 November 2026, 17:00 (Asia/Taipei), 45 minutes\n"
      "Repeats: every 2 weeks on Monday, Wednesday and Friday, 10 times\n\nBring cake\n\nJoin the meeting\n"
      "https://h/j/81234567890?pwd=x\n\nMeeting number: 812 3456 7890\nPasscode: 123\n");
}

TEST_CASE("texts: whom to ask stands behind what it is about, where somebody is named") {
  Told t = told();
  CHECK(invitation(Language::english, t).find("Contact") == std::string::npos);
  t.contact = "Cem, cem@example.org";
  CHECK(invitation(Language::english, t).find("\n\nContact: Cem, cem@example.org\n\n") != std::string::npos);
  CHECK(invitation(Language::traditional_chinese, t).find("\n\n聯絡人：Cem, cem@example.org\n\n") != std::string::npos);
}

TEST_CASE("texts: an invitation in Traditional Chinese") {
  Told t = told();
  t.recurrence = Recurrence{.type = Recurrence::Type::monthly, .monthly_week = -1, .monthly_week_day = 6};
  t.occurrence_count = 3;
  CHECK(invitation(Language::traditional_chinese, t) ==
        "Ada 邀請您參加會議。\n\n主題：Plans\n時間：2026 年 11 月 27 日 星期五 17:00（Asia/Taipei），45 分鐘\n"
        "重複：每月的最後一個星期五，共 3 次\n\n加入會議\nhttps://h/j/81234567890?pwd=x\n\n"
        "會議號碼：812 3456 7890\n密碼：123\n");
}

TEST_CASE("texts: where people register first, neither link nor passcode is told") {
  Told t = told();
  t.registration_link = "https://h/register/81234567890";
  for (const Language language : {Language::english, Language::traditional_chinese}) {
    const std::string text = invitation(language, t);
    CHECK(text.find(t.registration_link) != std::string::npos);
    CHECK(text.find("pwd=") == std::string::npos);
    CHECK(text.find("123\n") == std::string::npos);
  }
}

TEST_CASE("texts: every letter has a subject of one line and says who it is about") {
  Told t = told();
  t.topic = "Plans\r\nBcc: eve@example.org";
  for (int i = 0; i <= static_cast<int>(Letter::registration_asked); ++i) {
    for (const Language language : {Language::english, Language::traditional_chinese}) {
      const LetterText text = letter(Letter{static_cast<std::uint8_t>(i)}, language, t, "Bob", "Carol");
      CHECK(text.subject.find_first_of("\r\n") == std::string::npos);
      CHECK(text.subject.find("Plans") != std::string::npos);
      CHECK(text.text.find("Bob") != std::string::npos);
      const bool asked = Letter{static_cast<std::uint8_t>(i)} == Letter::registration_asked;
      CHECK(text.text.find(asked ? "Carol" : "Ada") != std::string::npos);
      CHECK(text.text.find("{}") == std::string::npos);
    }
  }
  CHECK(letter(Letter::cancelled, Language::english, t).text.find("https://") == std::string::npos);
}

TEST_CASE("texts: which language a tag asks for") {
  CHECK(language_of("zh-TW") == Language::traditional_chinese);
  CHECK(language_of("zh_Hant_HK") == Language::traditional_chinese);
  CHECK(language_of("zh-CN") == Language::english);
  CHECK(language_of("en-US") == Language::english);
  CHECK(language_of("") == Language::english);
}

TEST_CASE("texts: every kind of repetition") {
  using Type = Recurrence::Type;
  CHECK(told_recurrence(Language::english, {.type = Type::daily}, 0) == "every day");
  CHECK(told_recurrence(Language::english, {.type = Type::daily, .repeat_interval = 3}, 2) == "every 3 days, 2 times");
  CHECK(told_recurrence(Language::english, {.type = Type::monthly, .monthly_day = 31}, 0) == "every month on day 31");
  CHECK(told_recurrence(Language::english, {.type = Type::monthly, .monthly_week = 2, .monthly_week_day = 3}, 0) ==
        "every month on the second Tuesday");
  CHECK(told_recurrence(Language::traditional_chinese, {.type = Type::weekly, .weekly_days = {2, 4}}, 0) ==
        "每週的星期一和星期三");
  CHECK(told_recurrence(Language::traditional_chinese, {.type = Type::monthly, .repeat_interval = 2, .monthly_day = 5},
                        4) == "每 2 個月 5 日，共 4 次");
}

}  // namespace sealhall::schedule
