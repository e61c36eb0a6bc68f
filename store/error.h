// Why the store could not do something.
#pragma once

#include <cstdint>
#include <string_view>

namespace sealhall::store {

enum class StoreError : std::uint8_t {
  open_failed,  ///< the file cannot be opened or made
  too_new,      ///< a newer version of the program has written it
  taken,        ///< a unique value (a login, an id) is used already
  not_found,    ///< what should be changed, or what a foreign key names, is not there
  not_valid,    ///< a token is unknown, used or expired
  bad_text,     ///< a text is not UTF-8 or has a zero byte in it
  busy,         ///< another process holds the database, or more waits than should
  full,         ///< no room on the disk
  damaged,      ///< the file is not a database, or is broken
  failed,       ///< an I/O error, or a bug of ours
  stopped,      ///< the store is closing
  unavailable,  ///< the database cannot be reached now; nothing was changed
  denied,       ///< the place for blobs does not take our keys, or they may not do this there
  uncertain,    ///< the connection broke while a transaction was being committed: it may have happened or not
};

constexpr std::string_view name_of(StoreError error) noexcept {
  switch (error) {
    case StoreError::open_failed:
      return "open_failed";
    case StoreError::too_new:
      return "too_new";
    case StoreError::taken:
      return "taken";
    case StoreError::not_found:
      return "not_found";
    case StoreError::not_valid:
      return "not_valid";
    case StoreError::bad_text:
      return "bad_text";
    case StoreError::busy:
      return "busy";
    case StoreError::full:
      return "full";
    case StoreError::damaged:
      return "damaged";
    case StoreError::failed:
      return "failed";
    case StoreError::stopped:
      return "stopped";
    case StoreError::unavailable:
      return "unavailable";
    case StoreError::denied:
      return "denied";
    case StoreError::uncertain:
      return "uncertain";
  }
  return "";
}

}  // namespace sealhall::store
