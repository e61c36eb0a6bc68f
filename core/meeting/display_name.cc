#include "core/meeting/display_name.h"

#include "core/meeting/text.h"

namespace sealhall::meeting {
std::string display_name(std::string_view text) {
  std::string out;
  std::size_t characters = 0;
  bool space_before = false;
  while (!text.empty() && characters < max_name_characters) {
    const auto [c, size] = front_code_point(text);
    const std::string_view bytes = text.substr(0, size);
    text.remove_prefix(size);
    if (is_space(c)) {
      space_before = !out.empty();
      continue;
    }
    if (is_dropped(c)) continue;
    if (space_before) {
      if (characters + 2 > max_name_characters) break;
      out += ' ';
      ++characters;
      space_before = false;
    }
    out += bytes;
    ++characters;
  }
  return out;
}

}  // namespace sealhall::meeting
