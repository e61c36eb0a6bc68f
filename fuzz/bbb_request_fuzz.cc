// deps: server_bbb
// Queries of the BigBlueButton-compatible API: what is cut, decoded and checked never crashes, and nothing is accepted
// whose checksum is not right.
#include <cstdlib>

#include "server/bbb/request.h"
#include "server/bbb/xml.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto parameters = bbb::parse_parameters(text)) {
    for (const auto& [name, value] : *parameters) {
      for (const char c : bbb::xml_text(value)) {
        if (c == '<' || c == '>' || (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n')) std::abort();
      }
      if (bbb::is_element_name(name) && name.find_first_of("<>& /") != std::string::npos) std::abort();
      static_cast<void>(parameters->number(name, 100));
    }
  }
  if (const auto cut = bbb::cut_checksum(text)) {
    if (cut->text.size() + cut->checksum.size() > size) std::abort();
  }
  // Nobody finds the checksum of a secret that they do not have.
  if (bbb::verified("create", text, text, "a secret that is not in the corpus", true)) std::abort();
  return 0;
}
