#include "server/oauth/basic.h"

#include "core/base/ascii.h"
#include "core/base/encoding.h"
#include "io/http/message.h"

namespace sealhall::oauth {

std::optional<BasicProof> read_basic(std::string_view header) {
  constexpr std::string_view scheme = "basic ";
  if (header.size() <= scheme.size()) return std::nullopt;
  if (ascii_lower(header.substr(0, scheme.size())) != scheme) return std::nullopt;
  const auto pair = from_base64(header.substr(scheme.size()));
  if (!pair) return std::nullopt;
  const std::string_view text = as_text(*pair);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return BasicProof{io::percent_decode(text.substr(0, colon)).value_or(""),
                    io::percent_decode(text.substr(colon + 1)).value_or("")};
}

}  // namespace sealhall::oauth
