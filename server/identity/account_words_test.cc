#include "server/identity/account_words.h"

#include <doctest/doctest.h>

#include "server/identity/password_rules.h"

using namespace sealhall::identity;

TEST_CASE("account words: the first language of ours that a browser asks for") {
  CHECK(read_by("zh-TW,zh;q=0.9,en;q=0.8") == Reading::traditional_chinese);
  CHECK(read_by("zh-Hant-TW") == Reading::traditional_chinese);
  CHECK(read_by("fr-FR, zh-HK ; q=0.5") == Reading::traditional_chinese);
  CHECK(read_by("en-GB,zh-TW") == Reading::english);
  CHECK(read_by("zh-CN") == Reading::english);
  CHECK(read_by("de") == Reading::english);
  CHECK(read_by("") == Reading::english);
  CHECK(read_by(",,;;,") == Reading::english);
}

TEST_CASE("account words: everything is there in both languages") {
  for (unsigned i = 0; i <= static_cast<unsigned>(Word::ask_again); ++i) {
    const std::string_view english = words(static_cast<Word>(i), Reading::english);
    const std::string_view chinese = words(static_cast<Word>(i), Reading::traditional_chinese);
    CHECK(!english.empty());
    CHECK(!chinese.empty());
    CHECK(english != chinese);
  }
  for (unsigned i = 0; i <= static_cast<unsigned>(PasswordProblem::breached); ++i) {
    const std::string_view sentence = sentence_for(static_cast<PasswordProblem>(i));
    CHECK(said(sentence, Reading::traditional_chinese) != sentence);
    CHECK(said(sentence, Reading::english) == sentence);
  }
  CHECK(said("Something else.", Reading::traditional_chinese) == "Something else.");
}

TEST_CASE("account words: mails have one link, a line of its own, in both languages") {
  for (const AccountMail& mail :
       {reset_mail("Ada", "https://m.example", "TOKEN"), invitation_mail("https://m.example", "TOKEN")}) {
    const auto at = mail.text.find("?token=TOKEN\n");
    REQUIRE(at != std::string::npos);
    CHECK(mail.text.find("?token=", at + 1) == std::string::npos);
    CHECK(mail.text.find("您好") != std::string::npos);
  }
}

TEST_CASE("account words: an invitation says who invites, when the server has been told its name") {
  const AccountMail plain = invitation_mail("https://m.example", "TOKEN");
  CHECK(plain.subject == "You are invited / 您已受邀");
  CHECK(plain.text.find("you are invited to meet at\nhttps://m.example\n") != std::string::npos);
  const AccountMail named = invitation_mail("https://m.example", "TOKEN", "Körper & Söhne");
  CHECK(named.subject == "Körper & Söhne: You are invited / 您已受邀");
  CHECK(named.text.find("Körper & Söhne invites you to meet at\nhttps://m.example\n") != std::string::npos);
  CHECK(named.text.find("「Körper & Söhne」邀請您使用上述的會議伺服器。") != std::string::npos);
  CHECK(named.text.find("?token=TOKEN\n") != std::string::npos);
}
