// Polls prepared through the v2 API: made before the meeting, voted in it, read after it.
#include "tests/support/control_house.h"

using namespace sealhall;
using namespace sealhall::control;
using namespace sealhall::control::testing;

namespace {

struct Vote {
  Vote() {
    kms = std::make_unique<FakeKms>(house.loop, house.run, 1);
    worker = std::make_unique<FakeWorker>(house.loop, house.run, 0);
    admin = house.admin();
    ada = house.member(admin, "ada@example.org");
    bob = house.member(admin, "bob@example.org");
    id = house.meeting(ada);
    path = "/v2/meetings/" + id + "/polls";
  }
  template <class T>
  const T& wait_for(FakeClient& c) {
    REQUIRE(house.until([&] { return c.last<T>() != nullptr; }));
    return *c.last<T>();
  }
  void done(FakeClient& c, wire::RequestNumber request) {
    REQUIRE(house.until([&] {
      const auto* got = c.last<wire::Acknowledged>();
      return got != nullptr && got->request == request;
    }));
  }
  House house;
  std::unique_ptr<FakeKms> kms;
  std::unique_ptr<FakeWorker> worker;
  std::string admin, ada, bob, id, path;
};

constexpr const char* lunch =
    R"({"title":"Lunch","questions":[{"name":"What?","type":"single","answers":["Soup","Salad"]},
        {"name":"With?","type":"multiple","answers":["Bread","Butter"]}]})";

}  // namespace

TEST_CASE("v2 polls: prepared, listed, changed, deleted; what is wrong is named") {
  Vote v;
  const auto made = v.house.call("POST", v.path, lunch, v.ada);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const std::string poll = House::text_at(made, "id");
  CHECK(House::parsed(v.house.call("GET", v.path, "", v.ada)).at("total_records") == 1);
  CHECK(House::text_at(v.house.call("GET", v.path + "/" + poll, "", v.ada), "title") == "Lunch");
  CHECK(v.house
            .call("PUT", v.path + "/" + poll,
                  R"({"title":"Tea","anonymous":true,"questions":[{"name":"Milk?","answers":["Yes","No"]}]})", v.ada)
            .status == 204);
  const auto changed = House::parsed(v.house.call("GET", v.path + "/" + poll, "", v.ada));
  CHECK(changed.at("title") == "Tea");
  CHECK(changed.at("anonymous") == true);
  CHECK(changed.at("questions").as_array().at(0).at("type") == "single");
  const auto batch = v.house.call("POST", "/v2/meetings/" + v.id + "/batch_polls",
                                  std::string{R"({"polls":[)"} + lunch + "," + lunch + "]}", v.ada);
  CHECK(batch.status == 201);
  CHECK(House::parsed(batch).at("polls").as_array().size() == 2);
  CHECK(v.house.call("DELETE", v.path + "/" + poll, "", v.ada).status == 204);
  CHECK(v.house.call("DELETE", v.path + "/" + poll, "", v.ada).status == 404);
  CHECK(v.house.call("GET", v.path + "/" + poll, "", v.ada).status == 404);
  CHECK(v.house.call("PUT", v.path + "/" + poll, lunch, v.ada).status == 404);
  CHECK(House::parsed(v.house.call("GET", v.path, "", v.ada)).at("total_records") == 2);

  CHECK(v.house.call("POST", v.path, R"({"title":"x","questions":[]})", v.ada).status == 400);
  CHECK(v.house.call("POST", v.path, R"({"title":"x","questions":[{"name":"?","answers":["one"]}]})", v.ada).status ==
        400);
  CHECK(v.house
            .call("POST", v.path, R"({"title":"x","questions":[{"name":"?","type":"matching","answers":["a","b"]}]})",
                  v.ada)
            .status == 400);
  CHECK(
      v.house
          .call("POST", v.path, R"({"title":"x","poll_type":3,"questions":[{"name":"?","answers":["a","b"]}]})", v.ada)
          .status == 400);
  CHECK(v.house.call("GET", v.path, "", v.bob).status == 404);
  CHECK(v.house.call("POST", v.path, lunch, v.bob).status == 404);
}

TEST_CASE("v2 polls: what was prepared is a draft in the meeting; votes and questions are read afterwards") {
  Vote v;
  REQUIRE(v.house.call("POST", v.path, lunch, v.ada).status == 201);
  REQUIRE(v.house
              .call("POST", v.path,
                    R"({"title":"Secret","anonymous":true,"questions":[{"name":"Sure?","answers":["Yes","No"]}]})",
                    v.ada)
              .status == 201);
  const auto host = v.house.inside(v.id, "Ada", v.ada);
  const auto bob = v.house.inside(v.id, "Bob", v.bob);
  CHECK(v.wait_for<wire::PollChanged>(*host).poll.state == wire::PollState::draft);
  for (const std::uint64_t poll : {1, 2}) {
    host->send(wire::ControlPoll{10 + poll, poll, wire::PollAction::open});
    v.done(*host, 10 + poll);
  }
  bob->send(wire::Vote{1, 1, {{{1}}, {{0, 1}}}});
  v.done(*bob, 1);
  bob->send(wire::Vote{2, 2, {{{0}}}});
  v.done(*bob, 2);
  bob->send(wire::AskQuestion{3, "When?", false});
  v.done(*bob, 3);
  host->send(wire::AnswerQuestion{20, *bob->last<wire::Acknowledged>()->made, "Now."});
  v.done(*host, 20);
  const std::string uuid = House::text_at(v.house.call("GET", "/v2/meetings/" + v.id, "", v.ada), "uuid");
  CHECK(v.house.call("PUT", "/v2/meetings/" + v.id + "/status", R"({"action":"end"})", v.ada).status == 204);
  REQUIRE(v.house.until([&] { return v.house.call("GET", "/v2/past_meetings/" + uuid, "", v.ada).status == 200; }));

  for (const char* prefix : {"/v2/past_meetings/", "/v2/report/meetings/"}) {
    const auto got = v.house.call("GET", prefix + uuid + "/polls", "", v.ada);
    REQUIRE_MESSAGE(got.status == 200, got.body);
    const auto answers = House::parsed(got).at("questions").as_array();
    REQUIRE(answers.size() == 2);
    CHECK(answers[0].at("name") == "Anonymous Attendee");
    CHECK(answers[0].at("email") == "");
    CHECK(answers[0].at("question_details").as_array().at(0).at("answer") == "Yes");
    CHECK(answers[1].at("name") == "Bob");
    CHECK(answers[1].at("email") == "bob@example.org");
    const auto details = answers[1].at("question_details").as_array();
    REQUIRE(details.size() == 2);
    CHECK(details[0].at("answer") == "Salad");
    CHECK(details[1].at("answer") == "Bread;Butter");
    const auto qa = House::parsed(v.house.call("GET", prefix + uuid + "/qa", "", v.ada)).at("questions").as_array();
    REQUIRE(qa.size() == 1);
    CHECK(qa[0].at("name") == "Bob");
    CHECK(qa[0].at("question_details").as_array().at(0).at("question") == "When?");
    CHECK(qa[0].at("question_details").as_array().at(0).at("answer") == "Now.");
  }
}
