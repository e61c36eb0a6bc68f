#include "core/meeting/files.h"

#include <doctest/doctest.h>

#include "tests/support/meeting_world.h"

using namespace sealhall;
using namespace sealhall::meeting;
using namespace sealhall::meeting::testing;
using wire::ErrorCode;

namespace {
struct Desk : World {
  Desk() {
    host = join_host();
    ada = join("Ada");
    bob = join("Bob");
  }
  /// Uploads as control would and sends it to everybody, or to one person.
  std::string share(ConnectionId by, std::optional<ParticipantNumber> to = std::nullopt) {
    send(by, wire::OfferFile{5, "notes.txt", 100});
    const std::string file = last<wire::FileTicket>(by)->file;
    feed(FileReady{file, true, ""});
    wire::SendChat chat;
    chat.request = 6;
    chat.files = {file};
    if (to) {
      chat.scope = wire::ChatScope::direct;
      chat.to = to;
    }
    send(by, chat);
    return file;
  }
  ConnectionId host, ada, bob;
};
}  // namespace

TEST_CASE(
    "files: an upload gets a ticket, and is in the chat when it is stored; whoever reads the message may have it") {
  Desk w;
  w.send(w.ada, wire::OfferFile{5, "/home/ada/notes.txt", 100});
  const wire::FileTicket ticket = *w.last<wire::FileTicket>(w.ada);
  CHECK(ticket.request == 5);
  CHECK(ticket.name == "notes.txt");
  REQUIRE(w.offered.size() == 1);
  CHECK(w.offered[0].ticket == ticket.ticket);
  wire::SendChat chat;
  chat.request = 6;
  chat.files = {ticket.file};
  w.send(w.ada, chat);
  CHECK(w.error(w.ada) == ErrorCode::not_found);  // not there yet
  w.feed(FileReady{ticket.file, true, ""});
  CHECK(w.last<wire::FileStored>(w.ada)->stored);
  wire::SendChat theft = chat;
  w.send(w.bob, theft);
  CHECK(w.error(w.bob) == ErrorCode::not_found);
  w.send(w.ada, chat);
  CHECK(w.last<wire::Chat>(w.bob)->messages.at(0).files.at(0).name == "notes.txt");
  w.send(w.bob, wire::GetFile{7, ticket.file});
  REQUIRE(w.wanted.size() == 1);
  CHECK(w.last<wire::FileTicket>(w.bob)->ticket == w.wanted[0].ticket);
  CHECK(w.wanted[0].ticket != ticket.ticket);
}

TEST_CASE("files: of a private message nobody else gets a ticket, and of a deleted one nobody") {
  Desk w;
  const std::string file = w.share(w.ada, 3);
  w.send(w.host, wire::GetFile{7, file});
  CHECK(w.error(w.host) == ErrorCode::not_found);
  w.send(w.bob, wire::GetFile{7, file});
  CHECK(w.wanted.size() == 1);
  w.send(w.ada, wire::DeleteChat{8, 1});
  w.send(w.bob, wire::GetFile{9, file});
  CHECK(w.wanted.size() == 1);
  CHECK(w.error(w.bob) == ErrorCode::not_found);
}

TEST_CASE("files: what is refused says so: too large, empty, no chat allowed, found harmful") {
  Desk w;
  w.send(w.ada, wire::OfferFile{5, "x", 200U << 20});
  CHECK(w.error(w.ada) == ErrorCode::full);
  w.send(w.ada, wire::OfferFile{5, "x", 0});
  CHECK(w.error(w.ada) == ErrorCode::bad_message);
  w.send(w.ada, wire::OfferFile{5, "..", 1});
  CHECK(w.error(w.ada) == ErrorCode::bad_message);
  w.send(w.ada, wire::OfferFile{5, "x", 1});
  const std::string file = w.last<wire::FileTicket>(w.ada)->file;
  w.feed(FileReady{file, false, "This file was refused by the virus scanner."});
  CHECK_FALSE(w.last<wire::FileStored>(w.ada)->stored);
  CHECK(w.last<wire::FileStored>(w.ada)->message.find("virus") != std::string::npos);
  w.send(w.host, wire::SetPolicy{.chat = wire::ChatPolicy::nobody});
  w.send(w.ada, wire::OfferFile{5, "x", 1});
  CHECK(w.error(w.ada) == ErrorCode::not_allowed);
}

TEST_CASE("files: names are shown and saved, so they hold no folder and no line break") {
  CHECK(file_name("a/b/c.txt") == "c.txt");
  CHECK(file_name("C:\\x\\y.doc") == "y.doc");
  CHECK(file_name("two\nlines") == "two lines");
  CHECK(file_name("../..").empty());
  CHECK(file_name("evil\xE2\x80\xAEtxt.exe") == "eviltxt.exe");
  CHECK(file_name(std::string(300, 'x')).size() == 255);
}
