// What this server calls itself and how its pages look: kept in the store, given to everybody, changed by whoever may
// change the account's settings.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "server/api/registry.h"
#include "store/branding.h"

namespace sealhall::branding {

class Branding {
 public:
  struct Parts {
    store::Engine& engine;
    std::string account_id;  ///< whose name and looks the pages have before anybody has signed in
    /// Writes down who changed what: "name", "colour" or "logo".
    std::function<void(const api::Caller& caller, std::string what)> log;
  };
  /// Reads the name at once, for `organisation`.
  explicit Branding(Parts parts);

  /// GET, PATCH /api/branding and PUT, DELETE /api/branding/logo, GET /api/branding/logo/{logo_id}. This outlives the
  /// registry.
  void add_endpoints(api::Registry& registry);

  /// For mails: as it was when it was last read or changed. "" when nobody has chosen one.
  [[nodiscard]] const std::string& organisation() const noexcept { return *organisation_; }

 private:
  void add_name_and_colour(api::Registry& registry);
  void add_logo(api::Registry& registry);
  [[nodiscard]] bool is_ours(const api::Caller& caller) const { return caller.account_id == parts_.account_id; }

  Parts parts_;
  store::Brandings rows_;
  std::shared_ptr<std::string> organisation_ = std::make_shared<std::string>();  ///< shared with the first reading
};

}  // namespace sealhall::branding
