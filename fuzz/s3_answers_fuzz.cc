// deps: store
// Answers of an S3 server: never a crash, and what a listing names was in the text or is an entity of it.
#include <cstdlib>

#include "store/s3_answers.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  std::size_t told = 0;
  const bool whole = store::read_xml(text, [&](std::string_view path, std::string_view content) {
    if (path.empty() || content.size() > size) std::abort();
    ++told;
  });
  if (whole && told == 0) std::abort();
  if (const auto listing = store::read_listing(text)) {
    if (!whole || listing->objects.size() > told) std::abort();
  }
  if (const auto uploads = store::read_uploads(text)) {
    if (!whole || uploads->size() > told) std::abort();
  }
  if (const auto id = store::read_upload_id(text); id && id->empty()) std::abort();
  static_cast<void>(store::read_error_code(text));
  return 0;
}
