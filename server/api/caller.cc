#include "server/api/caller.h"

namespace sealhall::api {

bool Caller::may(Permission permission, std::string_view scope) const noexcept {
  switch (kind) {
    case CallerKind::user:
      return permissions.has(permission);
    case CallerKind::application:
      return scopes.reach(scope) == Reach::account && permissions.has(permission);
    case CallerKind::nobody:
    case CallerKind::guest:
      break;
  }
  return false;
}

}  // namespace sealhall::api
