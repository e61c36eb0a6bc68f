// What the commands `sealhall keys` and `sealhall audit` say to a running control over control.sock, and its answers.
// Whoever may open that socket (mode 0600) is the operator.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"

namespace sealhall::wire::keys {

// ---- command to control -------------------------------------------------------------------------------------------

/// First message, so that control knows who has come.
struct Hello {
  std::uint32_t pid = 0;
};
/// Answered by `Report`.
struct List {};
/// A new version of the account's keys ("": of every account's), or of the root key alone. Then every data key is
/// wrapped again in the background; with `retire` the old versions are destroyed when nothing is under them any more,
/// and with them what was shredded. Answered by `Done` when the new version is in use.
struct Rotate {
  std::string account_id;
  bool root = false;
  bool retire = false;
};
/// Destroys a version (0: all) of an account key. Refused while content needs it, unless `with_content`.
struct Destroy {
  Bytes key_id;
  std::uint32_t version = 0;
  bool with_content = false;
};
/// Answered by `Position`.
struct ReadAudit {};

// ---- control to command -------------------------------------------------------------------------------------------

struct Version {
  std::uint32_t version = 0;
  std::uint64_t created_at = 0;  ///< UnixMicros
  bool destroyed = false;
  std::uint64_t data_keys = 0;  ///< that are under it
};
struct AccountKey {
  Bytes key_id;
  std::string account_id;
  std::string period;
  std::vector<Version> versions;
};
struct Report {
  std::string root;
  std::vector<AccountKey> keys;
  std::uint64_t shredded = 0;
  bool rewrapping = false;
  std::uint64_t rewrapped = 0;  ///< in this run
  std::uint64_t to_rewrap = 0;
};
struct Done {};
struct Position {
  std::uint64_t entries = 0;
  Bytes chain;
};
/// A sentence for the operator.
struct Problem {
  std::string sentence;
};

using CommandMessage = std::variant<Hello, List, Rotate, Destroy, ReadAudit>;
using ControlAnswer = std::variant<Report, Done, Position, Problem>;

}  // namespace sealhall::wire::keys
