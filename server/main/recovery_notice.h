// What `sealhall serve` says about the recovery kit when its first start has made the root key.
#pragma once

#include "server/main/serve_options.h"

namespace sealhall::main {

/// Prints the kit itself when a person looks (standard output is a terminal): it is printed this once. Into a log or a
/// pipe only the command that prints it: a root key has no business there.
void tell_recovery_kit(const ServeOptions& options);

}  // namespace sealhall::main
