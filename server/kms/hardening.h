// What the process gives up before it holds a secret.
#pragma once

namespace sealhall::kms {

/// No core dumps and no debugger (PR_SET_DUMPABLE), no new privileges, and an end with the parent process. False when
/// the parent is gone already or the kernel refuses. Locking memory is SecretPool's part: locking all of it would let a
/// low limit turn a full heap into a crash.
[[nodiscard]] bool harden_process() noexcept;

}  // namespace sealhall::kms
