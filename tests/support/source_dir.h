// Where the repository lies, for tests that read a file of it.
#pragma once

#include <string>
#include <string_view>

namespace sealhall::test {

/// The absolute path of a file or folder of the repository, given from its root: "docs/protocol/openapi.json".
/// Only source_dir.cc is compiled with the root's path. As a macro of every test it made each of their objects one of
/// this clone alone, so that a compiler cache was of no use to the next clone.
std::string source_path(std::string_view below_root);

}  // namespace sealhall::test
