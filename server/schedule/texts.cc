#include "server/schedule/texts.h"

#include <algorithm>
#include <array>

#include "core/base/ascii.h"
#include "server/schedule/meeting_ids.h"

namespace sealhall::schedule {
namespace {

namespace chrono = std::chrono;

constexpr std::array english_days{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array chinese_days{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"};
constexpr std::array english_months{"January", "February", "March",     "April",   "May",      "June",
                                    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array english_weeks{"first", "second", "third", "fourth"};

bool is_english(Language language) noexcept { return language == Language::english; }

std::string_view pick(Language language, std::string_view english, std::string_view chinese) noexcept {
  return is_english(language) ? english : chinese;
}

std::string two(long number) { return (number < 10 ? "0" : "") + std::to_string(number); }

/// A subject is one line.
std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return text;
}

std::string joined(Language language, const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? pick(language, " and ", "和") : pick(language, ", ", "、");
    out += words[i];
  }
  return out;
}

std::string english_recurrence(const Recurrence& r) {
  const std::string n = std::to_string(r.repeat_interval);
  const bool one = r.repeat_interval == 1;
  switch (r.type) {
    case Recurrence::Type::daily:
      return one ? "every day" : "every " + n + " days";
    case Recurrence::Type::weekly: {
      std::vector<std::string> days;
      for (const unsigned day : r.weekly_days) days.emplace_back(english_days.at(day - 1));
      return (one ? "every week" : "every " + n + " weeks") +
             (days.empty() ? std::string{} : " on " + joined(Language::english, days));
    }
    case Recurrence::Type::monthly: {
      const std::string often = one ? "every month" : "every " + n + " months";
      if (r.monthly_week && r.monthly_week_day) {
        const std::string week =
            *r.monthly_week < 0 ? "last" : english_weeks.at(static_cast<std::size_t>(*r.monthly_week - 1));
        return often + " on the " + week + " " + english_days.at(*r.monthly_week_day - 1);
      }
      return often + (r.monthly_day ? " on day " + std::to_string(*r.monthly_day) : "");
    }
  }
  return {};
}

std::string chinese_recurrence(const Recurrence& r) {
  const std::string n = std::to_string(r.repeat_interval);
  const bool one = r.repeat_interval == 1;
  switch (r.type) {
    case Recurrence::Type::daily:
      return one ? "每天" : "每 " + n + " 天";
    case Recurrence::Type::weekly: {
      std::vector<std::string> days;
      for (const unsigned day : r.weekly_days) days.emplace_back(chinese_days.at(day - 1));
      return (one ? "每週" : "每 " + n + " 週") +
             (days.empty() ? std::string{} : "的" + joined(Language::traditional_chinese, days));
    }
    case Recurrence::Type::monthly: {
      const std::string often = one ? "每月" : "每 " + n + " 個月";
      if (r.monthly_week && r.monthly_week_day) {
        const std::string week = *r.monthly_week < 0 ? "最後一個" : "第 " + std::to_string(*r.monthly_week) + " 個";
        return often + "的" + week + chinese_days.at(*r.monthly_week_day - 1);
      }
      return often + (r.monthly_day ? " " + std::to_string(*r.monthly_day) + " 日" : "");
    }
  }
  return {};
}

std::string told_when(Language language, const Told& m) {
  if (!m.start || m.zone == nullptr) return {};
  std::string out{pick(language, "Time: ", "時間：")};
  out += told_time(language, *m.start, *m.zone, m.zone_name);
  const std::string minutes = std::to_string(chrono::duration_cast<chrono::minutes>(m.duration).count());
  if (m.duration > seconds{0}) out += filled(pick(language, ", {} minutes", "，{} 分鐘"), {minutes});
  out += "\n";
  if (m.recurrence)
    out += std::string{pick(language, "Repeats: ", "重複：")} +
           told_recurrence(language, *m.recurrence, m.occurrence_count) + "\n";
  return out;
}

std::string how_to_join(Language language, const Told& m) {
  if (!m.registration_link.empty()) {
    return std::string{pick(language, "Register for the meeting\n", "報名參加會議\n")} + m.registration_link + "\n\n" +
           std::string{pick(language, "After registering you get a mail with your own link.\n",
                            "報名後，您會收到一封含有您專屬連結的郵件。\n")};
  }
  std::string out{pick(language, "Join the meeting\n", "加入會議\n")};
  out += m.link + "\n\n";
  out += std::string{pick(language, "Meeting number: ", "會議號碼：")} + spaced_meeting_number(m.number) + "\n";
  if (!m.passcode.empty()) out += std::string{pick(language, "Passcode: ", "密碼：")} + m.passcode + "\n";
  return out;
}

std::string about(Language language, const Told& m) {
  std::string out = std::string{pick(language, "Topic: ", "主題：")} + m.topic + "\n" + told_when(language, m);
  if (!m.agenda.empty()) out += "\n" + m.agenda + "\n";
  if (!m.contact.empty()) out += "\n" + std::string{pick(language, "Contact: ", "聯絡人：")} + m.contact + "\n";
  return out;
}

struct Form {
  std::string_view subject;
  std::string_view first;
  bool with_link;
};

Form form_of(Letter letter, bool english) {
  switch (letter) {
    case Letter::invited:
      return english ? Form{"Invitation: {}", "{} invites you to a meeting.", true}
                     : Form{"會議邀請：{}", "{} 邀請您參加會議。", true};
    case Letter::changed:
      return english ? Form{"Changed: {}", "{} has changed a meeting that you are invited to.", true}
                     : Form{"會議變更：{}", "{} 變更了您受邀參加的會議。", true};
    case Letter::cancelled:
      return english ? Form{"Cancelled: {}", "{} has cancelled this meeting.", false}
                     : Form{"會議取消：{}", "{} 取消了這場會議。", false};
    case Letter::occurrence_changed:
      return english ? Form{"Changed: {}", "{} has changed one meeting of a series. The others stay as they are.", true}
                     : Form{"會議變更：{}", "{} 變更了系列會議中的一場，其餘不變。", true};
    case Letter::occurrence_cancelled:
      return english ? Form{"Cancelled: {}", "{} has cancelled one meeting of a series. The others take place.", false}
                     : Form{"會議取消：{}", "{} 取消了系列會議中的一場，其餘照常舉行。", false};
    case Letter::alternative_host:
      return english ? Form{"You can host: {}", "{} has named you as an alternative host. You can start this meeting.",
                            true}
                     : Form{"您可主持：{}", "{} 已指定您為替代主持人，您可以開始這場會議。", true};
    case Letter::registered:
      return english ? Form{"You are registered: {}",
                            "You are registered for a meeting of {}. This link is yours alone.", true}
                     : Form{"報名成功：{}", "您已報名 {} 的會議。此連結僅供您本人使用。", true};
    case Letter::registration_waits:
      return english ? Form{"Registration received: {}",
                            "Thank you. {} will look at your registration, and you will get a mail.", false}
                     : Form{"已收到報名：{}", "謝謝您。{} 將審核您的報名，之後您會收到郵件通知。", false};
    case Letter::registration_denied:
      return english ? Form{"Registration declined: {}", "{} has declined your registration for this meeting.", false}
                     : Form{"報名未通過：{}", "{} 未核准您對此會議的報名。", false};
    case Letter::registration_cancelled:
      return english
                 ? Form{"Registration cancelled: {}", "Your registration for this meeting of {} is cancelled.", false}
                 : Form{"報名已取消：{}", "您對 {} 此會議的報名已取消。", false};
    case Letter::registration_asked:
      return english ? Form{"Someone wants to come: {}", "{} asks to come to your meeting. Please approve or decline.",
                            false}
                     : Form{"有人申請參加：{}", "{} 申請參加您的會議，請核准或拒絕。", false};
  }
  return {};
}

}  // namespace

std::string filled(std::string_view form, std::initializer_list<std::string_view> values) {
  std::string out;
  auto value = values.begin();
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form.substr(i, 2) == "{}" && value != values.end()) {
      out += *value++;
      ++i;
    } else {
      out += form[i];
    }
  }
  return out;
}

Language language_of(std::string_view tag) noexcept {
  const auto begins = [tag](std::string_view with) {
    return tag.size() >= with.size() && std::ranges::equal(tag.substr(0, with.size()), with, [](char a, char b) {
             const char lower = ascii_lower(a);
             return (lower == '_' ? '-' : lower) == b;
           });
  };
  const bool traditional = begins("zh-tw") || begins("zh-hant") || begins("zh-hk") || begins("zh-mo");
  return traditional ? Language::traditional_chinese : Language::english;
}

std::string told_time(Language language, sys_seconds time, const TimeZone& zone, std::string_view zone_name) {
  const local_seconds local = zone.to_local(time);
  const auto day = chrono::floor<chrono::days>(local);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{local - day};
  const std::size_t weekday = chrono::weekday{day}.c_encoding();
  const std::string year = std::to_string(static_cast<int>(date.year()));
  const std::string day_text = std::to_string(static_cast<unsigned>(date.day()));
  const unsigned month = static_cast<unsigned>(date.month());
  const std::string at = two(clock.hours().count()) + ":" + two(clock.minutes().count());
  if (is_english(language)) {
    return filled("{}, {} {} {}, {} ({})",
                  {english_days.at(weekday), day_text, english_months.at(month - 1), year, at, zone_name});
  }
  return filled("{} 年 {} 月 {} 日 {} {}（{}）",
                {year, std::to_string(month), day_text, chinese_days.at(weekday), at, zone_name});
}

std::string told_recurrence(Language language, const Recurrence& recurrence, std::size_t count) {
  std::string out = is_english(language) ? english_recurrence(recurrence) : chinese_recurrence(recurrence);
  if (count > 0) out += filled(pick(language, ", {} times", "，共 {} 次"), {std::to_string(count)});
  return out;
}

std::string invitation(Language language, const Told& meeting) {
  return filled(form_of(Letter::invited, is_english(language)).first, {meeting.host}) + "\n\n" +
         about(language, meeting) + "\n" + how_to_join(language, meeting);
}

LetterText letter(Letter kind, Language language, const Told& meeting, std::string_view reader, std::string_view who) {
  const Form form = form_of(kind, is_english(language));
  LetterText out;
  out.subject = one_line(filled(form.subject, {meeting.topic}));
  if (!reader.empty()) out.text = filled(pick(language, "Hello {},\n\n", "{} 您好：\n\n"), {reader});
  out.text += filled(form.first, {kind == Letter::registration_asked ? who : std::string_view{meeting.host}}) + "\n\n";
  out.text += about(language, meeting);
  if (form.with_link) out.text += "\n" + how_to_join(language, meeting);
  return out;
}

}  // namespace sealhall::schedule
