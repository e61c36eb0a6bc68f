// The entry point that every unit test program shares.
#if defined(__wasi__)
// Debian's libc++ for WASI has no file streams, and doctest names one for its option --out, which no test uses there.
#include <istream>
_LIBCPP_BEGIN_NAMESPACE_STD
template <class Char, class Traits>
class basic_fstream : public basic_iostream<Char, Traits> {
 public:
  basic_fstream() : basic_iostream<Char, Traits>(nullptr) {}
  void open(const char*, ios_base::openmode) {}
  [[nodiscard]] bool is_open() const { return false; }
  void close() {}
};
_LIBCPP_END_NAMESPACE_STD
#endif
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
