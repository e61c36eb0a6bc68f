// Tested in registry_test.cc; the document of the whole server is the golden file docs/protocol/openapi.json.
#include "server/api/openapi.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "core/base/ascii.h"
#include "server/api/documentation.h"
#include "server/api/html.h"
#include "server/api/routes.h"

namespace sealhall::api {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }
json::value reference(std::string_view kind, std::string_view name) {
  return {{"$ref", "#/components/" + std::string{kind} + "/" + std::string{name}}};
}

/// Schemas by the name of their struct, each once.
class Schemas {
 public:
  json::value of(const Type& type, const wire::Limit& limit = {}) {
    switch (type.kind) {
      case Kind::boolean:
        return {{"type", "boolean"}};
      case Kind::integer:
        return integer(type, limit);
      case Kind::real:
        return {{"type", "number"}};
      case Kind::text:
        return text(limit);
      case Kind::bytes:
        return {{"type", "string"}, {"contentEncoding", "base64url"}, {"pattern", "^[A-Za-z0-9_-]*$"}};
      case Kind::optional:
        return of(type.element(), limit);
      case Kind::list:
        return {{"type", "array"}, {"items", of(type.element())}};
      case Kind::json:
        return json::object{};
      case Kind::word:
      case Kind::object:
        break;
    }
    return reference("schemas", named(type));
  }
  [[nodiscard]] json::object take() { return std::move(schemas_); }

 private:
  static json::value integer(const Type& type, const wire::Limit& limit) {
    json::object out{{"type", "integer"}};
    const unsigned bits = static_cast<unsigned>(type.size) * 8 - (type.is_signed ? 1 : 0);
    std::uint64_t most = limit.max_value;
    if (bits < 53) most = std::min(most, (std::uint64_t{1} << bits) - 1);
    if (!type.is_signed) out["minimum"] = 0;
    out["maximum"] = most;
    return out;
  }
  static json::value text(const wire::Limit& limit) {
    json::object out{{"type", "string"}};
    if (limit.min_size > 0) out["minLength"] = limit.min_size;
    if (limit.max_size != wire::Limit{}.max_size) out["maxLength"] = limit.max_size;
    return out;
  }

  const std::string& named(const Type& type) {
    const auto [known, is_new] = names_.try_emplace(&type);
    std::string& name = known->second;
    if (!is_new) return name;
    name = type.name;
    for (int n = 2; schemas_.contains(name); ++n) name = std::string{type.name} + std::to_string(n);
    schemas_[name] = nullptr;  // takes its place before what it contains
    json::object out;
    if (type.kind == Kind::word) {
      out["type"] = "string";
      json::array& words = out["enum"].emplace_array();
      for (const Word& word : type.words) words.emplace_back(view(word.name));
    } else {
      out["type"] = "object";
      json::object properties;
      json::array required;
      add_fields(type, properties, required);
      out["properties"] = std::move(properties);
      if (!required.empty()) out["required"] = std::move(required);
    }
    schemas_[name] = std::move(out);
    return name;
  }
  void add_fields(const Type& type, json::object& properties, json::array& required) {
    for (const Field& field : type.fields) {
      const Type& inner = field.type();
      if (inner.is_flat) {
        add_fields(inner, properties, required);
        continue;
      }
      properties[view(field.name)] = of(inner, field.limit);
      if (inner.kind != Kind::optional) required.emplace_back(view(field.name));
    }
  }

  std::map<const Type*, std::string> names_;
  json::object schemas_;
};

void add_parameters(const Type& type, const std::vector<std::string_view>& in_path, Schemas& schemas,
                    json::array& out) {
  for (const Field& field : type.fields) {
    const Type& inner = field.type();
    if (inner.is_flat) {
      add_parameters(inner, in_path, schemas, out);
      continue;
    }
    const bool path = std::ranges::find(in_path, field.name) != in_path.end();
    const bool needed = path || (inner.kind != Kind::optional && inner.kind != Kind::list);
    out.push_back({{"name", view(field.name)},
                   {"in", path ? "path" : "query"},
                   {"required", needed},
                   {"schema", schemas.of(inner, field.limit)}});
  }
}

/// `types` are apart by a space.
json::object content(std::string_view types, const json::value& schema) {
  json::object out;
  while (!types.empty()) {
    const std::size_t end = std::min(types.find(' '), types.size());
    out[view(types.substr(0, end))] = json::object{{"schema", schema}};
    types.remove_prefix(std::min(end + 1, types.size()));
  }
  return out;
}

json::object responses_of(const Registry::Declared& declared, Schemas& schemas) {
  const Endpoint& endpoint = declared.endpoint;
  json::object success{{"description", view(io::status_phrase(endpoint.status))}};
  if (declared.response != nullptr) success["content"] = content("application/json", schemas.of(*declared.response));
  if (declared.is_table()) success["content"].get_object()["text/csv"] = {{"schema", {{"type", "string"}}}};
  if (declared.raw) success["content"] = content(endpoint.produces, {{"type", "string"}});
  json::object part = success;
  json::object out{{std::to_string(endpoint.status), std::move(success)}};
  if (endpoint.ranges) {
    part["description"] = view(io::status_phrase(206));
    out["206"] = std::move(part);
  }
  if (endpoint.also != 0) {
    out[std::to_string(endpoint.also)] = json::object{{"description", view(io::status_phrase(endpoint.also))}};
  }
  out["default"] = reference("responses", error_style_of(endpoint.path) == ErrorStyle::oauth ? "OAuthError" : "Error");
  return out;
}

json::array security_of(const Access& access) {
  if (access.kind() == Access::Kind::anyone) return {};
  json::array out{json::object{{"session", json::array{}}}};
  if (!access.scope().empty()) out.push_back(json::object{{"oauth", json::array{view(access.scope())}}});
  return out;
}

json::object operation_of(const Registry::Declared& declared, Schemas& schemas) {
  const Endpoint& endpoint = declared.endpoint;
  json::object out;
  out["operationId"] = operation_id(endpoint);
  out["tags"] = json::array{view(endpoint.tag)};
  out["summary"] = view(endpoint.summary);
  std::string description = access_sentence(endpoint.access);
  if (!endpoint.description.empty()) description = std::string{endpoint.description} + "\n\n" + description;
  out["description"] = description;
  if (declared.query != nullptr) {
    json::array parameters;
    add_parameters(*declared.query, Routes::names(endpoint.path), schemas, parameters);
    if (!parameters.empty()) out["parameters"] = std::move(parameters);
  }
  if (declared.request != nullptr) {
    json::object body = content("application/json", schemas.of(*declared.request));
    if (endpoint.body == BodyKind::form) {
      body["application/x-www-form-urlencoded"] = {{"schema", schemas.of(*declared.request)}};
    }
    out["requestBody"] = {{"content", std::move(body)}};
  }
  out["responses"] = responses_of(declared, schemas);
  out["security"] = security_of(endpoint.access);
  return out;
}

void indent(const json::value& value, std::size_t depth, std::string& out) {
  const std::string pad(2 * (depth + 1), ' ');
  const auto list = [&](const auto& items, char open, char close, auto&& write_item) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
      out += first ? "\n" + pad : ",\n" + pad;
      first = false;
      write_item(item);
    }
    if (!first) out += "\n" + std::string(2 * depth, ' ');
    out += close;
  };
  const auto is_plain = [](const json::value& v) { return !v.is_object() && !v.is_array(); };
  if (value.is_object() && std::ranges::any_of(value.get_object(), [&](const auto& member) {
        return member.key().size() > 0 && (!is_plain(member.value()) || value.get_object().size() > 3);
      })) {
    list(value.get_object(), '{', '}', [&](const auto& member) {
      out += json::serialize(json::value(member.key())) + ": ";
      indent(member.value(), depth + 1, out);
    });
  } else if (value.is_array() && !std::ranges::all_of(value.get_array(), is_plain)) {
    list(value.get_array(), '[', ']', [&](const json::value& item) { indent(item, depth + 1, out); });
  } else {
    out += json::serialize(value);
  }
}

struct FieldProblem {
  std::string field;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(FieldProblem, (), (field, message))
struct Error {
  std::int32_t code;
  std::string message;
  std::vector<FieldProblem> errors;
};
BOOST_DESCRIBE_STRUCT(Error, (), (code, message, errors))
struct OAuthError {
  std::string reason;
  std::string error;
};
BOOST_DESCRIBE_STRUCT(OAuthError, (), (reason, error))

}  // namespace

std::string openapi_json(std::span<const Registry::Declared> endpoints, std::string_view version) {
  Schemas schemas;
  json::object paths;
  json::object scopes;
  for (const Registry::Declared& declared : endpoints) {
    const Endpoint& endpoint = declared.endpoint;
    if (!endpoint.documented) continue;
    const std::string method = ascii_lower(endpoint.method);
    json::value& path = paths[view(endpoint.path)];
    if (path.is_null()) path.emplace_object();
    path.get_object()[method] = operation_of(declared, schemas);
    const std::string_view scope = endpoint.access.scope();
    if (!scope.empty()) scopes[view(scope)] = "Contained in " + classic_scope(scope);
  }
  json::object responses;
  responses["Error"] = {{"description", "What went wrong, and in which fields"},
                        {"content", content("application/json", schemas.of(type_of<Error>()))}};
  responses["OAuthError"] = {{"description", "What went wrong, RFC 6749 section 5.2"},
                             {"content", content("application/json", schemas.of(type_of<OAuthError>()))}};
  json::object flow{{"authorizationUrl", "/oauth/authorize"}, {"tokenUrl", "/oauth/token"}};
  flow["scopes"] = std::move(scopes);
  json::object document;
  document["openapi"] = "3.1.0";
  document["info"] = {{"title", "Sealhall"},
                      {"version", view(version)},
                      {"description", view(introduction)},
                      {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
  document["servers"] = json::array{json::object{{"url", "/"}}};
  document["paths"] = std::move(paths);
  document["components"] = {{"schemas", schemas.take()},
                            {"responses", std::move(responses)},
                            {"securitySchemes",
                             {{"session", {{"type", "http"}, {"scheme", "bearer"}}},
                              {"oauth", {{"type", "oauth2"}, {"flows", {{"authorizationCode", std::move(flow)}}}}}}}};
  std::string out;
  indent(document, 0, out);
  return out + "\n";
}

void add_documentation_endpoints(Registry& registry, std::string_view version) {
  registry.add({.method = "GET",
                .path = "/openapi.json",
                .tag = "Documentation",
                .summary = "This description",
                .access = Access::anyone(),
                .produces = "application/json",
                .documented = false},
               [&registry, version](Call<>, Answer<Http> answer) {
                 answer(io::HttpResponse::json(200, openapi_json(registry.endpoints(), version)));
               });
  registry.add({.method = "GET",
                .path = "/docs/api",
                .tag = "Documentation",
                .summary = "The same for reading",
                .access = Access::anyone(),
                .documented = false},
               [&registry, version](Call<>, Answer<Http> answer) {
                 answer(html_page({.title = "The Sealhall API", .body = openapi_page(registry.endpoints(), version)}));
               });
}

}  // namespace sealhall::api
