#include "core/ice/lite_agent.h"

#include <doctest/doctest.h>

#include "core/base/random.h"

using namespace sealhall;
using namespace sealhall::ice;
using namespace std::chrono_literals;

namespace {

const Credentials server{"srvufrag", "server-password-of-24-ch"};
const Credentials client{"cliufrag", "client-password-of-24-ch"};

Address at(std::uint16_t port) { return *Address::parse("192.0.2.9", port); }

struct Check {
  std::string username = "srvufrag:cliufrag";
  std::string password = "server-password-of-24-ch";
  bool use_candidate = false;
  bool priority = true;
  bool role = true;
  bool unknown = false;
  bool integrity = true;
  std::uint8_t transaction = 1;
};

Bytes make(const Check& check) {
  Bytes out(512);
  stun::TransactionId id{};
  id[0] = check.transaction;
  id[11] = 77;
  stun::Builder b{out, stun::Class::request, stun::method::binding, id};
  if (!check.username.empty()) b.text(stun::attribute::username, check.username);
  if (check.priority) b.u32(stun::attribute::priority, 1);
  if (check.role) b.u64(stun::attribute::ice_controlling, 9);
  if (check.use_candidate) b.flag(stun::attribute::use_candidate);
  if (check.unknown) b.u32(0x0042, 1);
  if (check.integrity) b.integrity(as_bytes(check.password));
  b.fingerprint();
  out.resize(*b.finish());
  return out;
}

struct Lite {
  LiteAgent agent{server, client, Instant{}};
  std::array<std::uint8_t, 256> reply{};
  LiteAgent::Answer check(const Check& c, const Address& from, Instant now = Instant{}) {
    request = make(c);
    return agent.on_check(*stun::parse(request), from, now, reply);
  }
  Bytes request;
};

}  // namespace

TEST_CASE("ice-lite: a peer that is not known yet gets no answer, whatever it says") {
  Lite lite;
  lite.agent = LiteAgent{server, Instant{}};
  for (const char* name : {"srvufrag:cliufrag", "srvufrag:", ""}) {
    Check check;
    check.username = name;
    const auto answer = lite.check(check, at(5));
    CHECK(answer.size == 0);
    CHECK(answer.error == LiteAgent::CheckError::not_for_us);
    CHECK_FALSE(lite.agent.knows(at(5)));
  }
  CHECK(lite.agent.consent_expired(Instant{30s}));  // and does not wait for ever
  lite.agent.set_remote(client);
  CHECK_FALSE(lite.check({}, at(5)).error);
  CHECK(lite.agent.knows(at(5)));
}

TEST_CASE("ice-lite: a check is answered with the mapped address, protected by the local password") {
  Lite lite;
  const auto answer = lite.check({}, at(5));
  CHECK(!answer.error);
  CHECK(answer.new_path);
  CHECK(!answer.selected_changed);
  const auto reply = stun::parse(ByteView{lite.reply}.first(answer.size));
  REQUIRE(reply);
  CHECK(reply->kind == stun::Class::success);
  CHECK(reply->xor_address(stun::attribute::xor_mapped_address).value() == at(5));
  CHECK(stun::verify_integrity(*reply, as_bytes(server.password)));
  CHECK(lite.agent.knows(at(5)));
  CHECK(!lite.agent.selected());
  CHECK(lite.agent.send_to() == at(5));
}

TEST_CASE("ice-lite: only USE-CANDIDATE moves media, and the latest one counts") {
  Lite lite;
  CHECK(lite.check({.use_candidate = true, .transaction = 1}, at(1)).selected_changed);
  CHECK(!lite.check({.transaction = 2}, at(2)).selected_changed);
  CHECK(lite.agent.selected() == at(1));
  CHECK(lite.check({.use_candidate = true, .transaction = 3}, at(2)).selected_changed);
  CHECK(lite.agent.selected() == at(2));
  CHECK(!lite.check({.use_candidate = true, .transaction = 4}, at(2)).selected_changed);
}

TEST_CASE("ice-lite: what is not authenticated changes nothing and is answered by no more than it sent") {
  Lite lite;
  for (const Check& c :
       {Check{.username = ""}, Check{.username = "srvufrag:"}, Check{.username = "other:cliufrag"},
        Check{.username = "srvufrag"}, Check{.username = "srvufragXcliufrag"}, Check{.password = "wrong"},
        Check{.username = "srvufrag:other", .password = "wrong"}, Check{.integrity = false},
        Check{.username = "", .priority = false, .role = false, .integrity = false}}) {
    Check nominating = c;
    nominating.use_candidate = true;
    const auto answer = lite.check(nominating, at(5));
    CHECK(answer.error);
    CHECK(answer.size <= lite.request.size());
    CHECK(!lite.agent.knows(at(5)));
    CHECK(!lite.agent.send_to());
    CHECK(!lite.agent.may_send(at(5), 1));
  }
}

TEST_CASE("ice-lite: a wrong password is 401, a request without credentials 400") {
  Lite lite;
  auto answer = lite.check({.password = "wrong"}, at(5));
  CHECK(answer.error == LiteAgent::CheckError::unauthenticated);
  CHECK(stun::parse(ByteView{lite.reply}.first(answer.size))->error_code() == 401);
  answer = lite.check({.integrity = false}, at(5));
  CHECK(stun::parse(ByteView{lite.reply}.first(answer.size))->error_code() == 400);
}

TEST_CASE("ice-lite: an unknown attribute that must be understood is 420 and no path") {
  Lite lite;
  const auto answer = lite.check({.unknown = true}, at(5));
  CHECK(answer.error == LiteAgent::CheckError::malformed);
  const auto reply = stun::parse(ByteView{lite.reply}.first(answer.size));
  REQUIRE(reply);
  CHECK(reply->error_code() == 420);
  CHECK(stun::verify_integrity(*reply, as_bytes(server.password)));
  CHECK(!lite.agent.knows(at(5)));
  CHECK(lite.check({.priority = false}, at(5)).error == LiteAgent::CheckError::malformed);
  CHECK(lite.check({.role = false, .transaction = 3}, at(5)).error == LiteAgent::CheckError::malformed);
}

TEST_CASE("ice-lite: a captured check sent from elsewhere does not move media") {
  Lite lite;
  CHECK(lite.check({.use_candidate = true, .transaction = 1}, at(1)).selected_changed);
  const auto answer = lite.check({.use_candidate = true, .transaction = 1}, at(666));
  CHECK(answer.error == LiteAgent::CheckError::replayed);
  CHECK(answer.size == 0);
  CHECK(lite.agent.selected() == at(1));
  CHECK(!lite.check({.use_candidate = true, .transaction = 1}, at(1)).error);  // a retransmission is fine
}

TEST_CASE("ice-lite: who knows the password and has another name is answered, and nothing else happens") {
  Lite lite;
  lite.check({.use_candidate = true, .transaction = 1}, at(1));
  for (const char* name : {"srvufrag:prob", "srvufrag:cliufrag2", "srvufrag:cliufra"}) {
    Check asking{.username = name, .use_candidate = true};
    asking.transaction = static_cast<std::uint8_t>(10 + std::string_view{name}.size());
    const auto answer = lite.check(asking, at(2), Instant{20s});
    CHECK(!answer.error);
    CHECK(!answer.new_path);
    CHECK(!answer.selected_changed);
    const auto reply = stun::parse(ByteView{lite.reply}.first(answer.size));
    REQUIRE(reply);
    CHECK(reply->kind == stun::Class::success);
    CHECK(reply->xor_address(stun::attribute::xor_mapped_address).value() == at(2));
    CHECK(stun::verify_integrity(*reply, as_bytes(server.password)));
    // Sent once more from elsewhere it gets nothing.
    CHECK(lite.check(asking, at(3), Instant{20s}).error == LiteAgent::CheckError::replayed);
  }
  CHECK(!lite.agent.knows(at(2)));
  CHECK(!lite.agent.may_send(at(2), 1));
  CHECK(lite.agent.selected() == at(1));
  CHECK(lite.agent.consent_expired(Instant{30s}));
}

TEST_CASE("ice-lite: however much is asked under another name, a captured check does not move media") {
  Lite lite;
  lite.check({.use_candidate = true, .transaction = 1}, at(1));
  lite.check({.use_candidate = true, .transaction = 2}, at(2));
  for (std::uint8_t i = 10; i < 210; ++i) {
    CHECK(!lite.check({.username = "srvufrag:prob", .transaction = i}, at(3)).error);
  }
  CHECK(lite.check({.use_candidate = true, .transaction = 1}, at(666)).error == LiteAgent::CheckError::replayed);
  CHECK(lite.agent.selected() == at(2));
}

TEST_CASE("ice-lite: after media flowed, a new path gets three times what it sent until it is confirmed") {
  Lite lite;
  lite.check({.use_candidate = true, .transaction = 1}, at(1));
  CHECK(lite.agent.may_send(at(1), 100'000));
  lite.agent.on_authenticated(at(1), Instant{});
  const auto answer = lite.check({.use_candidate = true, .transaction = 2}, at(2));
  CHECK(answer.selected_changed);
  const std::size_t budget = 3 * lite.request.size() - answer.size;
  CHECK(lite.agent.may_send(at(2), budget));
  CHECK(!lite.agent.may_send(at(2), budget + 1));
  lite.agent.on_sent(at(2), budget);
  CHECK(!lite.agent.may_send(at(2), 1));
  lite.agent.on_received(at(2), 10);
  CHECK(lite.agent.may_send(at(2), 30));
  lite.agent.on_authenticated(at(2), Instant{});
  CHECK(lite.agent.may_send(at(2), 100'000));
}

TEST_CASE("ice-lite: consent lasts 30 s from the last authenticated check") {
  Lite lite;
  const Instant start{};
  lite.check({}, at(1), start + 10s);
  CHECK(!lite.agent.consent_expired(start + 39s));
  lite.check({.password = "wrong"}, at(1), start + 35s);
  lite.agent.on_authenticated(at(1), start + 35s);
  CHECK(lite.agent.consent_expired(start + 40s));
}

TEST_CASE("ice-lite: a path knows when it was last heard, an address that is none does not") {
  Lite lite;
  lite.check({}, at(1), Instant{} + 1s);
  CHECK(lite.agent.last_seen(at(1)) == Instant{} + 1s);
  lite.agent.on_authenticated(at(1), Instant{} + 2s);
  CHECK(lite.agent.last_seen(at(1)) == Instant{} + 2s);
  CHECK(!lite.agent.last_seen(at(2)));
}

TEST_CASE("ice-lite: the path table is bounded and keeps the selected path") {
  Lite lite;
  lite.check({.use_candidate = true, .transaction = 0}, at(1), Instant{});
  std::size_t evicted = 0;
  for (std::uint8_t i = 1; i < 40; ++i)
    if (lite.check({.transaction = i}, at(static_cast<std::uint16_t>(100 + i)), Instant{} + i * 1s).evicted) ++evicted;
  std::size_t paths = 0;
  lite.agent.each_path([&](const Address&) { ++paths; });
  CHECK(paths == LiteAgent::max_paths);
  CHECK(evicted == 39 - (LiteAgent::max_paths - 1));
  CHECK(lite.agent.knows(at(1)));
  CHECK(lite.agent.knows(at(139)));
  CHECK(!lite.agent.knows(at(101)));
}

TEST_CASE("ice-lite: a path that is forgotten is not sent to, and another one takes over") {
  Lite lite;
  lite.check({.use_candidate = true, .transaction = 1}, at(1));
  lite.check({.transaction = 2}, at(2));
  lite.agent.forget(at(1));
  CHECK(!lite.agent.selected());
  CHECK(!lite.agent.may_send(at(1), 1));
  CHECK(lite.agent.send_to() == at(2));
  lite.agent.forget(at(2));
  CHECK(!lite.agent.send_to());
}

TEST_CASE("ice-lite: any flipped bit of a nominating check changes no path") {
  const Bytes good = make({.use_candidate = true});
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    LiteAgent agent{server, client, Instant{}};
    std::array<std::uint8_t, 256> reply{};
    const auto m = stun::parse(flipped);
    if (m) agent.on_check(*m, at(1), Instant{}, reply);
    CHECK(!agent.send_to());
  }
}

TEST_CASE("ice-lite: the local ufrag is what stands before the colon") {
  const auto ufrag = [](std::string username) {
    const Bytes bytes = make({.username = std::move(username)});
    const auto m = stun::parse(bytes);
    const auto found = local_ufrag(*m);
    return found ? std::optional<std::string>{*found} : std::nullopt;
  };
  CHECK(ufrag("abc:def") == "abc");
  CHECK(ufrag("abc:") == "abc");
  CHECK(!ufrag("abc"));
  CHECK(!ufrag(":abc"));
  CHECK(!ufrag(""));
}
