// Tested in codec_test.cc
// Core has no exceptions: where Boost would throw (out of memory, a bug of ours), the process stops instead.
#include <boost/assert/source_location.hpp>
#include <boost/throw_exception.hpp>
#include <exception>

#include "core/base/check.h"

#ifdef BOOST_NO_EXCEPTIONS
namespace boost {
void throw_exception(const std::exception&) { sealhall::check_failed("boost exception", __FILE__, __LINE__); }
void throw_exception(const std::exception&, const boost::source_location& where) {
  sealhall::check_failed("boost exception", where.file_name(), static_cast<int>(where.line()));
}
}  // namespace boost
#endif
