// Tested in registry_test.cc
#include "server/api/documentation.h"

#include <algorithm>
#include <map>

#include "server/api/openapi.h"
#include "server/api/routes.h"
#include "server/api/text.h"

namespace sealhall::api {
namespace {

std::string word_of(Permission permission) {
  for (const Word& word : type_of<Permission>().words) {
    if (word.value == static_cast<std::int64_t>(permission)) return std::string{word.name};
  }
  return {};
}

std::string kind_in_words(const Type& type) {
  switch (type.kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return "whole number";
    case Kind::real:
      return "number";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "base64url";
    case Kind::json:
      return "any value";
    case Kind::optional:
      return kind_in_words(type.element());
    case Kind::list:
      return "list of " + kind_in_words(type.element());
    case Kind::object:
      return std::string{type.name};
    case Kind::word: {
      std::string out;
      for (const Word& word : type.words) out += (out.empty() ? "" : ", ") + std::string{word.name};
      return out;
    }
  }
  return {};
}

const Type& innermost(const Type& type) {
  return type.kind == Kind::optional || type.kind == Kind::list ? innermost(type.element()) : type;
}

void add_rows(const Type& type, const std::string& before, int depth, std::string& out) {
  for (const Field& field : type.fields) {
    const Type& inner = field.type();
    if (inner.is_flat) {
      add_rows(inner, before, depth, out);
      continue;
    }
    const std::string name = before + std::string{field.name};
    out += "<tr><td><code>" + html_escape(name) + "</code></td><td>" + html_escape(kind_in_words(inner)) + "</td><td>" +
           (inner.kind == Kind::optional ? "" : "needed") + "</td></tr>\n";
    const Type& core = innermost(inner);
    if (core.kind == Kind::object && depth < 3) add_rows(core, name + ".", depth + 1, out);
  }
}

std::string table_of(std::string_view title, const Type* type) {
  if (type == nullptr) return {};
  std::string rows;
  add_rows(*type, "", 0, rows);
  if (rows.empty()) return {};
  return "<h3>" + std::string{title} + "</h3><table>" + rows + "</table>\n";
}

std::string section_of(const Registry::Declared& declared) {
  const Endpoint& endpoint = declared.endpoint;
  std::string out = "<details id=\"" + operation_id(endpoint) + "\"><summary><code>" + std::string{endpoint.method} +
                    " " + html_escape(endpoint.path) + "</code> " + html_escape(endpoint.summary) + "</summary>\n";
  if (!endpoint.description.empty()) out += "<p>" + html_escape(endpoint.description) + "</p>";
  out += "<p>" + html_escape(access_sentence(endpoint.access)) + "</p>";
  out += table_of("Path and query", declared.query) + table_of("Body", declared.request);
  const std::string status = std::to_string(endpoint.status);
  const std::string answer = table_of("Answer " + status, declared.response);
  return out + (answer.empty() ? "<p>Answer: " + status + "</p>" : answer) + "</details>\n";
}

}  // namespace

std::string operation_id(const Endpoint& endpoint) {
  std::string out;
  for (const char c : std::string{endpoint.method} + std::string{endpoint.path}) {
    if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c + 32);
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      out += c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
  }
  while (out.ends_with('_')) out.pop_back();
  return out;
}

std::string access_sentence(const Access& access) {
  std::string out;
  switch (access.kind()) {
    case Access::Kind::anyone:
      return "For anyone.";
    case Access::Kind::guest:
      out = "For whoever has a token, guests too.";
      break;
    case Access::Kind::signed_in:
      out = "For everybody who is signed in.";
      break;
    case Access::Kind::permission:
      out = "Needs the permission " + word_of(access.needed()) + ".";
      break;
    case Access::Kind::owner:
      out = std::string{"For whom it belongs to"} + (access.for_assistants() ? " and their assistants" : "") +
            "; for others needs the permission " + word_of(access.needed()) + ".";
      break;
  }
  if (access.scope().empty()) return out + " Not for applications.";
  const std::string scope{access.scope()};
  const std::string wide = access.kind() == Access::Kind::permission ? ":admin" : "";
  return out + " Applications: " + scope + wide + " or " + classic_scope(scope) + wide + ".";
}

std::string openapi_page(std::span<const Registry::Declared> endpoints, std::string_view version) {
  std::vector<std::string_view> tags;
  std::map<std::string_view, std::string> chapters;
  for (const Registry::Declared& declared : endpoints) {
    const Endpoint& endpoint = declared.endpoint;
    if (!endpoint.documented) continue;
    if (!chapters.contains(endpoint.tag)) tags.push_back(endpoint.tag);
    chapters[endpoint.tag] += section_of(declared);
  }
  std::string out = "<p>Version " + html_escape(version) +
                    ". For programs: <a href=\"/openapi.json\">/openapi.json</a> (OpenAPI 3.1).</p><p>" +
                    html_escape(introduction) + "</p>\n";
  for (const std::string_view tag : tags) out += "<h2>" + html_escape(tag) + "</h2>\n" + chapters[tag];
  return out;
}

}  // namespace sealhall::api
