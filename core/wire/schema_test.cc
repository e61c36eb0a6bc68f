#include "core/wire/schema.h"

#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/support/source_dir.h"

namespace json = boost::json;

namespace {

std::string read(const std::string& path) {
  std::string text;
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return text;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, n);
  std::fclose(file);
  return text;
}

/// Compares with the committed file; SEALHALL_WRITE_GOLDEN=1 writes it instead.
void check_golden(const std::string& name, const std::string& text) {
  const std::string path = sealhall::test::source_path("docs/protocol/") + name;
#ifndef __wasm__
  if (std::getenv("SEALHALL_WRITE_GOLDEN") != nullptr) {
    std::FILE* file = std::fopen(path.c_str(), "wb");
    REQUIRE(file != nullptr);
    REQUIRE(std::fwrite(text.data(), 1, text.size(), file) == text.size());
    std::fclose(file);
  }
#endif
  const bool same = read(path) == text;
  CHECK_MESSAGE(same, path, " is not what description.h says; write it with SEALHALL_WRITE_GOLDEN=1 core_wire_test");
}

}  // namespace

TEST_CASE("schema: the committed JSON schema is the one of the declaration, and it is JSON") {
  const std::string text = sealhall::wire::signalling_json_schema();
  json::error_code error;
  const json::value document = json::parse(text, error);
  REQUIRE_FALSE(error);
  const json::object& defs = document.as_object().at("$defs").as_object();
  CHECK(defs.at("Join").at("properties").at("type").at("const") == "join");
  CHECK(defs.at("Join").at("properties").at("hpke_public_key").at("maxLength") == 43);
  CHECK(defs.at("Join").at("properties").at("audio_slots").at("maximum") == 32);
  for (const json::value& name : defs.at("Join").at("required").as_array()) {
    CHECK(name != "token");
  }
  // Every reference leads somewhere.
  for (std::size_t at = text.find("#/$defs/"); at != std::string::npos; at = text.find("#/$defs/", at + 1)) {
    const std::size_t from = at + 8;
    CHECK(defs.contains(text.substr(from, text.find('"', from) - from)));
  }
  check_golden("signalling.schema.json", text);
}

TEST_CASE("schema: the committed TypeScript types are the ones of the declaration") {
  const std::string text = sealhall::wire::signalling_typescript();
  CHECK(text.find("export interface Join {\n  type: \"join\";\n  meeting_id: string;\n  token?: string;\n") !=
        std::string::npos);
  CHECK(text.find("export type SourceKind = \"audio\" | \"camera\" | \"share\" | \"share_audio\";") !=
        std::string::npos);
  check_golden("signalling.d.ts", text);
}
