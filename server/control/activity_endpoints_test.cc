// Chat with search, bans that are lifted, reports of abuse: through the whole server.
#include "server/control/activity_endpoints.h"

#include "io/http/message.h"
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

struct Said {
  Said() {
    kms = std::make_unique<FakeKms>(house.loop, house.run, 1);
    worker = std::make_unique<FakeWorker>(house.loop, house.run, 0);
    admin = house.admin();
    ada = house.member(admin, "ada@example.org");
    bob = house.member(admin, "bob@example.org");
    id = house.meeting(ada);
    host = house.inside(id, "Ada", ada);
  }
  void done(FakeClient& c, wire::RequestNumber request) {
    REQUIRE(house.until([&] {
      const auto* got = c.last<wire::Acknowledged>();
      return got != nullptr && got->request == request;
    }));
  }
  boost::json::value get(const std::string& path, const std::string& token) {
    const auto got = house.call("GET", path, "", token);
    REQUIRE_MESSAGE(got.status == 200, got.body);
    return House::parsed(got);
  }
  House house;
  std::unique_ptr<FakeKms> kms;
  std::unique_ptr<FakeWorker> worker;
  std::string admin, ada, bob, id;
  std::unique_ptr<FakeClient> host;
};

}  // namespace

TEST_CASE("activity endpoints: the owner reads and searches the chat; nobody else does") {
  Said said;
  wire::RequestNumber request = 1;
  for (const char* text : {"Soup at noon", "Salad", "no soup left"}) {
    wire::SendChat chat;
    chat.request = request;
    chat.text = text;
    said.host->send(chat);
    said.done(*said.host, request++);
  }
  const auto all = said.get("/api/meetings/" + said.id + "/chat", said.ada);
  REQUIRE(all.at("messages").as_array().size() == 3);
  CHECK(all.at("messages").as_array().at(0).at("text") == "no soup left");
  CHECK(all.at("messages").as_array().at(0).at("name") == "Ada");
  const auto soup = said.get("/api/meetings/" + said.id + "/chat?query=SOUP&limit=1", said.ada);
  REQUIRE(soup.at("messages").as_array().size() == 1);
  CHECK(soup.at("messages").as_array().at(0).at("text") == "no soup left");
  CHECK(said.get("/api/meetings/" + said.id + "/chat?query=cake", said.ada).at("messages").as_array().empty());
  CHECK(said.house.call("GET", "/api/meetings/" + said.id + "/chat", "", said.bob).status == 404);
}

TEST_CASE("activity endpoints: a ban is listed and lifted, also while the meeting runs") {
  Said said;
  const std::string path = "/api/meetings/" + said.id + "/bans";
  const auto bob = said.house.inside(said.id, "Bob", said.bob);
  said.host->send(wire::HostCommand{wire::HostAction::ban, bob->last<wire::Joined>()->participant});
  REQUIRE(said.house.until([&] { return bob->closed; }));
  // The ban is written while we ask; who asks without a pause is told so now and then.
  REQUIRE(said.house.until([&] {
    const auto got = said.house.call("GET", path, "", said.ada);
    return got.status == 200 && !House::parsed(got).at("bans").as_array().empty();
  }));
  const auto answer = [&] {
    auto c = said.house.join(said.id, "Bob", said.bob);
    REQUIRE(said.house.until([&] { return c->last<wire::Joined>() != nullptr || c->last<wire::Error>() != nullptr; }));
    return c->last<wire::Joined>() != nullptr;
  };
  CHECK_FALSE(answer());
  const auto bans = said.get(path, said.ada).at("bans").as_array();
  REQUIRE(bans.size() == 1);
  CHECK(bans[0].at("kind") == "account");
  CHECK(bans[0].at("user_id").as_string().size() > 10);
  const std::string one = path + "/" + io::percent_encode(std::string{bans[0].at("ban").as_string().c_str()});
  CHECK(said.house.call("DELETE", one, "", said.bob).status == 404);
  CHECK_FALSE(answer());
  CHECK(said.house.call("DELETE", one, "", said.ada).status == 204);
  CHECK(said.house.call("DELETE", one, "", said.ada).status == 404);
  CHECK(answer());
}

TEST_CASE("activity endpoints: reports of abuse are the administrators' to read and to settle") {
  Said said;
  const auto bob = said.house.inside(said.id, "Bob", said.bob);
  bob->send(wire::Report{4, {1}, "shouts"});
  said.done(*bob, 4);
  const auto open = said.get("/api/abuse-reports", said.admin).at("reports").as_array();
  REQUIRE(open.size() == 1);
  CHECK(open[0].at("text") == "shouts");
  CHECK(open[0].at("meeting_id").as_string() == said.id);
  CHECK_FALSE(open[0].as_object().contains("resolved_at"));
  const std::string path = "/api/abuse-reports/" + std::string{open[0].at("id").as_string().c_str()};
  CHECK(said.house.call("GET", "/api/abuse-reports", "", said.ada).status == 403);
  CHECK(said.house.call("PATCH", path, "{}", said.ada).status == 403);
  CHECK(said.house.call("PATCH", path, R"({"resolved":true})", said.admin).status == 204);
  CHECK(said.get("/api/abuse-reports", said.admin).at("reports").as_array().empty());
  const auto all = said.get("/api/abuse-reports?open=false", said.admin).at("reports").as_array();
  REQUIRE(all.size() == 1);
  CHECK(all[0].at("resolved_at").as_string().size() == 20);
  CHECK(said.house.call("PATCH", path, R"({"resolved":false})", said.admin).status == 204);
  CHECK(said.get("/api/abuse-reports", said.admin).at("reports").as_array().size() == 1);
  CHECK(said.house.call("PATCH", "/api/abuse-reports/nothing.1", R"({"resolved":true})", said.admin).status == 404);
  CHECK(said.house.call("PATCH", "/api/abuse-reports/nothing", R"({"resolved":true})", said.admin).status == 404);
}
