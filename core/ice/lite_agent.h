// The server's end of ICE: an ICE-lite agent that answers checks and follows nominations (RFC 8445 section 2.5, RFC
// 7675).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/time.h"
#include "core/ice/address.h"
#include "core/ice/credentials.h"
#include "core/ice/stun.h"

namespace sealhall::ice {

/// The local half of a STUN USERNAME "local:remote" of a Binding request, by which a server finds the transport;
/// nullopt when the attribute is absent or has another form.
std::optional<std::string_view> local_ufrag(const stun::Message& request) noexcept;

/// Sans-IO, one a transport. It never sends a check of its own; it learns paths from authenticated checks
/// (peer-reflexive), sends only where an authenticated check came from, and changes the path only for USE-CANDIDATE.
class LiteAgent {
 public:
  /// Paths remembered at once. Larger lets a peer with many addresses hold more; each costs 48 bytes a transport.
  static constexpr std::size_t max_paths = 8;
  /// RFC 7675 section 5.1: consent expires after 30 s.
  static constexpr Duration consent_timeout = std::chrono::seconds{30};
  /// Bytes that may be sent for each byte received on a path that is not confirmed yet.
  static constexpr std::uint64_t amplification_limit = 3;

  enum class CheckError : std::uint8_t {
    not_for_us,       ///< no Binding request, or no USERNAME or one that does not begin with ours
    unauthenticated,  ///< MESSAGE-INTEGRITY is absent or wrong
    replayed,         ///< this transaction has been seen from another address
    malformed,        ///< authenticated, and an attribute is wrong or not understood (420)
    table_full,       ///< more paths than `max_paths`, all in use
  };
  struct Answer {
    std::size_t size = 0;  ///< bytes written to `reply`; 0: answer nothing
    std::optional<CheckError> error;
    bool new_path = false;           ///< `from` has become a path
    bool selected_changed = false;   ///< media now goes to `from`
    std::optional<Address> evicted;  ///< a path that made room for `from`
  };

  /// `remote` may have an empty password: a lite agent sends no checks. `now` starts the consent timer.
  LiteAgent(Credentials local, Credentials remote, Instant now);
  /// Of a peer that is not known yet: no check is answered until `set_remote`.
  LiteAgent(Credentials local, Instant now);
  void set_remote(Credentials remote) { remote_ = std::move(remote); }
  [[nodiscard]] bool has_remote() const noexcept { return !remote_.ufrag.empty(); }

  /// Handles one parsed Binding request that came from `from` and writes the answer into `reply` (128 bytes suffice).
  /// An answer to what is not authenticated is never longer than the request. A check with our password and another
  /// half of the name behind the colon than the peer's is answered and changes nothing, consent included: the client
  /// asks over a connection of its own, which no path can come of, whether this way works.
  Answer on_check(const stun::Message& request, const Address& from, Instant now, MutableBytes reply) noexcept;

  /// Something authenticated other than a check (SRTP, SRTCP, DTLS) came from `from`: it confirms the path.
  void on_authenticated(const Address& from, Instant now) noexcept;
  /// Counts received and sent bytes of a path for the amplification limit.
  void on_received(const Address& from, std::size_t bytes) noexcept;
  void on_sent(const Address& to, std::size_t bytes) noexcept;
  /// False for addresses without an authenticated check, and while `bytes` more would exceed three times what a path
  /// that is not confirmed has sent. Paths checked before anything else was authentic count as confirmed by their
  /// check: nothing flows yet that could be redirected.
  [[nodiscard]] bool may_send(const Address& to, std::size_t bytes) const noexcept;

  /// True when `from` has passed a check and not been forgotten since.
  [[nodiscard]] bool knows(const Address& from) const noexcept { return find(from) != nullptr; }
  /// When something authentic last came from this path; nullopt when it is none.
  [[nodiscard]] std::optional<Instant> last_seen(const Address& path) const noexcept;
  /// Where media goes; nullopt before the first nomination.
  [[nodiscard]] std::optional<Address> selected() const noexcept;
  /// Where to send now: the selected path, or before a nomination the latest checked one.
  [[nodiscard]] std::optional<Address> send_to() const noexcept;
  /// Calls `f(address)` for each path.
  template <typename F>
  void each_path(F&& f) const {
    for (const Path& path : paths_)
      if (path.used) f(path.address);
  }
  /// Forgets a path, e.g. of a relay connection that closed.
  void forget(const Address& path) noexcept;

  [[nodiscard]] Instant consent_until() const noexcept { return last_check_ + consent_timeout; }
  [[nodiscard]] bool consent_expired(Instant now) const noexcept { return now >= consent_until(); }
  [[nodiscard]] const Credentials& local() const noexcept { return local_; }

 private:
  struct Path {
    Address address;
    bool used = false;
    bool confirmed = false;
    Instant last_seen{};
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
  };
  struct Seen {
    std::uint64_t transaction = 0;
    std::uint64_t address = 0;
  };

  [[nodiscard]] const Path* find(const Address& address) const noexcept;
  [[nodiscard]] Path* find(const Address& address) noexcept;
  Path* add_path(const Address& address, Instant now, Answer& answer) noexcept;
  template <std::size_t places>
  struct Memory {  // of recent transactions
    std::array<Seen, places> seen{};
    std::size_t next = 0;
    /// Seen from another address; what is new is remembered.
    [[nodiscard]] bool replayed(const stun::Message& request, const Address& from) noexcept;
  };
  std::size_t refuse(const stun::Message& request, int code, MutableBytes reply) const noexcept;

  Credentials local_;
  Credentials remote_;
  Instant last_check_{};
  bool established_ = false;
  std::array<Path, max_paths> paths_{};
  std::optional<Address> selected_;
  std::optional<Address> latest_;
  Memory<64> checks_;     // so that a captured check cannot move media to a victim
  Memory<16> questions_;  // under another name; apart, so that they do not push checks out
};

}  // namespace sealhall::ice
