// Why the store could not do something.
#pragma once

#include <cstdint>
#include <string_view>

namespace sealhall::store {

enum class StoreError : std::uint8_t {
  open_failed,  ///< the file cannot be opened or made
  too_new,      ///< a newer version of the program has written it
  taken,        ///< a unique value (a login, an id) is used already
  not_found,    ///< what should be changed is not there
  not_valid,    ///< a token is unknown, used or expired
  busy,         ///< another process holds the database
  full,         ///< no room on the disk
  damaged,      ///< the file is not a database, or is broken
  failed,       ///< an I/O error, or a bug of ours
  stopped,      ///< the store is closing
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
  }
  return "";
}

}  // namespace sealhall::store
