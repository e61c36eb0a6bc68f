// The vault: seals what people say, name and write before it reaches the store, and opens it again. Every member of the
// server that stores personal or meeting content goes through it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/envelope/context.h"
#include "core/envelope/wrapped_key.h"

namespace sealhall::vault {

/// {account_id, kind, object_id, field}. It is not stored with what is sealed: who opens says it again from what it
/// knows anyway (the caller's account, the row's id, the column's name), and a sealed value that somebody copied to
/// another row, column or account does not open there. So it is made of things that never change.
using SealContext = envelope::Context;

enum class VaultError : std::uint8_t {
  unavailable,    ///< the key service is away and no key for this is at hand; try again later (HTTP 503)
  not_authentic,  ///< changed, or sealed with another context
  shredded,       ///< its key was destroyed: it can never be read again (HTTP 410)
  refused,        ///< the key service's policy or rate limit said no
  too_large,      ///< over 1 MiB: use a container
  bad_context,    ///< account or kind are empty, or a part is longer than 1024 bytes
  full,           ///< no room on the disk, the store's or the key service's (HTTP 507)
  failed,         ///< the store failed; try again later (HTTP 503)
};
std::string_view name_of(VaultError error) noexcept;

/// Called exactly once, on the loop's thread, often before the call has returned.
template <class T>
using Done = std::move_only_function<void(expected<T, VaultError>)>;

/// The key of one container and how it is written into the container's header.
struct ObjectKey {
  envelope::Key key;
  Bytes wrapped;  ///< for `envelope::ContainerWriter::create`, and for `object_key` later
};

/// One sealed value with the place that it was sealed for.
struct SealedItem {
  SealContext context;
  Bytes sealed;
};

class Vault {
 public:
  virtual ~Vault() = default;

  /// Seals something of up to 1 MiB for a `{bytes}` column whose name ends in `_sealed`; 78 bytes longer than
  /// `plaintext`. `scope` is what shares a data key and is shredded together: "meeting/<id>", "recording/<id>",
  /// "account" for what lives as long as the account. While the key service is away this goes on: from the keys at
  /// hand, then from the pool. Errors: bad_context, too_large, unavailable, failed.
  virtual void seal(SealContext context, std::string scope, Bytes plaintext, Done<Bytes> done) = 0;
  /// The sealed bytes name their data key. Errors: not_authentic, shredded, unavailable, refused, bad_context, failed.
  virtual void open(SealContext context, Bytes sealed, Done<Bytes> done) = 0;
  /// Many at once, each with its own answer, in the order given: for lists and for search.
  virtual void open_all(std::vector<SealedItem> items,
                        std::move_only_function<void(std::vector<expected<Bytes, VaultError>>)> done) = 0;

  /// A fresh key for one container. Works from the pool while the key service is away, so no recording waits for it.
  /// Errors: bad_context, unavailable (the pool is used up), failed.
  virtual void new_object_key(SealContext context, std::string scope, Done<ObjectKey> done) = 0;
  /// The key of a container again, by the wrapped key in its header. Errors: not_authentic, shredded, unavailable,
  /// refused, failed.
  virtual void object_key(SealContext context, Bytes wrapped, Done<envelope::Key> done) = 0;

  /// Destroys every data key of the scope: nothing that was sealed under it can be read again, also from a backup of
  /// the database. Done when the key service has it on its disk. Errors: unavailable (nothing was destroyed), failed.
  virtual void shred(std::string account_id, std::string scope, Done<void> done) = 0;
};

}  // namespace sealhall::vault
