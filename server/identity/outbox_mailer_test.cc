#include "server/identity/outbox_mailer.h"

#include <doctest/doctest.h>

#include "server/vault/testing.h"
#include "store/testing.h"
#include "tests/support/faulty_engine.h"

using namespace sealhall;
using namespace sealhall::identity;
using namespace std::chrono_literals;

namespace {

struct TestClock final : io::WallClock {
  std::int64_t micros = 1'800'000'000'000'000;
  UnixMicros now() const noexcept override { return UnixMicros{micros}; }
  void pass(Duration d) { micros += d.count(); }
};
struct FakeSmtp final : io::Mailer {
  std::vector<io::Mail> taken;
  int attempts = 0;
  std::optional<io::MailError> trouble;
  void send(io::Mail mail, Done done) override {
    ++attempts;
    if (trouble) return done(unexpected(*trouble));
    taken.push_back(std::move(mail));
    done({});
  }
};

struct World {
  store::testing::Folder folder;
  store::testing::Shop shop{folder.file()};
  sealhall::testing::FaultyEngine engine{shop.engine()};
  vault::testing::MemoryVault vault;
  TestClock clock;
  SeededRandom random{5};
  FakeSmtp smtp;
  std::unique_ptr<OutboxMailer> mailer = make(&smtp);

  std::unique_ptr<OutboxMailer> make(io::Mailer* with) {
    return std::make_unique<OutboxMailer>(OutboxMailer::Parts{shop.loop(), engine, vault, clock, random, with, 20ms});
  }
  expected<void, io::MailError> send(const std::string& to = "ada@example.org") {
    std::optional<expected<void, io::MailError>> result;
    mailer->send({to, "Subject", "Text of a mail\n"}, [&](auto r) { result = r; });
    shop.loop().run_until([&] { return result.has_value(); }, 10s);
    REQUIRE(result.has_value());
    return *result;
  }
  bool until(const std::function<bool()>& done) { return shop.loop().run_until(done, 10s); }
  store::Outbox::Counts counts() {
    return *shop.ask<store::Outbox::Counts>([&](auto done) { mailer->counts(std::move(done)); });
  }
};

}  // namespace

TEST_CASE("outbox: a mail is sent, and gone from the outbox") {
  World w;
  REQUIRE(w.send());
  CHECK(w.until([&] { return w.smtp.taken.size() == 1; }));
  CHECK(w.smtp.taken[0].text == "Text of a mail\n");
  CHECK(w.until([&] { return w.counts().waiting == 0; }));
  CHECK(w.send("nobody").error() == io::MailError::bad_address);
}

TEST_CASE("outbox: what a mail server cannot take now is tried again, later and later, and given up in the end") {
  World w;
  w.smtp.trouble = io::MailError::unreachable;
  REQUIRE(w.send());
  CHECK(w.until([&] { return w.smtp.attempts == 1; }));
  Duration waited{};
  for (int attempt = 1; OutboxMailer::pause_after(attempt - 1) > 0s; ++attempt) {
    const Duration pause = OutboxMailer::pause_after(attempt - 1);
    CHECK(w.until([&] { return w.counts().waiting == 1; }));
    w.clock.pass(pause - 1s);
    waited += pause;
    w.mailer->run();
    CHECK(w.counts().waiting == 1);
    CHECK(w.smtp.attempts == attempt);
    w.clock.pass(1s);
    w.mailer->run();
    REQUIRE(w.until([&] { return w.smtp.attempts == attempt + 1; }));
  }
  CHECK(waited > 70h);
  CHECK(w.until([&] { return w.counts().given_up == 1; }));
  CHECK(w.counts().waiting == 0);
}

TEST_CASE("outbox: what is refused for good is given up at once") {
  World w;
  w.smtp.trouble = io::MailError::refused;
  REQUIRE(w.send());
  CHECK(w.until([&] { return w.counts().given_up == 1; }));
  w.smtp.trouble.reset();
  REQUIRE(w.send());
  CHECK(w.until([&] { return w.smtp.taken.size() == 1; }));
}

TEST_CASE("outbox: what was due while the store was away is sent when it is back, without another mail") {
  World w;
  w.smtp.trouble = io::MailError::unreachable;
  REQUIRE(w.send());
  REQUIRE(w.until([&] { return w.smtp.attempts == 1; }));
  w.smtp.trouble.reset();
  w.clock.pass(OutboxMailer::pause_after(0));
  w.engine.lost_reads = "mail_outbox";
  w.mailer->run();
  CHECK(w.until([&] { return w.engine.lost >= 3; }));  // it was asked for what is due and for what is next, and again
  CHECK(w.smtp.attempts == 1);
  w.engine.lost_reads.reset();
  CHECK(w.until([&] { return w.smtp.taken.size() == 1; }));
}

TEST_CASE("outbox: mail survives a restart, and a time without any mail server") {
  World w;
  w.mailer = w.make(nullptr);
  REQUIRE(w.send());
  REQUIRE(w.send("bob@example.org"));
  w.mailer->run();
  CHECK(w.counts().waiting == 2);
  w.mailer = w.make(&w.smtp);
  w.mailer->run();
  CHECK(w.until([&] { return w.smtp.taken.size() == 2; }));
}

TEST_CASE("outbox: nothing of a mail is readable in the store") {
  World w;
  w.mailer = w.make(nullptr);
  REQUIRE(w.send());
  const auto rows = *w.shop.read({.sql = "SELECT mail_sealed FROM mail_outbox"});
  const Bytes sealed = rows.bytes(0, 0);
  CHECK(as_text(sealed).find("ada@example.org") == std::string_view::npos);
  CHECK(as_text(sealed).find("Text of a mail") == std::string_view::npos);
}

TEST_CASE("outbox: mails as bytes and back") {
  io::Mail mail{"a@b", "s", "t"};
  CHECK(unpack_mail(pack_mail(mail))->subject == "s");
  CHECK_FALSE(unpack_mail(pack_mail(mail))->attachment);
  mail.attachment = io::MailAttachment{"n", "text/calendar", {0, 1, 2}};
  const Bytes packed = pack_mail(mail);
  CHECK(unpack_mail(packed)->attachment->bytes == Bytes{0, 1, 2});
  for (std::size_t n = 0; n < packed.size(); ++n) CHECK_FALSE(unpack_mail(ByteView{packed}.first(n)));
}
