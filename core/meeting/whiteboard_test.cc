#include "core/meeting/whiteboard.h"

#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::ErrorCode;
using wire::ShapeKind;

namespace {
wire::Draw stroke(std::vector<std::uint32_t> points = {1, 2, 3, 4}) {
  wire::Draw m;
  m.request = 1;
  m.points = std::move(points);
  return m;
}
/// The items as this connection knows them.
std::map<std::uint64_t, wire::BoardItem> board(const World& w, ConnectionId c) {
  std::map<std::uint64_t, wire::BoardItem> out;
  for (const auto* m : w.all<wire::Board>(c)) {
    if (m->all) out.clear();
    for (const auto& item : m->items) {
      if (item.kind == ShapeKind::clear) {
        out.clear();
      } else if (item.kind == ShapeKind::erase) {
        out.erase(*item.erases);
      } else {
        out[item.item] = item;
      }
    }
  }
  return out;
}
}  // namespace

TEST_CASE("whiteboard: what is drawn is seen by everybody, also by who comes later, once it is kept") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  w.store_answers = false;
  w.send(ada, stroke());
  CHECK(board(w, host).empty());
  w.store_answers = true;
  w.settle();
  CHECK(board(w, host).at(1).points == std::vector<std::uint32_t>{1, 2, 3, 4});
  CHECK(board(w, host).at(1).from == 2);
  wire::Draw text = stroke({5, 6});
  text.kind = ShapeKind::text;
  text.text = "idea";
  w.send(host, text);
  const auto late = w.join("Late");
  CHECK(board(w, late).size() == 2);
  CHECK(w.last<wire::Board>(late)->all);
}

TEST_CASE("whiteboard: one erases one's own, hosts anything and all; drawing can be forbidden") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  const auto bob = w.join("Bob");
  w.send(ada, stroke());
  w.send(bob, wire::Erase{2, 1});
  CHECK(w.error(bob) == ErrorCode::not_allowed);
  w.send(bob, wire::Erase{2, std::nullopt});
  CHECK(w.error(bob) == ErrorCode::not_allowed);
  w.send(ada, wire::Erase{2, 1});
  CHECK(board(w, bob).empty());
  w.send(ada, stroke());
  w.send(bob, stroke());
  w.send(host, wire::Erase{3, std::nullopt});
  CHECK(board(w, bob).empty());
  CHECK(w.meeting.activities().whiteboard().size() == 0);
  w.send(host, wire::SetPolicy{.draw = false});
  w.send(ada, stroke());
  CHECK(w.error(ada) == ErrorCode::not_allowed);
  w.send(host, stroke());
  CHECK(board(w, ada).size() == 1);
}

TEST_CASE("whiteboard: shapes have the points that they need, within the board") {
  World w;
  w.join_host();
  const auto ada = w.join("Ada");
  wire::Draw line = stroke({1, 2});
  line.kind = ShapeKind::line;
  wire::Draw text = stroke({1, 2});
  text.kind = ShapeKind::text;
  wire::Draw clear = stroke();
  clear.kind = ShapeKind::clear;
  for (const wire::Draw& wrong : {stroke({1, 2, 3}), stroke({}), stroke({1, 2, 3, 70'000}), line, text, clear}) {
    w.send(ada, wrong);
    CHECK(w.error(ada) == ErrorCode::bad_message);
  }
  w.send(ada, wire::Erase{1, 77});
  CHECK(w.error(ada) == ErrorCode::not_found);
}

TEST_CASE("whiteboard: is there again after a crash, without what was erased; large ones come in several messages") {
  std::vector<wire::Record> records;
  {
    World w;
    w.join_host();
    const auto ada = w.join("Ada");
    for (int i = 0; i < 60; ++i) {
      w.pass(1s);
      w.send(ada, stroke(std::vector<std::uint32_t>(2000, 7)));
    }
    w.send(ada, wire::Erase{1, 3});
    for (const auto& [key, record] : w.records) records.push_back(record);
  }
  World w;
  w.feed(Restore{records, {}});
  const auto host = w.join_host();
  CHECK(board(w, host).size() == 59);
  CHECK(w.all<wire::Board>(host).size() > 1);
}
