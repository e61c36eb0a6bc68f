// Polls that are prepared before a meeting: made through the API, they are drafts for the hosts when the meeting runs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/wire/records.h"
#include "server/api/registry.h"
#include "server/vault/vault.h"
#include "store/history.h"

namespace sealhall::v2 {

struct PollsPath {
  std::string meeting_id;
};
struct PollPath {
  std::string meeting_id;
  std::string poll_id;
};
struct PollQuestionBody {
  std::string name;
  std::optional<std::string> type;  ///< "single" or "multiple"
  std::vector<std::string> answers;
};
struct PollBody {
  std::optional<std::string> title;
  std::optional<bool> anonymous;
  std::optional<std::uint32_t> poll_type;  ///< 1; others have kinds of questions that there are not
  std::vector<PollQuestionBody> questions;
};
struct BatchPollBody {
  std::vector<PollBody> polls;
};
struct PollView {
  std::string id;
  std::string title;
  std::string status = "notstart";
  bool anonymous = false;
  std::uint32_t poll_type = 1;
  std::vector<PollQuestionBody> questions;
};
struct PollList {
  std::uint64_t total_records = 0;
  std::vector<PollView> polls;
};
struct BatchPollList {
  std::vector<PollView> polls;
};
BOOST_DESCRIBE_STRUCT(PollsPath, (), (meeting_id))
BOOST_DESCRIBE_STRUCT(PollPath, (), (meeting_id, poll_id))
BOOST_DESCRIBE_STRUCT(PollQuestionBody, (), (name, type, answers))
BOOST_DESCRIBE_STRUCT(PollBody, (), (title, anonymous, poll_type, questions))
BOOST_DESCRIBE_STRUCT(BatchPollBody, (), (polls))
BOOST_DESCRIBE_STRUCT(PollView, (), (id, title, status, anonymous, poll_type, questions))
BOOST_DESCRIBE_STRUCT(PollList, (), (total_records, polls))
BOOST_DESCRIBE_STRUCT(BatchPollList, (), (polls))

/// Lives as long as the registry.
class Polls {
 public:
  struct Parts {
    store::Engine& engine;
    vault::Vault& vault;
    RandomSource& random;
  };
  Polls(api::Registry& registry, Parts parts);

  /// As drafts for the meeting; what cannot be opened is left out. Answers always.
  void prepared(const std::string& account_id, const std::string& meeting_id,
                std::function<void(std::vector<wire::PollRecord>)> done);

 private:
  struct Opened {
    std::int64_t number = 0;
    PollView view;
  };
  void all(const std::string& account_id, const std::string& meeting_id, api::Done<std::vector<Opened>> done);
  void save(const api::Subject& meeting, PollView poll, bool is_new, api::Done<PollView> done);
  struct Saving;
  void save_next(std::shared_ptr<Saving> saving);

  Parts parts_;
  store::History history_;
};

}  // namespace sealhall::v2

namespace sealhall::wire {
template <>
inline constexpr Limit limit_of<&v2::PollQuestionBody::name> = size_between(1, 500);
template <>
inline constexpr Limit limit_of<&v2::PollQuestionBody::answers> = size_between(2, 20);
template <>
inline constexpr Limit limit_of<&v2::PollBody::title> = size_between(1, 200);
template <>
inline constexpr Limit limit_of<&v2::PollBody::questions> = size_between(1, 10);
template <>
inline constexpr Limit limit_of<&v2::BatchPollBody::polls> = size_between(1, 50);
}  // namespace sealhall::wire
