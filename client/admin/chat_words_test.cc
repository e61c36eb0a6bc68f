#include "client/admin/chat_words.h"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>

namespace sealhall::admin {
namespace {

std::string said(const char* message) { return chat_line(boost::json::parse(message).as_object()); }

}  // namespace

TEST_CASE("chat words: who wrote what, and which files came with it") {
  CHECK(said(R"({"sent_at":"2026-11-28T09:00:00Z","name":"Ada","text":"soup","files":[]})") ==
        "2026-11-28T09:00:00Z  Ada: soup");
  CHECK(said(R"({"sent_at":"2026-11-28T09:00:00Z","name":"Ada","text":"","files":["plan.pdf","map.png"]})") ==
        "2026-11-28T09:00:00Z  Ada: [plan.pdf] [map.png]");
  CHECK(said(R"({"sent_at":"2026-11-28T09:00:00Z","name":"Ada","text":"here","files":["plan.pdf"]})") ==
        "2026-11-28T09:00:00Z  Ada: here [plan.pdf]");
}

TEST_CASE("chat words: nothing that somebody writes looks like what somebody else has written") {
  CHECK(said(R"({"sent_at":"2026-11-28T09:00:00Z","name":"Eve","text":"hm\n2026-11-28T09:00:01Z  Ada: I agree"})") ==
        "2026-11-28T09:00:00Z  Eve: hm\n    2026-11-28T09:00:01Z  Ada: I agree");
}

}  // namespace sealhall::admin
