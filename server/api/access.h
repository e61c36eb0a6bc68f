// Who may call an endpoint. An `Endpoint` without one does not compile; whoever is not allowed by name is refused.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/api/permission.h"

namespace sealhall::api {

/// `scope` everywhere is the granular scope by which API applications get in too ("user:read:list_users"; see
/// scopes.h);
/// "" keeps applications out.
class Access {
 public:
  enum class Kind : std::uint8_t { anyone, guest, signed_in, permission, owner };

  /// Also without a token. A token that comes along is looked at, and one that is wrong is as none.
  static consteval Access anyone() { return {Kind::anyone, {}, {}, {}}; }
  /// Whoever has a valid token, guests too; the handler checks what the guest may see.
  static consteval Access guest() { return {Kind::guest, {}, {}, {}}; }
  /// Every person with an account, about their own things or what the whole account sees.
  static consteval Access signed_in(std::string_view scope = {}) { return {Kind::signed_in, {}, scope, {}}; }
  /// Persons whose role allows it; applications with the scope's ":admin" form.
  static consteval Access permission(Permission permission, std::string_view scope = {}) {
    return {Kind::permission, permission, scope, {}};
  }
  /// `parameter` ("meeting_id") is looked up by the resolver of that name (`Registry::resolve`) and must belong to the
  /// caller, or to the same account and `others` is allowed. To everybody else it does not exist: 404. The handler
  /// finds it in `call.subject`.
  static consteval Access owner(std::string_view parameter, Permission others, std::string_view scope = {}) {
    return {Kind::owner, others, scope, parameter};
  }

  /// Also for a session that lacks the second factor that is asked for: what it takes to set one up.
  [[nodiscard]] consteval Access also_restricted() const {
    Access out = *this;
    out.restricted_ = true;
    return out;
  }

  /// With `owner`: also whoever may schedule for the owner (`Subject::assistants`).
  [[nodiscard]] consteval Access also_assistants() const {
    Access out = *this;
    out.assistants_ = true;
    return out;
  }

  [[nodiscard]] constexpr bool for_assistants() const noexcept { return assistants_; }
  [[nodiscard]] constexpr bool for_restricted() const noexcept { return restricted_; }
  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
  [[nodiscard]] constexpr Permission needed() const noexcept { return permission_; }
  [[nodiscard]] constexpr std::string_view scope() const noexcept { return scope_; }
  [[nodiscard]] constexpr std::string_view parameter() const noexcept { return parameter_; }

 private:
  consteval Access(Kind kind, Permission permission, std::string_view scope, std::string_view parameter)
      : kind_(kind), permission_(permission), scope_(scope), parameter_(parameter) {}
  Kind kind_;
  Permission permission_;
  std::string_view scope_;
  std::string_view parameter_;
  bool restricted_ = false;
  bool assistants_ = false;
};

}  // namespace sealhall::api
