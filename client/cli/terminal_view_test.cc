#include "client/cli/terminal_view.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::cli;

TEST_CASE("terminal view: names cannot move the cursor, the text direction or the line") {
  CHECK(printable("Ada") == "Ada");
  CHECK(printable("Grüße 世界") == "Grüße 世界");
  CHECK(printable("a\x1b[2Jb") == "a?[2Jb");
  CHECK(printable("a\nb\tc\x7f") == "a?b?c?");
  CHECK(printable("a\xc2\x9b"
                  "31mb") == "a?31mb");
  CHECK(printable("a\u202eb\u2066") == "a?b?");
  CHECK(printable("\xff\xc3") == "??");
  CHECK(printable("abcdef", 3) == "abc");
}

TEST_CASE("terminal view: shows who is there, who speaks and how each is encrypted") {
  ViewInput view;
  view.state = client::SessionState::joined;
  view.meeting.topic = "Plans";
  view.self = 1;
  view.roster[1] = {
      .participant = 1, .name = "Ada", .role = wire::Role::host, .sender_nonce = {}, .connected = true, .sources = {}};
  view.roster[2] = {.participant = 2,
                    .name = "Phone",
                    .client = wire::ClientKind::phone,
                    .outer_leg = wire::OuterLeg::unencrypted,
                    .sender_nonce = {},
                    .connected = true,
                    .sources = {wire::SourceKind::audio}};
  view.speakers = {2};
  view.waiting = {{.participant = 5, .name = "Eve"}};
  view.stats.path = ice::PathKind::relay;
  view.stats.cipher = "AEAD_AES_256_GCM";
  view.stats.generation = 3;
  const auto lines = render(view);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0].find("Plans") == 0);
  CHECK(lines[1].find("TLS") != std::string::npos);
  CHECK(lines[1].find("AEAD_AES_256_GCM") != std::string::npos);
  CHECK(lines[2].find("generation 3") != std::string::npos);
  CHECK(lines[3].find("Ada #1 (you) (host)") != std::string::npos);
  CHECK(lines[4].find(" > Phone") == 0);
  CHECK(lines[4].find("NOT ENCRYPTED") != std::string::npos);
  CHECK(lines[5].find("Eve #5 waits") != std::string::npos);
}

TEST_CASE("terminal view: a line fits the terminal, whatever the width of its characters") {
  CHECK(fit("short", 5) == "short");
  CHECK(fit("longer", 5) == "long…");
  CHECK(fit("世界你好", 8) == "世界你好");
  CHECK(fit("世界你好", 7) == "世界你…");
  CHECK(fit("世界你好", 6) == "世界…");
  CHECK(fit("e\u0301e\u0301", 2) == "e\u0301e\u0301");
  CHECK(fit("abc", 1) == "…");
  CHECK(fit("abc", 0).empty());
}
