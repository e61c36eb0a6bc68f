#include "client/admin/chat_words.h"

#include "client/admin/rest_session.h"

namespace sealhall::admin {

std::string chat_line(const boost::json::object& message) {
  std::string line = text_of(message, "sent_at") + "  " + text_of(message, "name") + ":";
  if (const std::string text = text_of(message, "text"); !text.empty()) {
    line += ' ';
    for (const char c : text) {
      line += c;
      if (c == '\n') line += "    ";
    }
  }
  if (const auto* files = message.if_contains("files"); files != nullptr && files->is_array()) {
    for (const auto& file : files->as_array()) line += " [" + text_of(file) + "]";
  }
  return line;
}

}  // namespace sealhall::admin
