#include <doctest/doctest.h>

#include "core/recording/journal.h"

namespace sealhall::recording {

TEST_CASE("journal: a manifest says which file holds whom, also when it was cut off") {
  const std::string text = line_of(PartOpened{"rec", 2, 1'700'000'000'000'000, 5000}) +
                           line_of(FileOpened{"a-0001", 4, wire::SourceKind::audio, "Ada \"Lovelace\"", 10}) + "   \n" +
                           line_of(FileOpened{"v-0002", 4, wire::SourceKind::camera, "Ada", 20}) +
                           line_of(FileClosed{"a-0001", 999, 50, 1010}) + line_of(PartClosed{1010, "asked"});
  const auto whole = contents_of(parse_manifest(text));
  REQUIRE(whole.has_value());
  CHECK(whole->part.part == 2);
  CHECK(whole->part.offset_ms == 5000);
  REQUIRE(whole->files.size() == 2);
  CHECK(whole->files[0].opened.name == "Ada \"Lovelace\"");
  REQUIRE(whole->files[0].closed.has_value());
  CHECK(whole->files[0].closed->size == 999);
  CHECK_FALSE(whole->files[1].closed.has_value());
  CHECK(whole->closed.has_value());

  for (std::size_t cut = 0; cut < text.size(); ++cut) {
    const auto part = contents_of(parse_manifest(std::string_view{text}.substr(0, cut)));
    CHECK(part.has_value() == (cut > text.find('\n')));
    if (part) CHECK_FALSE(part->closed.has_value());
  }
}

TEST_CASE("journal: a manifest cannot lead out of its folder") {
  const auto contents = contents_of(
      parse_manifest(line_of(PartOpened{"rec", 1, 0, 0}) + line_of(FileOpened{"../../etc/passwd", 1, {}, "x", 0}) +
                     line_of(FileOpened{"", 1, {}, "x", 0}) + line_of(FileOpened{"a-1", 1, {}, "x", 0}) +
                     line_of(FileOpened{"a-1", 2, {}, "y", 0})));
  REQUIRE(contents.has_value());
  REQUIRE(contents->files.size() == 1);
  CHECK(contents->files[0].opened.participant == 1);
}

TEST_CASE("journal: lines of a newer recorder and broken ones are skipped") {
  const auto lines = parse_timeline(line_of(Came{5, 1, "Ada", wire::ClientKind::web, wire::Role::host}) +
                                    "{\"type\":\"hologram\",\"at_ms\":7}\nnot json\n{\"type\":\"gone\"}\n" +
                                    line_of(Speaking{9, {1, 2}}) + line_of(Sharing{10, 1, true}) +
                                    line_of(Paused{11, 4000}) + line_of(Gone{12, 1}) + line_of(Renamed{13, 2, "Bob"}));
  REQUIRE(lines.size() == 6);
  CHECK(std::get<Came>(lines[0]).client == wire::ClientKind::web);
  CHECK(std::get<Speaking>(lines[1]).participants == std::vector<wire::ParticipantNumber>{1, 2});
  CHECK(std::get<Paused>(lines[3]).for_ms == 4000);
  const auto chat = parse_chat(line_of(ChatLine{1, 2, "Bob", "Hello\nthere"}));
  REQUIRE(chat.size() == 1);
  CHECK(std::get<ChatLine>(chat[0]).text == "Hello\nthere");
}

}  // namespace sealhall::recording
