#include "server/kms/kit_record.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "io/files/files.h"

namespace sealhall::kms {
namespace {

TEST_CASE("kit record: what was written is read, for nobody else's eyes; whatever else stands there is no record") {
  std::string folder = "/tmp/sealhall_kit_XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  CHECK_FALSE(read_kit_record(folder));
  const KitRecord record{"0123abcd", UnixMicros{1'790'000'000'000'000}};
  REQUIRE(write_kit_record(folder, record));
  CHECK(read_kit_record(folder) == record);
  struct stat info{};
  REQUIRE(::stat(kit_record_path(folder).c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  for (const char* text : {"", "0123abcd\n", "0123abcd 17", "0123abcd x\n", "0123abcd 17x\n", "0123abcd -1\n",
                           "0123abcX 17\n", "0123abcd5 17\n", "0123abcd 99999999999999999999\n"}) {
    INFO(text);
    REQUIRE(io::write_file_atomically(kit_record_path(folder), as_bytes(std::string_view{text}), 0600));
    CHECK_FALSE(read_kit_record(folder));
  }
  CHECK_FALSE(write_kit_record(folder + "/nowhere", record));
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

}  // namespace
}  // namespace sealhall::kms
