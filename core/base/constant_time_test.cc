#include "core/base/secret.h"

#include <doctest/doctest.h>

#if !defined(__wasm__)
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace sealhall {
namespace {

using Compare = bool (*)(ByteView, ByteView) noexcept;

/// Compares two pages with zeros, of which the byte `at` of the first page differs and the second one cannot be read.
/// True when the comparison has tried to.
bool reads_on(Compare equal, std::size_t at) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* const memory = ::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  const MutableBytes bytes{static_cast<std::uint8_t*>(memory), 2 * page};
  const Bytes zeros(2 * page, 0);
  bytes[at % page] = 1;
  REQUIRE(::mprotect(bytes.data() + page, page, PROT_NONE) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGSEGV, [](int) { ::_exit(7); });
    ::_exit(equal(bytes, zeros) ? 1 : 0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) != 1);  // they are not equal
  ::munmap(memory, 2 * page);
  return WEXITSTATUS(status) == 7;
}

TEST_CASE("secret: a comparison reads on, wherever the first difference stands") {
  for (const std::size_t at : {0U, 1U, 15U, 16U, 2048U, 4095U}) {
    CAPTURE(at);
    CHECK(reads_on(constant_time_equal, at));
  }
  // What this is there to find: a comparison that ends at the first difference.
  CHECK_FALSE(reads_on([](ByteView a, ByteView b) noexcept { return std::ranges::equal(a, b); }, 0));
}

}  // namespace
}  // namespace sealhall
#endif
