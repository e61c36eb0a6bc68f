// deps: store
// The file of `sealhall export`: whatever is read is written back to the same bytes.
#include "core/base/check.h"
#include "store/export_file.h"

using namespace sealhall;
using namespace sealhall::store;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ExportReader reader{{data, size}};
  Bytes written;
  write_export_start(written);
  for (;;) {
    auto record = reader.next();
    if (!record) return 0;
    write_record(written, *record);
    SEALHALL_CHECK(written.size() <= size && equal(written, {data, written.size()}));
    if (std::holds_alternative<ExportEnd>(*record)) return 0;
  }
}
