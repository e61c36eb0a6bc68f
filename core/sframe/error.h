// What can go wrong in core/sframe.
#pragma once

#include <cstdint>

namespace sealhall::sframe {

enum class SframeError : std::uint8_t {
  malformed,              ///< no valid header, or too short for clear prefix, header and tag
  wrong_key_id,           ///< the header names another key than this one
  unknown_generation,     ///< no living generation has these bits: not yet here, or erased
  unknown_sender,         ///< the roster has nobody with this sender index
  unknown_context,        ///< the KID's context is none of ours
  replayed,               ///< this counter was opened before, or is older than the window
  authentication_failed,  ///< key found, tag wrong
  buffer_too_small,       ///< the output does not hold the result; no counter was used
  prefix_too_long,        ///< clear prefix longer than the frame or than `max_clear_prefix_size`
  counter_exhausted,      ///< all counters of this key are used; it seals nothing more
  no_active_generation,   ///< nothing to seal with yet
  no_sender_index,        ///< sealing before the server has given an index
  generation_known,       ///< this generation is here already; nothing changed
  generation_not_newer,   ///< older than one seen before: it may have been erased and must not come back
  sender_index_reused,    ///< another nonce for an index whose keys are still in use
  bad_sealed_generation,  ///< HPKE does not open it with our key for this meeting, generation and participant
  backend_failed,         ///< the crypto library refused
};

}  // namespace sealhall::sframe
