#include "server/hooks/waiting_answers.h"

#include <doctest/doctest.h>

#include <string>

#include "io/net/loop.h"

namespace sealhall::hooks {
namespace {

using namespace std::chrono_literals;

struct House {
  io::Loop loop;
  std::string given;
  WaitingAnswers answers{loop, 50ms};

  void wait(char name) {
    answers.wait([this, name] { given += name; });
  }
};

}  // namespace

TEST_CASE(
    "waiting answers: nothing on its way, nothing to wait for; otherwise until all before them is kept, in order") {
  House house;
  house.wait('a');
  CHECK(house.given == "a");
  house.answers.came();
  house.wait('b');
  house.answers.came();
  house.wait('c');
  house.wait('d');
  CHECK(house.given == "a");
  house.answers.kept(1);
  CHECK(house.given == "ab");
  house.answers.kept(1);
  CHECK(house.given == "abcd");
  house.wait('e');
  CHECK(house.given == "abcde");
}

TEST_CASE("waiting answers: patience ends, once; afterwards nobody waits until something is kept again") {
  House house;
  house.answers.came();
  house.answers.came();
  house.wait('a');
  house.wait('b');
  REQUIRE(house.loop.run_until([&] { return !house.given.empty(); }, 10s));
  CHECK(house.given == "ab");
  house.wait('c');
  CHECK(house.given == "abc");
  house.answers.kept(1);
  house.wait('d');
  CHECK(house.given == "abc");
  house.answers.kept(1);
  CHECK(house.given == "abcd");
}

TEST_CASE("waiting answers: what became of an event is waited for, too") {
  House house;
  house.answers.came();
  house.wait('a');
  house.answers.came();  // the first one, for somebody who asked for it
  house.answers.wait_for_all();
  house.answers.kept(1);
  CHECK(house.given.empty());
  house.answers.kept(1);
  CHECK(house.given == "a");
}

TEST_CASE("waiting answers: an answer may bring the next event and the next answer") {
  House house;
  house.answers.came();
  house.answers.wait([&] {
    house.given += 'a';
    house.answers.came();
    house.wait('c');
  });
  house.wait('b');
  house.answers.kept(1);
  CHECK(house.given == "ab");
  house.answers.kept(1);
  CHECK(house.given == "abc");
}

}  // namespace sealhall::hooks
