#include "server/identity/account_words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/ascii.h"

namespace sealhall::identity {
namespace {

struct Both {
  std::string_view english;
  std::string_view chinese;
};

/// In the order of `Word`.
constexpr std::array all{
    Both{"You are invited", "您已受邀"},
    Both{"Choose your name and a password. You will sign in as", "請設定您的名稱與密碼。您的登入帳號是"},
    Both{"Your name", "您的名稱"},
    Both{"Password", "密碼"},
    Both{"At least 10 characters. Three or four random words are a good password.",
         "至少 10 個字元。三、四個隨機的詞就是很好的密碼。"},
    Both{"Create my account", "建立帳號"},
    Both{"Welcome", "歡迎"},
    Both{"Your account is made. You sign in as", "您的帳號已建立。您的登入帳號是"},
    Both{"Make a meeting with the command line, or join one by its link:",
         "您可以用指令建立會議，或透過連結加入會議："},
    Both{"Sign in", "登入"},
    Both{"Choose a new password", "設定新密碼"},
    Both{"Set this password", "設定此密碼"},
    Both{"Your password is changed", "密碼已變更"},
    Both{"You were signed out everywhere. Sign in with the new password from now on.",
         "您已在所有裝置上登出。請從現在起使用新密碼登入。"},
    Both{"Forgotten your password?", "忘記密碼了嗎？"},
    Both{"Give the mail address that you sign in with. You get a link by which you choose a new password.",
         "請輸入您登入時使用的電子郵件地址。您會收到一個連結，用來設定新密碼。"},
    Both{"Mail address", "電子郵件地址"},
    Both{"Send me a link", "寄送連結"},
    Both{"Look into your mail", "請查看您的信箱"},
    Both{"If somebody here signs in with that address, a link is on its way. It works once, for an hour.",
         "如果有人使用這個地址登入，連結已寄出。連結只能使用一次，一小時內有效。"},
    Both{"A link works once and for some time only.", "每個連結只能在一定時間內使用一次。"},
};
static_assert(all.size() == static_cast<std::size_t>(Word::ask_again) + 1);

/// Sentences of errors that these pages show.
constexpr std::array errors{
    Both{"This link is not valid any more. Please ask for a new one.", "此連結已失效，請重新索取。"},
    Both{"At least 10 characters.", "至少 10 個字元。"},
    Both{"At most 128 characters.", "最多 128 個字元。"},
    Both{"Letters, digits, signs and spaces only.", "只能使用文字、數字、符號與空格。"},
    Both{"Too close to your name or login. Three or four random words are a good password.",
         "與您的名稱或登入帳號太相近。三、四個隨機的詞就是很好的密碼。"},
    Both{"Too easy to guess. Three or four random words are a good password.",
         "太容易被猜到。三、四個隨機的詞就是很好的密碼。"},
    Both{"This password was found in a data breach somewhere. Please choose another one.",
         "這個密碼曾出現在外洩的資料中，請改用其他密碼。"},
    Both{"Please give a name.", "請輸入名稱。"},
    Both{"Too many attempts. Please wait a moment.", "嘗試次數過多，請稍候。"},
    Both{"Somebody with that address is here already.", "已經有人使用這個地址。"},
    Both{"The server cannot do this right now. Please try again.", "伺服器目前無法處理，請再試一次。"},
    // Signing in on the page of an application, or through a provider.
    Both{"Please sign in.", "請先登入。"},
    Both{"That name and password do not belong together.", "帳號或密碼不正確。"},
    Both{"The code that your authenticator app shows, or a recovery code.",
         "請輸入驗證器應用程式顯示的驗證碼，或一組復原碼。"},
    Both{"Not right, too old, or used already.", "驗證碼不正確、已過期或已使用過。"},
    Both{"Signing in with a password is not allowed here. Use a passkey or your organisation's sign-in.",
         "此處不允許以密碼登入，請使用通行金鑰或您組織的登入方式。"},
    Both{"The sign-in did not work. Please start again.", "登入未完成，請重新開始。"},
    Both{"Your organisation's sign-in does not answer. Please try again.", "您組織的登入服務沒有回應，請再試一次。"},
    Both{"Your organisation's sign-in gave no verified mail address. Ask for an invitation.",
         "您組織的登入服務未提供已驗證的電子郵件地址，請索取邀請。"},
    Both{"People with that address may not sign in here.", "使用該地址的人無法在此登入。"},
    Both{"You are not invited yet. Ask your administrator.", "您尚未受邀，請洽詢您的管理員。"},
    // What an application asks for.
    Both{"There is no such application. (client_id)", "找不到這個應用程式。（client_id）"},
    Both{"The application did not register this redirect_uri.", "這個應用程式未登記此 redirect_uri。"},
    Both{"This form did not come from a page of this server.", "這份表單不是從本伺服器的頁面送出的。"},
};

std::string link(std::string_view public_url, std::string_view page, std::string_view token) {
  return std::string{public_url} + std::string{page} + "?token=" + std::string{token};
}

}  // namespace

Reading read_by(std::string_view languages) noexcept {
  while (!languages.empty()) {
    const std::size_t comma = std::min(languages.find(','), languages.size());
    std::string_view tag = languages.substr(0, comma);
    languages.remove_prefix(std::min(comma + 1, languages.size()));
    tag = tag.substr(0, tag.find(';'));
    while (!tag.empty() && tag.front() == ' ') tag.remove_prefix(1);
    while (!tag.empty() && tag.back() == ' ') tag.remove_suffix(1);
    const std::string lower = ascii_lower(tag);
    for (const std::string_view ours : {"zh-tw", "zh-hant", "zh-hk", "zh-mo"}) {
      if (lower == ours || lower.starts_with(std::string{ours} + "-")) return Reading::traditional_chinese;
    }
    if (lower == "zh") return Reading::traditional_chinese;
    if (lower == "en" || lower.starts_with("en-")) return Reading::english;
  }
  return Reading::english;
}

Reading reading_of(const io::HttpRequest& request, const std::optional<std::string>& wish) {
  if (wish && !wish->empty()) return read_by(*wish);
  return read_by(request.headers.find("Accept-Language").value_or(""));
}

std::string_view words(Word word, Reading reading) noexcept {
  const Both& both = all[static_cast<std::size_t>(word)];
  return reading == Reading::english ? both.english : both.chinese;
}

std::string_view said(std::string_view sentence, Reading reading) noexcept {
  if (reading == Reading::english) return sentence;
  for (const Both& both : errors) {
    if (both.english == sentence) return both.chinese;
  }
  return sentence;
}

AccountMail reset_mail(std::string_view name, std::string_view public_url, std::string_view token) {
  const std::string url{public_url};
  const std::string to = link(public_url, "/password", token);
  return {"Choose a new password / 設定新密碼",
          "Hello " + std::string{name} + ",\n\nsomebody asked for a new password for your account at\n" + url +
              "\n\nTo choose one, open this link within an hour. It works once.\n\n" + to +
              "\n\nIf it was not you, ignore this mail: nothing has changed.\n\n---\n\n" + std::string{name} +
              " 您好：\n\n有人為您在上述伺服器的帳號要求設定新密碼。"
              "請在一小時內開啟上面的連結來設定，連結只能使用一次。\n"
              "如果不是您本人，請忽略這封信，您的帳號沒有任何變更。\n"};
}

AccountMail invitation_mail(std::string_view public_url, std::string_view token, std::string_view organisation) {
  const std::string url{public_url};
  const std::string who{organisation};
  return {(who.empty() ? "" : who + ": ") + "You are invited / 您已受邀",
          "Hello,\n\n" + (who.empty() ? "you are invited" : who + " invites you") + " to meet at\n" + url +
              "\n\nTo choose your name and a password, open this link within seven days. It works once.\n\n" +
              link(public_url, "/invitation", token) + "\n\n---\n\n您好：\n\n" +
              (who.empty() ? "您已受邀" : "「" + who + "」邀請您") +
              "使用上述的會議伺服器。"
              "請在七天內開啟上面的連結，設定您的名稱與密碼。連結只能使用一次。\n"};
}

}  // namespace sealhall::identity
