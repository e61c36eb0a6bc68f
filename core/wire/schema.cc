#include "core/wire/schema.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "core/wire/description.h"

namespace sealhall::wire {
namespace {

template <class Variant>
using Messages = boost::mp11::mp_transform<std::type_identity, Variant>;

std::string in_quotes(std::string_view text) { return "\"" + std::string{text} + "\""; }

/// Collects definitions by name, each once, in the order in which they are first needed.
class Definitions {
 public:
  bool begin(std::string_view name) {
    if (std::ranges::find(known_, name) != known_.end()) return false;
    known_.emplace_back(name);
    return true;
  }
  void add(std::string text) { texts_.push_back(std::move(text)); }
  [[nodiscard]] std::string joined(std::string_view between) const {
    std::string out;
    for (const std::string& text : texts_) {
      if (!out.empty()) out += between;
      out += text;
    }
    return out;
  }

 private:
  std::vector<std::string> known_;
  std::vector<std::string> texts_;
};

template <class E>
std::string words(std::string_view between) {
  std::string out;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (!out.empty()) out += between;
    out += in_quotes(d.name);
  });
  return out;
}

constexpr std::size_t base64url_size(std::size_t bytes) { return (bytes * 4 + 2) / 3; }

std::string bounds(std::string_view what, std::size_t least, std::size_t most) {
  return ", \"min" + std::string{what} + "\": " + std::to_string(least) + ", \"max" + std::string{what} +
         "\": " + std::to_string(most);
}

// ---- JSON schema --------------------------------------------------------------------------------------------------

template <class T>
void define_schema(Definitions& defs, bool is_message);

template <class T>
std::string schema_of(Definitions& defs, const Limit& limit) {
  if constexpr (IsOptional<T>::value) {
    return schema_of<typename T::value_type>(defs, limit);
  } else if constexpr (std::is_same_v<T, bool>) {
    return R"({"type": "boolean"})";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return R"({"type": "string")" + bounds("Length", limit.min_size, limit.max_size) + "}";
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return R"({"type": "string", "contentEncoding": "base64url", "pattern": "^[A-Za-z0-9_-]*$")" +
           bounds("Length", base64url_size(limit.min_size), base64url_size(limit.max_size)) + "}";
  } else if constexpr (DescribedEnum<T>) {
    define_schema<T>(defs, false);
    return R"({"$ref": "#/$defs/)" + std::string{struct_name<T>} + "\"}";
  } else if constexpr (std::is_integral_v<T>) {
    const std::uint64_t most = std::min<std::uint64_t>(std::numeric_limits<T>::max(), limit.max_value);
    return R"({"type": "integer", "minimum": 0, "maximum": )" + std::to_string(most) + "}";
  } else if constexpr (IsList<T>::value) {
    return R"({"type": "array", "items": )" + schema_of<typename T::value_type>(defs, Limit{}) +
           bounds("Items", limit.min_size, limit.max_size) + "}";
  } else {
    define_schema<T>(defs, false);
    return R"({"$ref": "#/$defs/)" + std::string{struct_name<T>} + "\"}";
  }
}

template <class T>
void define_schema(Definitions& defs, bool is_message) {
  if (!defs.begin(struct_name<T>)) return;
  const std::string head = "    " + in_quotes(struct_name<T>) + ": {";
  if constexpr (DescribedEnum<T>) {
    defs.add(head + R"("enum": [)" + words<T>(", ") + "]}");
  } else {
    std::string properties;
    std::string required;
    if (is_message) {
      properties = "        \"type\": {\"const\": " + in_quotes(message_type<T>()) + "}";
      required = "\"type\"";
    }
    for_each_field<T>([&](auto d) {
      using Field = std::remove_cvref_t<decltype(std::declval<T>().*d.pointer)>;
      if (!properties.empty()) properties += ",\n";
      properties += "        " + in_quotes(d.name) + ": " + schema_of<Field>(defs, limit_of<decltype(d)::pointer>);
      if constexpr (!IsOptional<Field>::value) {
        if (!required.empty()) required += ", ";
        required += in_quotes(d.name);
      }
    });
    defs.add(head + "\n      \"type\": \"object\",\n      \"properties\": {\n" + properties +
             "\n      },\n      \"required\": [" + required + "]\n    }");
  }
}

template <class Variant>
void define_schema_union(Definitions& defs, std::string_view name) {
  std::string refs;
  boost::mp11::mp_for_each<Messages<Variant>>([&]<class T>(std::type_identity<T>) {
    define_schema<T>(defs, true);
    if (!refs.empty()) refs += ", ";
    refs += R"({"$ref": "#/$defs/)" + std::string{struct_name<T>} + "\"}";
  });
  defs.add("    " + in_quotes(name) + ": {\"oneOf\": [" + refs + "]}");
}

// ---- TypeScript ---------------------------------------------------------------------------------------------------

template <class T>
void define_typescript(Definitions& defs, bool is_message);

template <class T>
std::string typescript_of(Definitions& defs) {
  if constexpr (IsOptional<T>::value) {
    return typescript_of<typename T::value_type>(defs);
  } else if constexpr (std::is_same_v<T, bool>) {
    return "boolean";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "string";
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return "Base64Url";
  } else if constexpr (std::is_integral_v<T>) {
    return "number";
  } else if constexpr (IsList<T>::value) {
    return typescript_of<typename T::value_type>(defs) + "[]";
  } else {
    define_typescript<T>(defs, false);
    return std::string{struct_name<T>};
  }
}

template <class T>
void define_typescript(Definitions& defs, bool is_message) {
  if (!defs.begin(struct_name<T>)) return;
  if constexpr (DescribedEnum<T>) {
    defs.add("export type " + std::string{struct_name<T>} + " = " + words<T>(" | ") + ";");
  } else {
    std::string body;
    if (is_message) body += "  type: " + in_quotes(message_type<T>()) + ";\n";
    for_each_field<T>([&](auto d) {
      using Field = std::remove_cvref_t<decltype(std::declval<T>().*d.pointer)>;
      body +=
          "  " + std::string{d.name} + (IsOptional<Field>::value ? "?: " : ": ") + typescript_of<Field>(defs) + ";\n";
    });
    defs.add("export interface " + std::string{struct_name<T>} + " {\n" + body + "}");
  }
}

template <class Variant>
void define_typescript_union(Definitions& defs, std::string_view name) {
  std::string names;
  boost::mp11::mp_for_each<Messages<Variant>>([&]<class T>(std::type_identity<T>) {
    define_typescript<T>(defs, true);
    names += (names.empty() ? "" : " | ") + std::string{struct_name<T>};
  });
  defs.add("export type " + std::string{name} + " = " + names + ";");
}

}  // namespace

std::string signalling_json_schema() {
  Definitions defs;
  define_schema_union<ClientMessage>(defs, "ClientMessage");
  define_schema_union<ServerMessage>(defs, "ServerMessage");
  return R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Sealhall signalling: one JSON text frame of the WebSocket /ws",
  "oneOf": [{"$ref": "#/$defs/ClientMessage"}, {"$ref": "#/$defs/ServerMessage"}],
  "$defs": {
)" + defs.joined(",\n") +
         "\n  }\n}\n";
}

std::string signalling_typescript() {
  Definitions defs;
  define_typescript_union<ClientMessage>(defs, "ClientMessage");
  define_typescript_union<ServerMessage>(defs, "ServerMessage");
  return "// Generated from core/wire/description.h by core_wire_test; do not edit.\n\n"
         "/** Bytes as base64url without padding (RFC 4648 section 5). */\nexport type Base64Url = string;\n\n" +
         defs.joined("\n\n") + "\n";
}

}  // namespace sealhall::wire
