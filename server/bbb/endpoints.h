// The BigBlueButton-compatible API over HTTP, and the secret by which platforms use it.
#pragma once

#include "server/api/registry.h"
#include "server/bbb/calls.h"

namespace sealhall::bbb {

struct EndpointParts {
  BbbService& service;
  bool sha1 = false;       ///< take SHA-1 checksums too
  std::string public_url;  ///< "https://host:port"
};
/// What `parts` names must outlive the registry's use.
void add_bbb_endpoints(api::Registry& registry, const EndpointParts& parts);

}  // namespace sealhall::bbb
