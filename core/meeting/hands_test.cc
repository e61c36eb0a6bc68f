#include "core/meeting/hands.h"

#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using Numbers = std::vector<ParticipantNumber>;

TEST_CASE("hands: are shown in the order in which they were raised, also to who comes later; hosts lower them") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  const auto bob = w.join("Bob");
  w.send(bob, wire::RaiseHand{true});
  w.send(ada, wire::RaiseHand{true});
  w.send(bob, wire::RaiseHand{true});  // stays where it is
  CHECK(w.last<wire::Hands>(host)->raised == Numbers{3, 2});
  CHECK(w.all<wire::Hands>(host).size() == 2);
  const auto late = w.join("Late");
  CHECK(w.last<wire::Hands>(late)->raised == Numbers{3, 2});
  w.command(ada, wire::HostAction::lower_hand, 3);
  CHECK(w.error(ada) == wire::ErrorCode::not_allowed);
  w.command(host, wire::HostAction::lower_hand, 3);
  CHECK(w.last<wire::Hands>(ada)->raised == Numbers{2});
  w.send(ada, wire::RaiseHand{false});
  CHECK(w.last<wire::Hands>(ada)->raised.empty());
  w.send(ada, wire::RaiseHand{true});
  w.send(bob, wire::RaiseHand{true});
  w.command(host, wire::HostAction::lower_all_hands);
  CHECK(w.last<wire::Hands>(late)->raised.empty());
}

TEST_CASE("hands: whoever leaves takes the hand along; a broken connection does not") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  const auto bob = w.join("Bob");
  w.send(ada, wire::RaiseHand{true});
  w.send(bob, wire::RaiseHand{true});
  w.send(ada, wire::Leave{});
  CHECK(w.last<wire::Hands>(host)->raised == Numbers{3});
  w.feed(Disconnected{bob});
  const auto again = w.join_again(w.joined(bob));
  CHECK(w.last<wire::Hands>(again)->raised == Numbers{3});
}

TEST_CASE("spotlight: hosts choose who is shown large; strangers are left out, who goes is taken out") {
  World w;
  const auto host = w.join_host();
  const auto ada = w.join("Ada");
  const auto bob = w.join("Bob");
  w.send(ada, wire::SetSpotlight{{2}});
  CHECK(w.error(ada) == wire::ErrorCode::not_allowed);
  w.send(host, wire::SetSpotlight{{3, 99, 2, 3}});
  CHECK(w.last<wire::Spotlight>(ada)->participants == Numbers{3, 2});
  const auto late = w.join("Late");
  CHECK(w.last<wire::Spotlight>(late)->participants == Numbers{3, 2});
  w.send(bob, wire::Leave{});
  CHECK(w.last<wire::Spotlight>(ada)->participants == Numbers{2});
  w.send(host, wire::SetSpotlight{{}});
  CHECK(w.last<wire::Spotlight>(ada)->participants.empty());
}
