// What a sealed thing is and where it belongs, as associated data: docs/protocol/at-rest.md section 2.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/envelope/error.h"

namespace sealhall::envelope {

/// Never stored: whoever opens says it again from what it already knows (the account of the caller, the id of the row,
/// the name of the column). So a sealed value that was copied to another row, column or account does not open there.
struct Context {
  std::string account_id;  ///< whose it is
  std::string kind;        ///< "chat", "meeting", "recording", ..
  std::string object_id;   ///< the message, the meeting, the file
  std::string field;       ///< "topic", "text", ..; may be empty when an object has one content only

  bool operator==(const Context&) const = default;
};

/// Bytes of one part of a context.
inline constexpr std::size_t max_context_part = 1024;

/// The one encoding of a context: every part behind its length, so no two contexts have the same bytes.
/// Error: bad_context.
expected<Bytes, EnvelopeError> encode_context(const Context& context);

}  // namespace sealhall::envelope
