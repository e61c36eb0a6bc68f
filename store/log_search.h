// Searching the logs of who signed in and who changed what, a page at a time, with the logins of the people in them.
#pragma once

#include "store/sign_ins.h"

namespace sealhall::store {

struct LogQuery {
  std::string account_id{};
  UnixMicros from{};  ///< included
  UnixMicros to{};    ///< not included
  std::optional<std::string> user_id{};
  std::optional<std::string> kind{};   ///< sign-ins: "in", "out", "refused"; operations: the action
  std::optional<std::string> about{};  ///< sign-ins: the method; operations: the category
  std::optional<std::string> text{};   ///< lower case: a part of the login, of where it came from, of the object's id
  bool oldest_first = false;
  std::uint32_t limit = 30;
  std::uint32_t offset = 0;
};
template <class Record>
struct LogPage {
  struct Line {
    Record record;
    std::string login;  ///< "" when that person is gone, or never was one
  };
  std::vector<Line> lines;
  std::uint64_t total = 0;
};

class LogSearch {
 public:
  explicit LogSearch(Engine& engine) noexcept : engine_(engine) {}

  void sign_ins(LogQuery query, Done<LogPage<SignInRecord>> done);
  void operations(LogQuery query, Done<LogPage<Operation>> done);

 private:
  Engine& engine_;
};

/// For `lower(column) LIKE $n ESCAPE '!'`: rows that have `text` somewhere in it.
std::string like_part(std::string_view text);

}  // namespace sealhall::store
