#include "server/keys/backup_record.h"

#include <doctest/doctest.h>

#include <filesystem>

using namespace sealhall;
using namespace sealhall::keys;

TEST_CASE("backup record: time, size and place are read back as they were written") {
  const BackupRecord record{UnixMicros{1'796'025'605'000'000}, 123'456'789'012, "/mnt/back ups/星期二"};
  const std::string text = encode_backup_record(record);
  CHECK(text == "2026-11-30T08:00:05Z\nbytes 123456789012\nplace /mnt/back ups/星期二\n");
  const auto read = decode_backup_record(text);
  REQUIRE(read.has_value());
  CHECK(read->at == record.at);
  CHECK(read->bytes == record.bytes);
  CHECK(read->place == record.place);
}

TEST_CASE("backup record: what an earlier version left is a time alone; what is no time is nothing") {
  const auto old = decode_backup_record("2026-11-28T08:00:00Z\n");
  REQUIRE(old.has_value());
  CHECK_FALSE(old->bytes.has_value());
  CHECK(old->place.empty());
  CHECK(decode_backup_record("2028-02-29T23:59:59Z").has_value());
  for (const char* wrong :
       {"", "\n", "yesterday", "2026-11-28", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-28T24:00:00Z",
        "2026-11-28T08:60:00Z", "2026-11-28 08:00:00Z", "-026-11-28T08:00:00Z"}) {
    CAPTURE(wrong);
    CHECK_FALSE(decode_backup_record(wrong).has_value());
  }
  // Lines of a later version are passed over, and a number that is none is not there.
  const auto later = decode_backup_record("2026-11-28T08:00:00Z\nkind full\nbytes 12x\nplace /mnt/a");
  REQUIRE(later.has_value());
  CHECK_FALSE(later->bytes.has_value());
  CHECK(later->place == "/mnt/a");
}

TEST_CASE("backup record: a path with lines in it is left out, and says nothing of its own") {
  const auto read = decode_backup_record(encode_backup_record({UnixMicros{0}, 5, "/a\nbytes 7"}));
  REQUIRE(read.has_value());
  CHECK(read->bytes == std::uint64_t{5});
  CHECK(read->place.empty());
}

TEST_CASE("backup record: it lies in the data folder, the newest only") {
  std::string folder = (std::filesystem::temp_directory_path() / "sealhall_record_XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  CHECK_FALSE(last_backup(folder).has_value());
  REQUIRE(remember_backup(folder, {UnixMicros{1'000'000}, 1, "/first"}));
  REQUIRE(remember_backup(folder, {UnixMicros{2'000'000}, 2, "/second"}));
  const auto last = last_backup(folder);
  REQUIRE(last.has_value());
  CHECK(last->place == "/second");
  CHECK_FALSE(remember_backup(folder + "/nowhere", {}));
  std::filesystem::remove_all(folder);
}
