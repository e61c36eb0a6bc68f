// Where the operator's commands for keys arrive: one peer each, answered by vault::KeyAdmin, gone when it hangs up.
#pragma once

#include <memory>
#include <set>

#include "server/control/peer.h"
#include "server/vault/key_admin.h"

namespace sealhall::control {

class KeysDesk {
 public:
  /// `admin` outlives it.
  explicit KeysDesk(vault::KeyAdmin& admin) : admin_(admin) {}

  void accept(std::shared_ptr<Peer> peer);

 private:
  vault::KeyAdmin& admin_;
  std::set<std::shared_ptr<Peer>> peers_;
};

}  // namespace sealhall::control
