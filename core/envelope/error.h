// What can be wrong with something that was sealed for storage.
#pragma once

#include <cstdint>

namespace sealhall::envelope {

/// For logs and tests. Whoever asked for the content is told one thing only: it cannot be opened.
enum class EnvelopeError : std::uint8_t {
  malformed,        ///< too short, not our format, a reserved byte is not zero, or a field does not fit another
  unknown_version,  ///< a format or suite of a later version
  bad_context,      ///< a part of the context is longer than 1024 bytes, or account or kind are empty
  wrong_key,        ///< the commitment names another key, or another context or header than the one given
  not_authentic,    ///< changed, cut, moved, or sealed with another context
  incomplete,       ///< a container without an end: its writer was stopped, or it was cut
  out_of_range,     ///< a segment or a range behind the end
  too_large,        ///< over the limit of the format
};

}  // namespace sealhall::envelope
