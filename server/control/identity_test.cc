// Everything about people, over the API of a whole control process.
#include "server/identity/totp.h"
#include "tests/support/authenticator.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;
using sealhall::testing::Authenticator;

namespace {

struct FakeSmtp final : io::Mailer {
  std::vector<io::Mail> taken;
  void send(io::Mail mail, Done done) override {
    taken.push_back(std::move(mail));
    done({});
  }
  /// What stands behind "token=" of the link in the newest mail.
  [[nodiscard]] std::string token() const {
    REQUIRE_FALSE(taken.empty());
    const std::string& text = taken.back().text;
    const std::size_t from = text.find("token=") + 6;
    return text.substr(from, text.find('\n', from) - from);
  }
};

struct Office {
  FakeSmtp smtp;
  House house{options()};
  std::string admin = house.admin();

  ControlOptions options() {
    ControlOptions o;
    o.people.mailer = &smtp;
    return o;
  }
  io::HttpResponse post(const std::string& path, const std::string& body, const std::string& token = "") {
    return house.call("POST", path, body, token);
  }
  io::HttpResponse put(const std::string& path, const std::string& body, const std::string& token) {
    return house.call("PUT", path, body, token);
  }
  io::HttpResponse sign_in(const std::string& login, const std::string& more = "",
                           const std::string& password = "correct horse") {
    return post("/api/sign-in", R"({"login":")" + login + R"(","password":")" + password + "\"" + more + "}");
  }
  std::string id_of(const std::string& token) { return House::text_at(house.call("GET", "/api/me", "", token), "id"); }
  void mails(std::size_t n) {
    REQUIRE(house.until([&] { return smtp.taken.size() >= n; }));
  }
  /// Sets up an authenticator app and gives its secret.
  Bytes enrol(const std::string& token, std::vector<std::string>* codes = nullptr) {
    const auto begun = post("/api/me/totp", R"({"password":"correct horse"})", token);
    REQUIRE_MESSAGE(begun.status == 201, begun.body);
    Bytes secret = identity::from_base32(House::text_at(begun, "secret")).value();
    enrolled_with = code(secret);
    const auto confirmed = post("/api/me/totp/confirm", R"({"code":")" + enrolled_with + "\"}", token);
    REQUIRE_MESSAGE(confirmed.status == 200, confirmed.body);
    if (codes != nullptr) {
      const auto answer = House::parsed(confirmed);
      for (const auto& c : answer.at("recovery_codes").as_array()) codes->emplace_back(c.as_string().c_str());
    }
    return secret;
  }
  std::string enrolled_with;  ///< the code that was used up then
  static std::string code(const Bytes& secret, std::int64_t offset = 0) {
    return identity::totp_code(secret, identity::totp_step(io::SystemWallClock{}.now()) + offset);
  }
};

}  // namespace

TEST_CASE("identity: weak passwords are refused wherever one is chosen") {
  Office o;
  const auto weak = o.post("/api/users", R"({"login":"ada","name":"Ada","password":"password123"})", o.admin);
  CHECK(weak.status == 400);
  CHECK(weak.body.find("\"field\":\"password\"") != std::string::npos);
  CHECK(o.post("/api/me/password", R"({"password":"correct horse","new_password":"qwertyuiop"})", o.admin).status ==
        400);
}

TEST_CASE("identity: a second factor is asked for after the password, and no code works twice") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  CHECK(o.post("/api/me/totp", R"({"password":"wrong horse"})", ada).status == 400);
  std::vector<std::string> codes;
  const Bytes secret = o.enrol(ada, &codes);
  CHECK(codes.size() == 10);
  CHECK(o.post("/api/me/totp", R"({"password":"correct horse"})", ada).status == 409);
  const auto needed = o.sign_in("ada");
  CHECK(needed.status == 401);
  CHECK(needed.body.find("\"field\":\"code\"") != std::string::npos);
  CHECK(o.sign_in("ada", "", "wrong horse").body.find("code\",") ==
        std::string::npos);  // the wrong password says nothing of it
  CHECK(o.sign_in("ada", R"(,"code":")" + o.enrolled_with + "\"").status == 401);
  const std::string next = Office::code(secret, 1);
  CHECK(o.sign_in("ada", R"(,"code":")" + next + "\"").status == 200);
  CHECK(o.sign_in("ada", R"(,"code":")" + next + "\"").status == 401);
  CHECK(o.sign_in("ada", R"(,"code":")" + codes[0] + "\"").status == 200);
  CHECK(o.sign_in("ada", R"(,"code":")" + codes[0] + "\"").status == 401);
  CHECK(House::parsed(o.house.call("GET", "/api/me/security", "", ada)).at("recovery_codes_left") == 9);
  CHECK(o.post("/api/me/totp/disable", R"({"code":"000000"})", ada).status == 400);
  CHECK(o.post("/api/me/totp/disable", R"({"code":")" + codes[1] + "\"}", ada).status == 204);
  CHECK(o.sign_in("ada").status == 200);
}

TEST_CASE("identity: new recovery codes are given after the password, and of the old ones none works any more") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  const auto renew = [&](const std::string& password) {
    return o.post("/api/me/recovery-codes", R"({"password":")" + password + "\"}", ada);
  };
  CHECK(renew("correct horse").status == 409);  // there is nothing to recover
  std::vector<std::string> before;
  o.enrol(ada, &before);
  CHECK(renew("wrong horse").status == 400);
  const auto renewed = renew("correct horse");
  REQUIRE_MESSAGE(renewed.status == 200, renewed.body);
  const auto answer = House::parsed(renewed);
  const auto& after = answer.at("recovery_codes").as_array();
  REQUIRE(after.size() == 10);
  const auto with = [&](const std::string& code) { return o.sign_in("ada", R"(,"code":")" + code + "\"").status; };
  CHECK(with(before[0]) == 401);
  CHECK(with(before[9]) == 401);
  CHECK(with(after.at(0).as_string().c_str()) == 200);
  CHECK(House::parsed(o.house.call("GET", "/api/me/security", "", ada)).at("recovery_codes_left") == 9);
  // It is written down behind the answer, once: not for the attempts that gave none.
  const auto written = [&] {
    const auto log = o.house.call("GET", "/api/logs/operations?category=recovery%20codes", "", o.admin);
    return House::parsed(log).at("operations").as_array().size();
  };
  CHECK(o.house.until([&] { return written() == 1; }));
}

TEST_CASE("identity: an administrator ends every session of somebody, and nobody else's") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  const std::string bob = o.house.member(o.admin, "bob");
  const std::string elsewhere = House::text_at(o.sign_in("ada"), "token");
  const std::string path = "/api/users/" + o.id_of(ada) + "/sign-out";
  const auto in = [&](const std::string& token) { return o.house.call("GET", "/api/me", "", token).status == 200; };
  CHECK(o.post(path, "", ada).status == 403);
  CHECK(o.post(path, "", bob).status == 403);
  CHECK(in(ada));
  CHECK(o.post("/api/users/nobody/sign-out", "", o.admin).status == 404);
  CHECK(o.post(path, "", o.admin).status == 204);
  CHECK_FALSE(in(ada));  // at once, not when a cache ends
  CHECK_FALSE(in(elsewhere));
  CHECK(in(bob));
  CHECK(in(o.admin));
  CHECK(o.sign_in("ada").status == 200);  // it is no ban
}

TEST_CASE("identity: an administrator removes a second factor that was lost") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  o.enrol(ada);
  CHECK(o.sign_in("ada").status == 401);
  CHECK(o.post("/api/users/" + o.id_of(ada) + "/reset-2fa", "", ada).status == 403);
  CHECK(o.post("/api/users/" + o.id_of(ada) + "/reset-2fa", "", o.admin).status == 204);
  CHECK(o.sign_in("ada").status == 200);
}

TEST_CASE("identity: a known device is not held up by whoever guesses") {
  Office o;
  const std::string device = House::text_at(o.sign_in("root"), "device");
  for (int i = 0; i < 25; ++i) o.sign_in("root", "", "wrong horse");
  CHECK(o.sign_in("root").status == 429);
  CHECK(o.sign_in("root", R"(,"device":"invented")").status == 429);
  const auto known = o.sign_in("root", R"(,"device":")" + device + "\"");
  CHECK(known.status == 200);
  CHECK_FALSE(House::parsed(known).as_object().contains("device"));
}

TEST_CASE("identity: sessions are listed and ended") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  const std::string second = House::text_at(o.sign_in("ada"), "token");
  const std::string third = House::text_at(o.sign_in("ada"), "token");
  const auto list = House::parsed(o.house.call("GET", "/api/me/sessions", "", ada)).at("sessions").as_array();
  REQUIRE(list.size() == 3);
  int current = 0;
  std::string other;
  for (const auto& s : list) {
    if (s.at("current") == true) {
      ++current;
    } else {
      other = s.at("id").as_string().c_str();
    }
  }
  CHECK(current == 1);
  CHECK(o.house.call("DELETE", "/api/me/sessions/" + other, "", o.admin).status == 404);
  CHECK(o.house.call("DELETE", "/api/me/sessions/" + other, "", ada).status == 204);
  const int alive = (o.house.call("GET", "/api/me", "", second).status == 200) +
                    (o.house.call("GET", "/api/me", "", third).status == 200);
  CHECK(alive == 1);
  CHECK(o.post("/api/me/sessions/end-others", "", ada).status == 204);
  CHECK(o.house.call("GET", "/api/me", "", second).status == 401);
  CHECK(o.house.call("GET", "/api/me", "", third).status == 401);
  CHECK(o.house.call("GET", "/api/me", "", ada).status == 200);
  const auto log = o.house.call("GET", "/api/logs/sign-ins?user_id=" + o.id_of(ada), "", o.admin);
  CHECK(House::parsed(log).at("sign_ins").as_array().size() == 3);
  const auto by = [&](const std::string& method) {
    const auto some =
        o.house.call("GET", "/api/logs/sign-ins?user_id=" + o.id_of(ada) + "&method=" + method, "", o.admin);
    return House::parsed(some).at("sign_ins").as_array().size();
  };
  CHECK(by("password") == 3);
  CHECK(by("passkey") == 0);
  CHECK(o.house.call("GET", "/api/logs/sign-ins", "", ada).status == 403);
}

TEST_CASE("identity: a changed password ends the other sessions; a forgotten one is set by a mail's link, once") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada@example.org");
  const std::string other = House::text_at(o.sign_in("ada@example.org"), "token");
  CHECK(o.post("/api/me/password", R"({"password":"wrong","new_password":"tragic lamp orbit"})", ada).status == 400);
  CHECK(o.post("/api/me/password", R"({"password":"correct horse","new_password":"tragic lamp orbit"})", ada).status ==
        204);
  CHECK(o.house.call("GET", "/api/me", "", ada).status == 200);
  CHECK(o.house.call("GET", "/api/me", "", other).status == 401);
  const auto nobody = o.post("/api/password-reset", R"({"login":"nobody@example.org"})");
  const auto somebody = o.post("/api/password-reset", R"({"login":"ada@example.org"})");
  CHECK(nobody.status == 202);
  CHECK(somebody.status == nobody.status);
  CHECK(somebody.body == nobody.body);
  o.mails(1);
  CHECK(o.smtp.taken.size() == 1);
  CHECK(o.smtp.taken[0].to == "ada@example.org");
  const std::string token = o.smtp.token();
  const auto finish = [&](const std::string& t, const std::string& password) {
    return o.post("/api/password-reset/finish", R"({"token":")" + t + R"(","password":")" + password + "\"}").status;
  };
  CHECK(finish("invented", "purple velvet anchor") == 403);
  CHECK(finish(token, "password123") == 400);
  CHECK(finish(token, "purple velvet anchor") == 204);
  CHECK(finish(token, "purple velvet anchor") == 403);
  CHECK(o.house.call("GET", "/api/me", "", ada).status == 401);
  CHECK(o.sign_in("ada@example.org", "", "tragic lamp orbit").status == 401);
  CHECK(o.sign_in("ada@example.org", "", "purple velvet anchor").status == 200);
}

TEST_CASE("identity: a passkey is registered, signs in, and is forgotten") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  Authenticator key{Authenticator::Kind::es256, "localhost", o.house.control->public_url()};
  CHECK(o.post("/api/me/passkeys/begin", R"({"password":"wrong horse"})", ada).status == 400);
  const auto begun = o.post("/api/me/passkeys/begin", R"({"password":"correct horse"})", ada);
  REQUIRE_MESSAGE(begun.status == 200, begun.body);
  CHECK(House::text_at(begun, "rp_id") == "localhost");
  const auto made = key.create(House::text_at(begun, "challenge"));
  const std::string registration = R"({"name":"Laptop","client_data":")" + to_base64url(made.client_data) +
                                   R"(","attestation_object":")" + to_base64url(made.attestation_object) + "\"}";
  CHECK(o.post("/api/me/passkeys", registration, o.admin).status ==
        400);  // somebody else's challenge, and it is gone now
  CHECK(o.post("/api/me/passkeys", registration, ada).status == 400);
  const auto again = o.post("/api/me/passkeys/begin", R"({"password":"correct horse"})", ada);
  const auto fresh = key.create(House::text_at(again, "challenge"));
  const auto registered = o.post("/api/me/passkeys",
                                 R"({"name":"Laptop","client_data":")" + to_base64url(fresh.client_data) +
                                     R"(","attestation_object":")" + to_base64url(fresh.attestation_object) + "\"}",
                                 ada);
  REQUIRE_MESSAGE(registered.status == 201, registered.body);
  CHECK(House::text_at(registered, "name") == "Laptop");
  const auto body_of = [&](const std::string& challenge) {
    const auto got = key.get(challenge);
    return R"({"credential_id":")" + to_base64url(got.credential_id) + R"(","client_data":")" +
           to_base64url(got.client_data) + R"(","authenticator_data":")" + to_base64url(got.authenticator_data) +
           R"(","signature":")" + to_base64url(got.signature) + "\"}";
  };
  const auto challenge = [&] { return House::text_at(o.post("/api/sign-in/passkey/begin", "{}"), "challenge"); };
  const std::string answer = body_of(challenge());
  const auto in = o.post("/api/sign-in/passkey", answer);
  REQUIRE_MESSAGE(in.status == 200, in.body);
  CHECK(o.id_of(House::text_at(in, "token")) == o.id_of(ada));
  CHECK(o.post("/api/sign-in/passkey", answer).status == 401);  // the challenge was used
  CHECK(o.post("/api/sign-in/passkey", body_of("aW52ZW50ZWQ")).status == 401);
  const std::string id = House::text_at(registered, "id");
  CHECK(o.house.call("DELETE", "/api/me/passkeys/" + id, "", o.admin).status == 404);
  CHECK(o.house.call("DELETE", "/api/me/passkeys/" + id, "", ada).status == 204);
  CHECK(o.house.call("DELETE", "/api/me/passkeys/" + id, "", ada).status == 404);
  CHECK(o.post("/api/sign-in/passkey", body_of(challenge())).status == 401);
  // That it was added and removed is written down, each once: nothing of what did not happen.
  const auto written = [&] {
    const auto log = o.house.call("GET", "/api/logs/operations?category=passkey", "", o.admin);
    return House::parsed(log).at("operations").as_array().size();
  };
  CHECK(o.house.until([&] { return written() == 2; }));
}

TEST_CASE("identity: somebody invited by mail becomes a user with the role and the group they were invited to") {
  Office o;
  const std::string group = House::text_at(o.post("/api/groups", R"({"name":"Sales"})", o.admin), "id");
  const auto invited =
      o.post("/api/invitations", R"({"login":"Bob@Example.org","group_id":")" + group + "\"}", o.admin);
  REQUIRE_MESSAGE(invited.status == 201, invited.body);
  CHECK(o.post("/api/invitations", R"({"login":"bob@example.org","group_id":"nothing"})", o.admin).status == 400);
  CHECK(o.post("/api/invitations", R"({"login":"no address"})", o.admin).status == 400);
  o.mails(1);
  CHECK(o.smtp.taken[0].to == "bob@example.org");
  const std::string token = o.smtp.token();
  CHECK(House::text_at(o.post("/api/invitations/look", R"({"token":")" + token + "\"}"), "login") == "bob@example.org");
  CHECK(o.post("/api/invitations/look", R"({"token":"invented"})").status == 403);
  const std::string accept = R"({"token":")" + token + R"(","name":"Bob","password":"tragic lamp orbit"})";
  const auto accepted = o.post("/api/invitations/accept", accept);
  REQUIRE_MESSAGE(accepted.status == 201, accepted.body);
  CHECK(o.post("/api/invitations/accept", accept).status == 403);
  CHECK(o.sign_in("bob@example.org", "", "tragic lamp orbit").status == 200);
  CHECK(House::parsed(o.house.call("GET", "/api/groups/" + group + "/members", "", o.admin))
            .at("members")
            .as_array()
            .size() == 1);
  CHECK(o.post("/api/invitations", R"({"login":"bob@example.org"})", o.admin).status == 409);
  const auto second = o.post("/api/invitations", R"({"login":"carl@example.org"})", o.admin);
  CHECK(o.house.call("DELETE", "/api/invitations/" + House::text_at(second, "id"), "", o.admin).status == 204);
  o.mails(2);
  CHECK(o.post("/api/invitations/look", R"({"token":")" + o.smtp.token() + "\"}").status == 403);
}

TEST_CASE("identity: a role of one's own allows what it says, and nobody gives more than they have") {
  Office o;
  const std::string helper = o.house.member(o.admin, "helper");
  const std::string ada = o.house.member(o.admin, "ada");
  const auto role = o.post("/api/roles", R"({"name":"Helpdesk","permissions":["users_read","users_write"]})", o.admin);
  REQUIRE_MESSAGE(role.status == 201, role.body);
  const std::string role_id = House::text_at(role, "id");
  CHECK(o.post("/api/roles", R"({"name":"Helpdesk","permissions":[]})", o.admin).status == 409);
  CHECK(o.post("/api/roles", R"({"name":"x","permissions":["fly"]})", o.admin).status == 400);
  const auto give = [&](const std::string& whom, const std::string& what, const std::string& by) {
    return o.put("/api/users/" + o.id_of(whom) + "/role", R"({"role":")" + what + "\"}", by).status;
  };
  CHECK(o.house.call("GET", "/api/users", "", helper).status == 403);
  CHECK(give(helper, role_id, o.admin) == 204);
  CHECK(o.house.call("GET", "/api/users", "", helper).status == 200);  // at once, not when a cache ends
  CHECK(o.house.call("GET", "/api/logs/operations", "", helper).status == 403);
  CHECK(give(ada, "admin", helper) == 403);
  CHECK(give(ada, "owner", helper) == 403);
  CHECK(give(helper, "admin", helper) == 403);
  CHECK(give(ada, role_id, helper) == 204);
  CHECK(
      o.post("/api/users", R"({"login":"eve","name":"Eve","password":"correct horse","admin":true})", helper).status ==
      403);
  CHECK(o.post("/api/invitations", R"({"login":"eve@example.org","role":"admin"})", helper).status == 403);
  CHECK(o.post("/api/users/" + o.id_of(o.admin) + "/disable", "", helper).status == 403);
  CHECK(o.post("/api/users/" + o.id_of(o.admin) + "/reset-2fa", "", helper).status == 403);
  // The addresses that programs know are no way around it.
  const auto v2 = [&](const char* method, const std::string& whom, const std::string& what, const char* body = "") {
    return o.house.call(method, "/v2/users/" + o.id_of(whom) + what, body, helper).status;
  };
  CHECK(v2("PUT", o.admin, "/status", R"({"action":"deactivate"})") == 403);
  CHECK(v2("DELETE", o.admin, "?action=delete") == 403);
  CHECK(v2("DELETE", o.admin, "?action=disassociate") == 403);
  CHECK(v2("PATCH", o.admin, "", R"({"first_name":"Mallory"})") == 403);
  CHECK(v2("PATCH", o.admin, "/settings", R"({"in_meeting":{"waiting_room":false}})") == 403);
  CHECK(v2("GET", o.admin, "/token?type=zak") == 403);
  CHECK(v2("GET", o.admin, "/zak") == 403);
  CHECK(v2("POST", o.admin, "/assistants", R"({"assistants":[{"email":"helper"}]})") == 403);
  CHECK(v2("GET", o.admin, "") == 200);  // reading is another right
  CHECK(v2("PATCH", ada, "", R"({"first_name":"Ada"})") == 204);
  CHECK(v2("GET", helper, "/zak") == 200);                                                  // one's own
  CHECK(o.post("/api/users/" + o.id_of(o.admin) + "/disable", "", o.admin).status == 409);  // the last owner
  CHECK(give(o.admin, "member", o.admin) == 409);
  CHECK(give(ada, "nothing", o.admin) == 400);
  CHECK(o.house.call("PATCH", "/api/roles/" + role_id, R"({"permissions":["users_read"]})", o.admin).status == 204);
  CHECK(give(ada, "member", helper) == 403);
  CHECK(o.house.call("DELETE", "/api/roles/" + role_id, "", o.admin).status == 204);
  CHECK(o.house.call("GET", "/api/users", "", helper).status == 403);
  const auto log = House::parsed(o.house.call("GET", "/api/logs/operations", "", o.admin)).at("operations").as_array();
  CHECK(log.size() >= 4);
}

TEST_CASE("identity: lists of a role and of a group: nobody is no error, one that is not there or not ours is 404") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  const auto get = [&](const std::string& path) { return o.house.call("GET", path, "", o.admin); };
  const auto members = [&](const std::string& path) {
    const auto got = get(path);
    REQUIRE_MESSAGE(got.status == 200, path << ": " << got.body);
    std::vector<std::string> logins;
    const auto parsed = House::parsed(got);
    for (const auto& m : parsed.at("members").as_array()) logins.emplace_back(m.at("login").as_string().c_str());
    return logins;
  };
  using Logins = std::vector<std::string>;
  const std::string role = House::text_at(o.post("/api/roles", R"({"name":"Desk","permissions":[]})", o.admin), "id");
  const std::string group = House::text_at(o.post("/api/groups", R"({"name":"Sales"})", o.admin), "id");
  CHECK(members("/api/roles/" + role + "/members") == Logins{});
  CHECK(members("/api/groups/" + group + "/members") == Logins{});
  CHECK(House::parsed(get("/api/groups/" + group + "/policies")).at("settings").as_array().empty());
  CHECK(members("/api/roles/owner/members") == Logins{"root"});
  CHECK(members("/api/roles/admin/members") == Logins{});
  CHECK(members("/api/roles/member/members") == Logins{"ada"});
  REQUIRE(o.put("/api/users/" + o.id_of(ada) + "/role", R"({"role":")" + role + "\"}", o.admin).status == 204);
  REQUIRE(o.put("/api/groups/" + group + "/members/" + o.id_of(ada), "", o.admin).status == 204);
  CHECK(members("/api/roles/" + role + "/members") == Logins{"ada"});
  CHECK(members("/api/groups/" + group + "/members") == Logins{"ada"});

  // A role and a group of another account, with somebody in them and a policy.
  std::optional<bool> made;
  o.house.control->engine().write(
      {{.sql = "INSERT INTO accounts(id, name, created_at) VALUES('other','Other',1)"},
       {.sql = "INSERT INTO roles(id, account_id, name, description, permissions, created_at) "
               "VALUES('foreign','other','Desk','','',1)"},
       {.sql = "INSERT INTO groups(id, account_id, name, created_at) VALUES('foreign','other','Sales',1)"},
       {.sql = "INSERT INTO users(id, login, name, role, password_hash, created_at, disabled, account_id) "
               "VALUES('eve','eve','Eve','foreign','x',1,0,'other')"},
       {.sql = "INSERT INTO group_members(group_id, user_id, is_primary, added_at) VALUES('foreign','eve',1,1)"},
       {.sql = "INSERT INTO policies(account_id, level, subject_id, name, value, locked) "
               "VALUES('other','group','foreign','chat.files','false',0)"}},
      [&](auto done) { made = done.has_value(); });
  REQUIRE(o.house.until([&] { return made.has_value(); }));
  REQUIRE(*made);
  const auto refused = [&](const io::HttpResponse& response, std::int64_t code) {
    CHECK(response.status == 404);
    CHECK(House::parsed(response).at("code") == code);
    CHECK(response.body.find("eve") == std::string::npos);
  };
  for (const std::string id : {"nothing", "foreign", "Owner", "%20"}) {
    CAPTURE(id);
    refused(get("/api/roles/" + id + "/members"), 404);
    refused(get("/api/groups/" + id + "/members"), 4130);
    refused(get("/api/groups/" + id + "/policies"), 4130);
    refused(o.put("/api/groups/" + id + "/members/" + o.id_of(ada), "", o.admin), 4130);
    refused(o.house.call("DELETE", "/api/groups/" + id + "/members/eve", "", o.admin), 4130);
  }
}

TEST_CASE("identity: a group is renamed, left and removed; its policies count for whoever is in it, as long as it is") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  const std::string group = House::text_at(o.post("/api/groups", R"({"name":"Sales"})", o.admin), "id");
  o.post("/api/groups", R"({"name":"Board"})", o.admin);
  const std::string path = "/api/groups/" + group;
  const std::string seat = path + "/members/" + o.id_of(ada);
  const auto remove = [&](const std::string& what) { return o.house.call("DELETE", what, "", o.admin).status; };
  const auto rename = [&](const std::string& name, const std::string& by) {
    return o.house.call("PATCH", path, R"({"name":")" + name + "\"}", by).status;
  };
  const auto files = [&] {
    const auto all = House::parsed(o.house.call("GET", "/api/me/policies", "", ada));
    for (const auto& p : all.at("policies").as_array()) {
      if (p.at("name") == "chat.files")
        return boost::json::serialize(p.at("value")) + " " + std::string{p.at("source").as_string().c_str()};
    }
    return std::string{};
  };
  const auto names = [&] {
    const auto all = House::parsed(o.house.call("GET", "/api/groups?sort=name", "", o.admin));
    std::string out;
    for (const auto& g : all.at("groups").as_array()) out += std::string{g.at("name").as_string().c_str()} + " ";
    return out;
  };
  CHECK(rename("Trade", ada) == 403);
  CHECK(rename("Board", o.admin) == 409);
  CHECK(rename(" ", o.admin) == 400);
  CHECK(names() == "Board Sales ");
  CHECK(rename("Trade", o.admin) == 204);
  CHECK(names() == "Board Trade ");

  CHECK(o.put(seat, "", o.admin).status == 204);
  CHECK(o.put(path + "/policies", R"({"settings":[{"name":"chat.files","value":false}]})", o.admin).status == 204);
  CHECK(files() == "false group");
  CHECK(o.house.call("DELETE", seat, "", ada).status == 403);
  CHECK(remove(seat) == 204);
  CHECK(files() == "true standard");
  CHECK(remove(seat) == 404);
  CHECK(o.put(seat, "", o.admin).status == 204);
  CHECK(files() == "false group");
  CHECK(o.house.call("DELETE", path, "", ada).status == 403);
  CHECK(remove(path) == 204);
  CHECK(files() == "true standard");
  CHECK(names() == "Board ");
  CHECK(remove(path) == 404);
}

TEST_CASE("identity: a disabled user is out at once and cannot come back until enabled") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  const std::string id = o.id_of(ada);
  CHECK(o.post("/api/users/" + id + "/disable", "", o.admin).status == 204);
  CHECK(o.house.call("GET", "/api/me", "", ada).status == 401);
  CHECK(o.sign_in("ada").status == 401);
  CHECK(o.post("/api/users/" + id + "/enable", "", o.admin).status == 204);
  CHECK(o.sign_in("ada").status == 200);
}

TEST_CASE("identity: policies of account, group and user, with locks") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  const auto effective = [&](const std::string& name) {
    const auto all = House::parsed(o.house.call("GET", "/api/me/policies", "", ada)).at("policies").as_array();
    for (const auto& p : all) {
      if (std::string{p.at("name").as_string().c_str()} == name)
        return boost::json::serialize(p.at("value")) + " " + std::string{p.at("source").as_string().c_str()};
    }
    return std::string{};
  };
  const auto set = [&](const std::string& path, const std::string& name, const std::string& value, bool locked,
                       const std::string& by) {
    return o
        .put(path,
             R"({"settings":[{"name":")" + name + R"(","value":)" + value + (locked ? R"(,"locked":true}]})" : "}]}"),
             by)
        .status;
  };
  CHECK(effective("chat.files") == "true standard");
  CHECK(set("/api/policies/account", "chat.files", "false", false, ada) == 403);
  CHECK(set("/api/policies/account", "chat.files", "false", false, o.admin) == 204);
  CHECK(effective("chat.files") == "false account");
  CHECK(set("/api/me/policies", "chat.files", "true", false, ada) == 204);
  CHECK(effective("chat.files") == "true user");
  CHECK(set("/api/policies/account", "chat.files", "false", true, o.admin) == 204);
  CHECK(effective("chat.files") == "false account");
  CHECK(set("/api/me/policies", "chat.files", "true", false, ada) == 403);
  CHECK(set("/api/me/policies", "sign_in.session_hours", "1", false, ada) == 403);
  CHECK(set("/api/policies/account", "nonsense", "true", false, o.admin) == 400);
  CHECK(set("/api/policies/account", "chat.files", "5", false, o.admin) == 400);
  CHECK(o.house.call("DELETE", "/api/policies/account/chat.files", "", o.admin).status == 204);
  CHECK(effective("chat.files") == "true user");
  const std::string group = House::text_at(o.post("/api/groups", R"({"name":"Sales"})", o.admin), "id");
  CHECK(o.put("/api/groups/" + group + "/members/" + o.id_of(ada), "", o.admin).status == 204);
  CHECK(set("/api/groups/" + group + "/policies", "meeting.waiting_room", "true", true, o.admin) == 204);
  CHECK(set("/api/groups/nothing/policies", "meeting.waiting_room", "true", true, o.admin) == 404);
  CHECK(effective("meeting.waiting_room") == "true group");
}

TEST_CASE("identity: policies of signing in count") {
  Office o;
  const std::string ada = o.house.member(o.admin, "ada");
  const auto set = [&](const std::string& name, const std::string& value) {
    return o
        .put("/api/policies/account",
             R"({"settings":[{"name":")" + name + R"(","value":)" + value + R"(,"locked":true}]})", o.admin)
        .status;
  };
  REQUIRE(set("sign_in.second_factor_required", "true") == 204);
  const auto in = o.sign_in("ada");
  REQUIRE(in.status == 200);
  CHECK(House::parsed(in).at("second_factor_missing") == true);
  const std::string restricted = House::text_at(in, "token");
  CHECK(o.house.call("GET", "/api/meetings", "", restricted).status == 403);
  const Bytes secret = o.enrol(restricted);
  CHECK(o.house.call("GET", "/api/meetings", "", restricted).status == 200);  // the same session, a whole one now
  const auto with = o.sign_in("ada", R"(,"code":")" + Office::code(secret, 1) + "\"");
  REQUIRE_MESSAGE(with.status == 200, with.body);
  CHECK_FALSE(House::parsed(with).as_object().contains("second_factor_missing"));
  REQUIRE(set("sign_in.password", "false") == 204);
  CHECK(o.sign_in("root").status == 403);
  CHECK(o.sign_in("root", "", "wrong horse").status == 401);
}

TEST_CASE("identity: a form learns whether a password would be taken while it is typed") {
  Office o;
  const auto look = [&](const std::string& password) {
    return House::parsed(
        o.post("/api/password-look", R"({"login":"ada","name":"Ada","password":")" + password + "\"}"));
  };
  CHECK(look("short").at("problem") == "At least 10 characters.");
  CHECK(look("Password123").as_object().contains("problem"));
  const auto good = look("correct horse battery");
  CHECK(!good.as_object().contains("problem"));
  CHECK(good.at("guess_bits").to_number<double>() > good.at("enough_bits").to_number<double>());
  CHECK(look("").at("guess_bits").to_number<double>() == 0);
}

TEST_CASE("identity: coming back from a provider in vain, one is told so on a page in one's own language") {
  Office o;
  const auto back = [&](const std::string& languages) {
    return o.house.send("GET", "/oidc/callback?state=old&code=x", "", {{"Accept-Language", languages}});
  };
  const auto english = back("en-GB");
  CHECK(english.status == 401);
  CHECK(english.body.find("<html lang=\"en\">") != std::string::npos);
  CHECK(english.body.find("<p role=\"alert\">The sign-in did not work. Please start again.</p>") != std::string::npos);
  const auto chinese = back("zh-TW,zh;q=0.9");
  CHECK(chinese.status == 401);
  CHECK(chinese.body.find("<html lang=\"zh-Hant\">") != std::string::npos);
  for (const char* words :
       {"<h1>無法登入</h1>", "<p role=\"alert\">登入未完成，請重新開始。</p>", ">回到登入頁面</a>"}) {
    CHECK(chinese.body.find(words) != std::string::npos);
  }
}
