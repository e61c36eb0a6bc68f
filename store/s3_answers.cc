#include "store/s3_answers.h"

#include <charconv>
#include <utility>

namespace sealhall::store {
namespace {

constexpr std::size_t deepest = 32;

/// The five named entities and numbers of ASCII characters; what else there may be no name of ours has.
bool decode(std::string_view raw, std::string& out) {
  while (!raw.empty()) {
    const std::size_t at = raw.find('&');
    out += raw.substr(0, at);
    if (at == std::string_view::npos) return true;
    raw.remove_prefix(at + 1);
    const std::size_t end = raw.find(';');
    if (end == std::string_view::npos || end > 8) return false;
    const std::string_view name = raw.substr(0, end);
    raw.remove_prefix(end + 1);
    if (name == "amp") {
      out += '&';
    } else if (name == "lt") {
      out += '<';
    } else if (name == "gt") {
      out += '>';
    } else if (name == "quot") {
      out += '"';
    } else if (name == "apos") {
      out += '\'';
    } else if (name.starts_with('#')) {
      const bool hex = name.starts_with("#x");
      const std::string_view digits = name.substr(hex ? 2 : 1);
      unsigned value = 0;
      const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
      if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) return false;
      out += value < 0x80 ? static_cast<char>(value) : '?';
    } else {
      return false;
    }
  }
  return true;
}

std::string_view name_in(std::string_view tag) { return tag.substr(0, tag.find_first_of(" \t\r\n/")); }

/// Where the tag that begins at `text` ends: a '>' outside of quotes.
std::size_t end_of_tag(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == quote) quote = 0;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '>') {
      return i;
    }
  }
  return std::string_view::npos;
}

bool skip_to(std::string_view& xml, std::string_view end) {
  const std::size_t at = xml.find(end);
  if (at == std::string_view::npos) return false;
  xml.remove_prefix(at + end.size());
  return true;
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

bool read_xml(std::string_view xml, const std::function<void(std::string_view, std::string_view)>& on_element) {
  std::string path;
  std::vector<std::size_t> open;  // how long the path was before each open element
  std::vector<std::string> texts;
  const auto close = [&] {
    on_element(path, texts.back());
    path.resize(open.back());
    open.pop_back();
    texts.pop_back();
  };
  bool any = false;
  while (!xml.empty()) {
    const std::size_t at = xml.find('<');
    if (!texts.empty() && !decode(xml.substr(0, at), texts.back())) return false;
    if (at == std::string_view::npos) break;
    xml.remove_prefix(at + 1);
    if (xml.starts_with('?')) {
      if (!skip_to(xml, "?>")) return false;
    } else if (xml.starts_with("!--")) {
      if (!skip_to(xml, "-->")) return false;
    } else if (xml.starts_with('!')) {
      return false;
    } else {
      const std::size_t end = end_of_tag(xml);
      if (end == std::string_view::npos) return false;
      std::string_view tag = xml.substr(0, end);
      xml.remove_prefix(end + 1);
      if (tag.starts_with('/')) {
        tag.remove_prefix(1);
        const std::string_view name = name_in(tag);
        if (open.empty() || path.substr(open.back() + (open.back() == 0 ? 0 : 1)) != name) return false;
        close();
        continue;
      }
      const std::string_view name = name_in(tag);
      if (name.empty() || open.size() >= deepest) return false;
      open.push_back(path.size());
      if (!path.empty()) path += '/';
      path += name;
      texts.emplace_back();
      any = true;
      if (tag.ends_with('/')) close();
    }
  }
  return any && open.empty();
}

std::optional<S3Listing> read_listing(std::string_view xml) {
  S3Listing out;
  BlobInfo object;
  bool is_listing = false;
  const bool whole = read_xml(xml, [&](std::string_view path, std::string_view text) {
    if (path == "ListBucketResult") is_listing = true;
    if (path == "ListBucketResult/IsTruncated") out.truncated = text == "true";
    if (path == "ListBucketResult/Contents/Key") object.name = text;
    if (path == "ListBucketResult/Contents/Size") object.size = number(text);
    if (path == "ListBucketResult/Contents") out.objects.push_back(std::exchange(object, {}));
  });
  if (!whole || !is_listing) return std::nullopt;
  return out;
}

std::optional<std::vector<S3Upload>> read_uploads(std::string_view xml) {
  std::vector<S3Upload> out;
  S3Upload upload;
  bool is_listing = false;
  const bool whole = read_xml(xml, [&](std::string_view path, std::string_view text) {
    if (path == "ListMultipartUploadsResult") is_listing = true;
    if (path == "ListMultipartUploadsResult/Upload/Key") upload.key = text;
    if (path == "ListMultipartUploadsResult/Upload/UploadId") upload.id = text;
    if (path == "ListMultipartUploadsResult/Upload/Initiated") upload.initiated = text;
    if (path == "ListMultipartUploadsResult/Upload") out.push_back(std::exchange(upload, {}));
  });
  if (!whole || !is_listing) return std::nullopt;
  return out;
}

std::optional<std::string> read_upload_id(std::string_view xml) {
  std::string id;
  const bool whole = read_xml(xml, [&](std::string_view path, std::string_view text) {
    if (path == "InitiateMultipartUploadResult/UploadId") id = text;
  });
  if (!whole || id.empty()) return std::nullopt;
  return id;
}

std::string read_error_code(std::string_view xml) {
  std::string code;
  read_xml(xml, [&](std::string_view path, std::string_view text) {
    if (path == "Error/Code") code = text;
  });
  return code;
}

}  // namespace sealhall::store
