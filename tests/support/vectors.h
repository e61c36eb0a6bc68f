// Where the public test vectors are, for tests of any kind (no exceptions, no <filesystem>, so that core tests may use
// it).
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "tests/support/source_dir.h"

namespace sealhall::test {

/// The path of a vector file such as "sframe/sframe-rfc9605.json": below the folder that SEALHALL_VECTORS names, or
/// beside the repository in ../shared/vectors. nullopt when it is not there, after printing "SKIPPED vectors: <why>".
inline std::optional<std::string> vectors_path(std::string_view file) {
  std::string folder;
  if (const char* named = std::getenv("SEALHALL_VECTORS"); named != nullptr && *named != '\0') folder = named;
  if (folder.empty()) folder = source_path("../shared/vectors");
  const std::string path = folder + "/" + std::string{file};
  if (std::FILE* opened = std::fopen(path.c_str(), "rb"); opened != nullptr) {
    std::fclose(opened);
    return path;
  }
  std::printf("SKIPPED vectors: %s is not there; set SEALHALL_VECTORS to the folder that has it\n", path.c_str());
  return std::nullopt;
}

/// The whole text of a vector file; nullopt as `vectors_path`.
inline std::optional<std::string> read_vectors(std::string_view file) {
  const auto path = vectors_path(file);
  if (!path) return std::nullopt;
  std::FILE* opened = std::fopen(path->c_str(), "rb");
  if (opened == nullptr) return std::nullopt;
  std::string text;
  char part[65536];
  for (std::size_t n = 0; (n = std::fread(part, 1, sizeof part, opened)) > 0;) text.append(part, n);
  std::fclose(opened);
  return text;
}

}  // namespace sealhall::test
