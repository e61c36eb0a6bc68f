#include "io/mail/smtp_mailer.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/smtp_server.h"

using namespace sealhall;
using namespace sealhall::io;
using namespace std::chrono_literals;
using sealhall::testing::SmtpServer;

namespace {

struct World {
  std::string folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sealhall-mail-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }();
  LocalCa ca = ensure_local_ca({folder + "/tls", {}, SystemWallClock{}.now()}).value();
  Loop loop;
  SystemWallClock clock;
  SeededRandom random{3};
  Curl curl{loop};
  SmtpServer server{loop, SmtpServer::Security::tls, &ca.server};
  ~World() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  SmtpSettings settings() { return {.url = server.url(), .from = "meet@example.org", .ca_file = ca.ca_path}; }
  expected<void, MailError> send(const SmtpSettings& with, const Mail& mail) {
    SmtpMailer mailer{curl, clock, random, with};
    std::optional<expected<void, MailError>> result;
    mailer.send(mail, [&](auto r) { result = r; });
    REQUIRE(loop.run_until([&] { return result.has_value(); }, 10s));
    return *result;
  }
};
const Mail some{"ada@example.org", "Hello", "Text\n"};

}  // namespace

TEST_CASE("smtp mailer: delivers, and says our domain, not the machine's name") {
  World w;
  std::string ehlo;
  w.server.answer = [&](const std::string& command) {
    if (command.starts_with("EHLO")) ehlo = command;
    return std::string{};
  };
  REQUIRE(w.send(w.settings(), some));
  REQUIRE(w.server.received.size() == 1);
  CHECK(w.server.received[0].to == "<ada@example.org>");
  CHECK(w.server.received[0].text.find("Subject: Hello\r\n") != std::string::npos);
  CHECK(ehlo == "EHLO example.org");
}

TEST_CASE("smtp mailer: what is worth another attempt and what is not") {
  World w;
  const auto with_answer = [&](const char* reply) {
    w.server.answer = [reply](const std::string& command) {
      return command.starts_with("RCPT") ? reply : std::string{};
    };
    return w.send(w.settings(), some).error();
  };
  CHECK(with_answer("550 nobody of that name") == MailError::refused);
  CHECK(with_answer("451 later") == MailError::not_now);
  CHECK(with_answer("hang up") == MailError::unreachable);
  SmtpSettings nobody = w.settings();
  nobody.url = "smtps://127.0.0.1:1";
  CHECK(w.send(nobody, some).error() == MailError::unreachable);
  SmtpSettings stranger = w.settings();
  stranger.ca_file.clear();
  CHECK(w.send(stranger, some).error() == MailError::untrusted);
  CHECK(w.send(w.settings(), {"nobody", "x", ""}).error() == MailError::bad_address);
  CHECK(w.send(w.settings(), {"ada@example.org", "x\ny", ""}).error() == MailError::bad_message);
}

TEST_CASE("smtp mailer: settings that cannot work are said") {
  CHECK(problem_with({.url = "smtps://m", .from = "a@b"}).empty());
  CHECK(problem_with({.url = "https://m", .from = "a@b"}).ends_with('.'));
  CHECK(problem_with({.url = "smtp://m", .from = "a"}).ends_with('.'));
}
