#include <doctest/doctest.h>

#include "core/wire/recorder_channel.h"

namespace sealhall::wire::recorder {

TEST_CASE("recorder channel: what is said arrives") {
  BeginPart begin;
  begin.recording = "r1";
  begin.part = 3;
  begin.key = Bytes(32, 7);
  begin.wrapped_key = Bytes(100, 9);
  begin.folder = "/data/r1/3";
  begin.offset_ms = 123'456;
  const auto decoded = decode_to_recorder(encode(ToRecorder{begin}));
  REQUIRE(decoded.has_value());
  const auto* again = std::get_if<BeginPart>(&*decoded);
  REQUIRE(again != nullptr);
  CHECK(again->recording == "r1");
  CHECK(again->part == 3);
  CHECK(again->key == begin.key);
  CHECK(again->wrapped_key == begin.wrapped_key);
  CHECK(again->offset_ms == 123'456);
  CHECK(again->alone_ms == 30'000);

  const auto ended = decode_from_recorder(encode(FromRecorder{PartEnded{"r1", 3, PartEnd::alone, "", 5, 6}}));
  REQUIRE(ended.has_value());
  CHECK(std::get<PartEnded>(*ended).reason == PartEnd::alone);

  Compose compose;
  compose.key = Bytes(32, 1);
  compose.parts.push_back({"/data/r1/1", Bytes(32, 2), 1});
  compose.layout = Layout::speaker;
  const auto job = decode_to_composer(encode(ToComposer{compose}));
  REQUIRE(job.has_value());
  CHECK(std::get<Compose>(*job).parts.at(0).key == Bytes(32, 2));
  CHECK(std::get<Compose>(*job).layout == Layout::speaker);
  const auto progress = decode_from_composer(encode(FromComposer{ComposeProgress{"r1", 500}}));
  REQUIRE(progress.has_value());
  CHECK(std::get<ComposeProgress>(*progress).permille == 500);
}

TEST_CASE("recorder channel: a key of another size is refused") {
  BeginPart begin;
  begin.key = Bytes(31, 7);
  const auto decoded = decode_to_recorder(encode(ToRecorder{begin}));
  REQUIRE_FALSE(decoded.has_value());
  CHECK(decoded.error().kind == WireErrorKind::wrong_size);
}

}  // namespace sealhall::wire::recorder
