// Who calls: what a bearer token stands for, and who knows that.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/expected.h"
#include "core/base/time.h"
#include "server/api/error.h"
#include "server/api/permission.h"
#include "server/api/scopes.h"

namespace sealhall::api {

template <class T>
using Done = std::move_only_function<void(expected<T, ApiError>)>;

enum class CallerKind : std::uint8_t {
  nobody,       ///< no token; only for endpoints for anyone
  guest,        ///< came by a link; may do what its link says and nothing of an account
  user,         ///< a person with a session
  application,  ///< a program with scopes, for itself or for a person
};

/// Who a session belongs to, as that was when the session was looked up.
struct CallerPerson {
  std::string login;
  std::string name;
  std::string role_id;  ///< "owner", "admin", "member" or the id of a role of the account
  bool admin = false;   ///< owners, too
};

struct Caller {
  CallerKind kind = CallerKind::nobody;
  std::string account_id;  ///< "" for nobody
  std::string user_id;     ///< the person; of an application the one that it acts for ("me"); of a guest its own number
  Permissions permissions;  ///< of the person's role; of an application for itself: all, bounded by its scopes
  std::string client_id;    ///< application: which
  Scopes scopes;            ///< application: what it was granted
  std::string token_hash;   ///< hexadecimal SHA-256 of the token: names the session, for signing out
  /// Signed in, but without the second factor that is asked for: may call what is declared `also_restricted`.
  bool restricted = false;
  /// Of a session; none for all others. Whoever changes what it says calls `CallerCache::forget_user`.
  std::shared_ptr<const CallerPerson> person = {};
  std::string source = {};  ///< where it comes from, for counting attempts: an IPv4 address, or the /64 of an IPv6 one

  [[nodiscard]] bool is_user() const noexcept { return kind == CallerKind::user; }
  /// Who is named in the operations log: the person, or the program, also when that acts for a person.
  [[nodiscard]] const std::string& actor() const noexcept { return client_id.empty() ? user_id : client_id; }
  /// May do `permission` to things of others in the account: a person by its role; an application by `scope` in the
  /// account-wide form (":admin") and, when it acts for a person, that person's role too.
  [[nodiscard]] bool may(Permission permission, std::string_view scope) const noexcept;
};

/// Knows what one family of tokens stands for: sessions (server/identity), OAuth access tokens (server/oauth).
class CallerSource {
 public:
  virtual ~CallerSource() = default;
  /// nullopt: no such token, expired, revoked, or its person is disabled. Asked once; then the answer is kept by
  /// `CallerCache` until `expires_at`, at most for 30 s, or until it is told to forget.
  struct Found {
    Caller caller;
    UnixMicros expires_at{};
  };
  virtual void caller_of(std::string_view token, Done<std::optional<Found>> done) = 0;
};

}  // namespace sealhall::api
