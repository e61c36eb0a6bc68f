#include "server/vault/key_admin.h"

#include "tests/vault/in_process.h"

namespace sealhall::vault {
namespace {

using namespace wire::keys;
using testing::account;
using testing::Server;

struct Admin {
  explicit Admin(Server& server)
      : s(server),
        admin(
            server.shop.engine(), server.source,
            [this](auto callback) {
              if (paused) {
                held.push_back(std::move(callback));
              } else {
                s.shop.loop().post(std::move(callback));
              }
            },
            [this] { s.vault->keys_changed(); }) {}

  ControlAnswer ask(const CommandMessage& message) {
    std::optional<ControlAnswer> answer;
    admin.handle(message, [&](ControlAnswer a) { answer = std::move(a); });
    s.shop.loop().run_until([&] { return answer.has_value(); }, std::chrono::seconds{30});
    REQUIRE(answer.has_value());
    return std::move(*answer);
  }
  template <class T>
  T expect(const CommandMessage& message) {
    ControlAnswer answer = ask(message);
    if (const auto* problem = std::get_if<Problem>(&answer)) MESSAGE(problem->sentence);
    REQUIRE(std::holds_alternative<T>(answer));
    return std::get<T>(std::move(answer));
  }
  void finish() {
    s.shop.loop().run_until([&] { return !admin.running(); }, std::chrono::seconds{60});
    REQUIRE_FALSE(admin.running());
  }

  Server& s;
  bool paused = false;
  std::vector<std::move_only_function<void()>> held;
  KeyAdmin admin;
};

TEST_CASE(
    "key admin: a rotation wraps everything again in the background, says how far it is, and goes on after a stop") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    Admin a{s};
    const Bytes sealed = s.seal("hello").value();
    for (int i = 0; i < 1200; ++i) REQUIRE(s.object("recording/1"));
    a.paused = true;  // after the first batch
    a.expect<wire::keys::Done>(Rotate{account, false, false});
    s.shop.loop().run_until([&] { return !a.held.empty(); }, std::chrono::seconds{30});
    auto report = a.expect<Report>(List{});
    CHECK(report.rewrapping);
    CHECK(report.rewrapped == KeyAdmin::batch);
    CHECK(report.to_rewrap == 1201 - KeyAdmin::batch);
    CHECK(s.open(sealed).value() == "hello");  // readers notice nothing

    // Control dies here. The next one finds what is left.
    Admin again{s};
    again.admin.rewrap();
    again.finish();
    CHECK(again.admin.rewrapped() == 1201 - KeyAdmin::batch);
    report = again.expect<Report>(List{});
    CHECK(report.to_rewrap == 0);
    REQUIRE(report.keys.size() == 1);
    REQUIRE(report.keys[0].versions.size() == 2);
    CHECK(report.keys[0].versions[0].data_keys == 0);
    CHECK(report.keys[0].versions[1].data_keys == 1201);
    s.restart();
    CHECK(s.open(sealed).value() == "hello");
  });
}

TEST_CASE("key admin: a rotation that retires destroys the old versions, and with them what was shredded") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    Admin a{s};
    const Bytes kept = s.seal("kept", "meeting/1").value();
    const Bytes gone = s.seal("gone", "meeting/2").value();
    REQUIRE(s.shred("meeting/2"));
    a.expect<wire::keys::Done>(Rotate{"", false, true});
    a.finish();
    const auto report = a.expect<Report>(List{});
    for (const auto& key : report.keys) {
      CHECK(key.versions.front().destroyed);
      CHECK_FALSE(key.versions.back().destroyed);
    }
    s.restart();
    CHECK(s.open(kept).value() == "kept");
    CHECK(s.open(gone).error() == VaultError::shredded);
  });
}

TEST_CASE("key admin: what is sealed after old versions or whole keys were destroyed opens for good") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    Admin a{s};
    const Bytes before = s.seal("before").value();
    s.vault->warm(account);  // keys lie ready, wrapped by the version that will be destroyed
    REQUIRE(s.vault->pooled(account) >= KeyPool::full);
    a.expect<wire::keys::Done>(Rotate{"", false, true});
    a.finish();
    const Bytes after = s.seal("after", "meeting/2").value();
    const ObjectKey recording = s.object("recording/2").value();
    CHECK(s.vault->pooled(account) >= KeyPool::full - 2);  // others lie ready now
    s.restart();
    CHECK(s.open(before).value() == "before");
    CHECK(s.open(after).value() == "after");
    CHECK(s.object_key(recording.wrapped).value() == recording.key);

    // The same for everything of an account: a chat that goes on begins with another key.
    s.vault->warm(account);
    REQUIRE(s.seal("at hand", "meeting/2"));
    for (const auto& key : a.expect<Report>(List{}).keys) a.expect<wire::keys::Done>(Destroy{key.key_id, 0, true});
    CHECK(s.open(after).error() == VaultError::shredded);
    const Bytes anew = s.seal("anew", "meeting/2").value();
    const ObjectKey another = s.object("recording/3").value();
    s.restart();
    CHECK(s.open(anew).value() == "anew");
    CHECK(s.object_key(another.wrapped).value() == another.key);
    CHECK(s.open(before).error() == VaultError::shredded);
  });
}

TEST_CASE("key admin: what is sealed while its key's version is destroyed opens for good, wherever it just was") {
  int in_between = 0;
  for (int turns = 0; turns < 8; ++turns) {
    store::testing::on_each_engine([&in_between, turns](store::testing::Shop& shop) {
      CAPTURE(turns);
      Server s{shop};
      Admin a{s};
      s.vault->warm(account);
      const auto keys = a.expect<Report>(List{}).keys;
      const std::string id = "m" + std::to_string(turns), text = "in between";
      std::optional<expected<Bytes, VaultError>> sealed;
      s.vault->seal({account, "chat", id, "text"}, "meeting/" + id, Bytes(text.begin(), text.end()),
                    [&](auto r) { sealed = std::move(r); });
      int turn = 0;
      shop.loop().run_until([&] { return sealed.has_value() || turn++ >= turns; }, std::chrono::seconds{30});
      const bool was_sealed = sealed.has_value();
      for (const auto& key : keys) {
        s.source.ask(wire::kms::DestroyKey{0, wire::kms::Principal::administrator, key.key_id, 0},
                     [](const auto& answer) { REQUIRE(answer); });
      }
      s.vault->keys_changed();
      shop.loop().run_until([&] { return sealed.has_value(); }, std::chrono::seconds{30});
      REQUIRE(sealed.has_value());
      REQUIRE(*sealed);
      s.restart();
      if (was_sealed) {
        CHECK(s.open(**sealed, id).error() == VaultError::shredded);
      } else {
        CHECK(s.open(**sealed, id).value() == text);
        ++in_between;
      }
    });
  }
  CHECK(in_between > 1);  // while it was looked for, and while it was written down
}

TEST_CASE("key admin: what content needs is not destroyed unless that is said") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    Admin a{s};
    const Bytes sealed = s.seal("hello").value();
    const auto report = a.expect<Report>(List{});
    REQUIRE(report.keys.size() == 1);
    const auto problem = a.expect<Problem>(Destroy{report.keys[0].key_id, 0, false});
    CHECK(problem.sentence.find("--with-content") != std::string::npos);
    s.restart();
    CHECK(s.open(sealed));
    a.expect<wire::keys::Done>(Destroy{report.keys[0].key_id, 0, true});
    s.restart();
    CHECK(s.open(sealed).error() == VaultError::shredded);
    CHECK(a.expect<Problem>(Destroy{Bytes(16, 3), 0, true}).sentence.find("no such key") != std::string::npos);
  });
}

TEST_CASE("key admin: without kms every command says so; the audit position comes from kms") {
  store::testing::on_each_engine([](store::testing::Shop& shop) {
    Server s{shop};
    Admin a{s};
    CHECK(a.expect<Position>(ReadAudit{}).entries >= 1);
    a.expect<wire::keys::Done>(Rotate{"", true, false});
    s.source.is_here = false;
    CHECK(a.expect<Problem>(List{}).sentence.find("away") != std::string::npos);
    a.expect<Problem>(Rotate{"", false, false});
    a.expect<Problem>(ReadAudit{});
    a.admin.rewrap();
    CHECK_FALSE(a.admin.running());
  });
}

}  // namespace
}  // namespace sealhall::vault
