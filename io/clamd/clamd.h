// A client of ClamAV's daemon: is this content harmful? The commands zINSTREAM and zPING of clamd(8).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"

namespace sealhall::io {

enum class ClamdVerdict : std::uint8_t {
  harmless,
  harmful,     ///< the daemon has named something that it knows
  no_verdict,  ///< it is not there, too slow, has said something else (also: larger than its StreamMaxLength)
};

/// What an answer to zINSTREAM means, without its closing zero byte. Anything but one plain verdict is none.
ClamdVerdict read_clamd_answer(std::string_view answer) noexcept;

struct ClamdTimes {
  Duration connect = std::chrono::seconds{5};
  Duration step = std::chrono::seconds{30};    ///< a piece is taken within
  Duration verdict = std::chrono::minutes{2};  ///< comes within, after the last piece
};

struct ClamdResult {
  ClamdVerdict verdict = ClamdVerdict::no_verdict;
  std::string reason;  ///< without a verdict: a sentence for the log; never content
};

/// The content from an offset on, in pieces of any size; empty at its end, nullopt when it cannot be read.
using ClamdContent = std::function<std::optional<Bytes>(std::uint64_t offset)>;

/// `address` is the path of a Unix socket ("/run/clamav/clamd.ctl") or a numeric address and port ("127.0.0.1:3310").
/// Blocks, but not long after `stopped` gives true. In memory is one piece of the content and at most 4 KiB of the
/// answer.
ClamdResult scan_with_clamd(const std::string& address, const ClamdContent& content, const ClamdTimes& times = {},
                            const std::function<bool()>& stopped = {});

/// Whether a daemon answers there; otherwise a sentence that says why not.
expected<void, std::string> ping_clamd(const std::string& address, const ClamdTimes& times = {});

/// Whether `address` is written as one.
bool is_clamd_address(std::string_view address);

}  // namespace sealhall::io
