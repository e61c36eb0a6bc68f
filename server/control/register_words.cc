#include "server/control/register_words.h"

#include <array>

namespace sealhall::control {
namespace {

using schedule::Language;

struct Both {
  std::string_view english;
  std::string_view chinese;
  [[nodiscard]] std::string_view in(Language language) const noexcept {
    return language == Language::english ? english : chinese;
  }
};

/// In the order of `RegisterWord`.
constexpr std::array all{
    Both{"{} invites you.", "{} 邀請您參加。"},
    Both{"First name", "名字"},
    Both{"Mail address", "電子郵件地址"},
    Both{"When", "場次"},
    Both{"(optional)", "（選填）"},
    Both{"You get a mail with a link of your own at once.", "報名後，您會立即收到附有專屬連結的電子郵件。"},
    Both{"{} decides about each registration; you get a mail then.", "每筆報名由 {} 決定，結果會以電子郵件通知您。"},
    Both{"Register", "報名"},
    Both{"This meeting is over.", "這場會議已結束。"},
    Both{"Registration is closed.", "報名已截止。"},
    Both{"You are registered", "報名完成"},
    Both{"Your registration has arrived", "已收到您的報名"},
    Both{"What comes next", "接下來"},
    Both{"A mail is on its way to {}. In it is the link by which you come in. It is yours alone: please do not pass it "
         "on.",
         "一封電子郵件正寄往 {}，其中有您加入會議的專屬連結，請勿轉傳給他人。"},
    Both{"The decision comes by mail to {}. If it is yes, the link by which you come in is in it.",
         "結果會寄到 {}。若獲核准，信中會附上您加入會議的專屬連結。"},
    Both{"{} will send you the link by which you come in.", "{} 會把加入會議的連結寄給您。"},
    Both{"With the mail comes a file that puts the meeting into your calendar.",
         "信中附有行事曆檔案，可將會議加入您的行事曆。"},
    Both{"When it begins, open your link.", "會議開始時，請開啟您的連結。"},
    Both{"{} looks at your registration.", "{} 會查看您的報名。"},
    Both{"No mail after some minutes? Please look into the folder for unwanted mail.",
         "幾分鐘後仍未收到信？請查看垃圾郵件匣。"},
    Both{"No such registration", "找不到這個報名頁面"},
    Both{"Please check the link with the person who sent it.", "請向寄送連結的人確認連結是否正確。"},
    Both{"Please check what you wrote.", "請檢查您填寫的內容。"},
};
static_assert(all.size() == static_cast<std::size_t>(RegisterWord::check) + 1);

struct Field {
  std::string_view name;
  Both label;
  std::string_view autocomplete;
};
constexpr std::array fields{
    Field{"first_name", {"First name", "名字"}, "given-name"},
    Field{"last_name", {"Last name", "姓氏"}, "family-name"},
    Field{"email", {"Mail address", "電子郵件地址"}, "email"},
    Field{"org", {"Organisation", "公司或單位"}, "organization"},
    Field{"job_title", {"Job title", "職稱"}, "organization-title"},
    Field{"phone", {"Phone", "電話"}, "tel"},
    Field{"address", {"Address", "地址"}, "street-address"},
    Field{"city", {"City", "城市"}, "address-level2"},
    Field{"state", {"State or province", "州或省"}, "address-level1"},
    Field{"zip", {"Postal code", "郵遞區號"}, "postal-code"},
    Field{"country", {"Country", "國家或地區"}, "country-name"},
    Field{"industry", {"Industry", "產業"}, ""},
    Field{"comments", {"Comments", "備註"}, ""},
    Field{"occurrence_ids", {"When", "場次"}, ""},
};

/// Sentences of errors that this page shows.
constexpr std::array errors{
    Both{"This is no mail address.", "這不是電子郵件地址。"},
    Both{"The host asks for this.", "此欄位必填。"},
    Both{"Somebody with this address has registered already.", "這個地址已經報名過了。"},
    Both{"This meeting is over.", "這場會議已結束。"},
    Both{"Registration is closed.", "報名已截止。"},
    Both{"Please say for which of its times.", "請選擇場次。"},
    Both{"There is no such time in this series.", "這個場次已不存在。"},
    Both{"Each time of this series needs a registration of its own.", "每一場須分別報名。"},
    Both{"Too many attempts. Please wait a moment.", "嘗試次數過多，請稍候。"},
};

}  // namespace

std::string register_word(RegisterWord word, Language language, std::initializer_list<std::string_view> values) {
  return schedule::filled(all[static_cast<std::size_t>(word)].in(language), values);
}

FieldWords field_words(std::string_view field, Language language) {
  for (const Field& known : fields) {
    if (known.name == field) return {std::string{known.label.in(language)}, known.autocomplete};
  }
  return {std::string{field}, ""};
}

std::string register_said(std::string_view sentence, Language language) {
  if (language == Language::english) return std::string{sentence};
  for (const Both& both : errors) {
    if (both.english == sentence) return std::string{both.chinese};
  }
  return register_word(RegisterWord::check, language);
}

}  // namespace sealhall::control
