// deps: server_branding
// A picture that somebody sends as a logo: never a crash, and what is accepted is bounded and has nothing after it.
#include <cstdlib>

#include "server/branding/accent.h"
#include "server/branding/logo.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file{data, size};
  const auto header = branding::look_at_logo(file);
  if (header) {
    if (header->width == 0 || header->height == 0) std::abort();
    if (header->width > branding::max_logo_side || header->height > branding::max_logo_side) std::abort();
    if (size > branding::max_logo_bytes) std::abort();
    Bytes longer{file.begin(), file.end()};
    longer.push_back(0);
    if (branding::look_at_logo(longer)) std::abort();
  } else if (branding::sentence_for(header.error()).empty()) {
    std::abort();
  }
  if (const auto colour = branding::colour_of({reinterpret_cast<const char*>(data), size})) {
    if (branding::text_of(*colour).size() != size) std::abort();
  }
  return 0;
}
