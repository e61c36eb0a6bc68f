// `sealhall export` and `sealhall import`: the way from one database to another.
#include <cstdio>
#include <string>

#include "core/base/encoding.h"
#include "io/net/loop.h"
#include "server/main/command_table.h"
#include "store/open.h"
#include "store/transfer.h"

namespace sealhall::main {
namespace {

int fail(const char* command, const std::string& sentence) {
  std::fprintf(stderr, "sealhall %s: %s\n", command, sentence.c_str());
  return 1;
}

int report(const char* command, const expected<store::TransferReport, std::string>& done) {
  if (!done) return fail(command, done.error());
  for (const store::TransferredTable& table : *done) {
    std::printf("%-28s %10llu rows  %s\n", table.name.c_str(), static_cast<unsigned long long>(table.rows),
                to_hex(ByteView{table.hash}.first(8)).c_str());
  }
  return 0;
}

int usage(const char* text, int argc, char** argv) {
  const bool asked = argc > 1 && (std::string{argv[1]} == "--help" || std::string{argv[1]} == "-h");
  std::fputs(text, asked ? stdout : stderr);
  return asked ? 0 : 2;
}

}  // namespace

int export_main(int argc, char** argv) {
  if (argc != 3 || argv[1][0] == '-') {
    return usage(
        "sealhall export DATABASE FILE\n\nWrites everything of a database to a new file. Of PostgreSQL it is\n"
        "one moment, whoever writes meanwhile; with a SQLite file stop the server first.\n"
        "DATABASE: postgres://.., file:PATH that holds such an address, or a SQLite file\n"
        "          (accounts.sqlite in the data folder). Keys and recordings are not in it: see sealhall backup.\n",
        argc, argv);
  }
  io::Loop loop;
  auto engine = store::open_snapshot(loop, argv[1]);
  if (!engine) return fail("export", engine.error());
  return report("export", store::export_to(loop, **engine, argv[2]));
}

int import_main(int argc, char** argv) {
  if (argc != 3 || argv[1][0] == '-') {
    return usage(
        "sealhall import FILE DATABASE\n\nReads a file of `sealhall export` into a new database and compares counts "
        "and hashes.\nDATABASE: as for export; made when it is a SQLite file and missing.\n",
        argc, argv);
  }
  io::Loop loop;
  auto engine = store::open_engine(loop, argv[2]);
  if (!engine) return fail("import", engine.error());
  return report("import", store::import_from(loop, **engine, argv[1]));
}

}  // namespace sealhall::main
