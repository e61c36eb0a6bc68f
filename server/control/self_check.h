// What a running server says of itself to whoever set it up: each thing with a verdict, and the facts of which the page
// makes a sentence and what to do. `sealhall doctor` looks at the folder from outside.
#pragma once

#include <functional>
#include <string>

#include "io/net/clock.h"
#include "server/api/registry.h"
#include "server/control/media_pool.h"
#include "server/vault/key_admin.h"
#include "store/store.h"

namespace sealhall::control {

struct SelfTestParts {
  store::Engine& engine;
  const MediaPool& media;
  vault::KeyAdmin& keys;
  const io::WallClock& clock;
  std::function<UnixMicros()> certificate_ends;
  std::string public_url;
  std::string ca_file;  ///< not empty: the certificate is of this authority, which browsers may not know
  std::string data_directory;
  bool sends_mail = false;
};
/// GET /api/self-test. All of `parts` outlives the registry.
void add_self_test(api::Registry& registry, SelfTestParts parts);

}  // namespace sealhall::control
