#include "io/sealed/sealed_file.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "core/crypto/random.h"

using namespace sealhall;
using namespace sealhall::io;

namespace {

struct Place {
  Place() : folder(std::filesystem::temp_directory_path() / ("sealed-file-test-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    random.fill(key.reveal_mutable());
    envelope::Key other;
    wrapped = *envelope::wrap_key(other, {}, context, key, random);
  }
  ~Place() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  SealedFileWriter make(const std::string& name) {
    auto made = SealedFileWriter::create(folder / name, context, key, wrapped, random);
    REQUIRE(made.has_value());
    return std::move(*made);
  }
  crypto::SystemRandom random;
  std::filesystem::path folder;
  envelope::Context context{"account", "recording", "r1", "1/a"};
  envelope::Key key;
  Bytes wrapped;
};

Bytes text(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return bytes;
}

}  // namespace

TEST_CASE("sealed file: what was written is read, at any place") {
  Place place;
  const Bytes content = text(200'000);
  {
    auto file = place.make("a");
    for (std::size_t at = 0; at < content.size(); at += 1000) {
      REQUIRE(file.write(ByteView{content}.subspan(at, 1000)).has_value());
    }
    CHECK(file.size() == content.size());
    CHECK(file.waiting() == content.size() % envelope::segment_size);
    REQUIRE(file.sync().has_value());
    REQUIRE(file.finish().has_value());
    CHECK(file.stored() == std::filesystem::file_size(place.folder / "a"));
  }
  auto reader = SealedFileReader::open(place.folder / "a", place.context, place.key);
  REQUIRE(reader.has_value());
  CHECK(reader->complete());
  CHECK(reader->size() == content.size());
  CHECK(*reader->read_all(1 << 20) == content);
  CHECK(equal(*reader->read(65'000, 70'000), ByteView{content}.subspan(65'000, 70'000)));
  CHECK(equal(*reader->read(199'999, 1), ByteView{content}.subspan(199'999)));
  CHECK_FALSE(reader->read(199'999, 2).has_value());
  CHECK_FALSE(reader->read_all(1000).has_value());
  CHECK(*wrapped_key_of(place.folder / "a") == place.wrapped);
}

TEST_CASE("sealed file: of a writer that was stopped the whole segments are left") {
  Place place;
  const Bytes content = text(200'000);
  {
    auto file = place.make("a");
    REQUIRE(file.write(content).has_value());
  }
  auto reader = SealedFileReader::open(place.folder / "a", place.context, place.key);
  REQUIRE(reader.has_value());
  CHECK_FALSE(reader->complete());
  CHECK(reader->size() == 3 * envelope::segment_size);
  CHECK(equal(*reader->read(100'000, 50'000), ByteView{content}.subspan(100'000, 50'000)));
}

TEST_CASE("sealed file: another place, another key and a changed byte are refused, and nothing is written over") {
  Place place;
  {
    auto file = place.make("a");
    REQUIRE(file.write(text(1000)).has_value());
    REQUIRE(file.finish().has_value());
    CHECK_FALSE(file.write(text(1)).has_value());
  }
  envelope::Context elsewhere = place.context;
  elsewhere.field = "1/b";
  CHECK_FALSE(SealedFileReader::open(place.folder / "a", elsewhere, place.key).has_value());
  CHECK_FALSE(SealedFileReader::open(place.folder / "a", place.context, envelope::Key{}).has_value());
  CHECK_FALSE(SealedFileReader::open(place.folder / "none", place.context, place.key).has_value());
  CHECK_FALSE(SealedFileWriter::create(place.folder / "a", place.context, place.key, place.wrapped, place.random));
}
