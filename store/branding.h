// How an account's pages look: its organisation's name, accent colour and logo. All of it is for anybody to see, so
// nothing is sealed.
#pragma once

#include <optional>
#include <string>

#include "store/engine.h"

namespace sealhall::store {

/// Texts are "" where nothing was chosen.
struct Branding {
  std::string organisation{};
  std::string accent{};   ///< "#1757b5"
  std::string logo_id{};  ///< names the picture's content
};
struct Logo {
  std::string type;  ///< "image/png"
  Bytes content;
};

class Brandings {
 public:
  /// The engine must outlive this.
  explicit Brandings(Engine& engine) noexcept : engine_(engine) {}

  /// Of an account that has chosen nothing: all empty.
  void of(std::string account_id, Done<Branding> done);
  /// What is absent stays. Error: not_found (the account).
  void change(std::string account_id, std::optional<std::string> organisation, std::optional<std::string> accent,
              Done<void> done);
  /// Instead of the one before. Error: not_found (the account).
  void put_logo(std::string account_id, std::string logo_id, Logo logo, Done<void> done);
  void remove_logo(std::string account_id, Done<void> done);
  /// nullopt when the account has another one by now, or none.
  void logo(std::string account_id, std::string logo_id, Done<std::optional<Logo>> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
