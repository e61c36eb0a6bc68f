#include "server/bbb/xml.h"

#include <algorithm>

namespace sealhall::bbb {

Xml Xml::success() {
  Xml xml;
  xml.open("response").element("returncode", "SUCCESS");
  return xml;
}

std::string Xml::failed(std::string_view message_key, std::string_view message) {
  Xml xml;
  xml.open("response").element("returncode", "FAILED").message(message_key, message);
  return xml.finish();
}

Xml& Xml::open(std::string_view name) {
  out_.append("<").append(name).append(">");
  open_.emplace_back(name);
  return *this;
}

Xml& Xml::close() {
  out_.append("</").append(open_.back()).append(">");
  open_.pop_back();
  return *this;
}

Xml& Xml::element(std::string_view name, std::string_view text) {
  out_.append("<").append(name).append(">").append(xml_text(text)).append("</").append(name).append(">");
  return *this;
}

std::string Xml::finish() {
  while (!open_.empty()) close();
  return std::move(out_);
}

bool is_element_name(std::string_view name) noexcept {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto more = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; };
  return !name.empty() && name.size() <= 64 && letter(name.front()) && std::ranges::all_of(name, more);
}

std::string xml_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\r':
        out += "&#13;";  // a parser would turn it into a line feed
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') break;
        // U+FFFE and U+FFFF.
        if (text.substr(i).starts_with("\xEF\xBF\xBE") || text.substr(i).starts_with("\xEF\xBF\xBF")) {
          i += 2;
          break;
        }
        out += c;
    }
  }
  return out;
}

}  // namespace sealhall::bbb
