#include "tests/support/source_dir.h"

namespace sealhall::test {

std::string source_path(std::string_view below_root) { return std::string{SEALHALL_SOURCE_DIR "/"}.append(below_root); }

}  // namespace sealhall::test
