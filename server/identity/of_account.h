// What several families of endpoints ask before they answer: whether a thing that a path names is the account's.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "server/api/error.h"
#include "store/directory.h"

namespace sealhall::identity {

inline api::ApiError no_group() { return {404, "There is no such group.", {}, std::nullopt, api::codes::no_group}; }

/// Calls `go` with `answer` when the group is one of the account; else `answer` with 404, or with the store's error.
/// `directory` outlives the call.
template <class Answer, class Go>
void on_group(store::Directory& directory, const std::string& account, const std::string& id, Answer answer, Go go) {
  directory.group(account, id, [answer = std::move(answer), go = std::move(go)](auto group) mutable {
    if (!group) return answer(api::from_store(group.error()));
    if (!*group) return answer(no_group());
    go(std::move(answer));
  });
}

}  // namespace sealhall::identity
