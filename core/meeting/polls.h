// Polls: hosts prepare, open, close and share them; everybody votes once.
//
// What an anonymous vote was is counted and forgotten: who has voted is known, and what, but never both together.
#pragma once

#include <cstdint>
#include <map>

#include "core/meeting/activity.h"

namespace sealhall::meeting {

class Polls {
 public:
  explicit Polls(Ledger& ledger) : ledger_(ledger) {}

  void save(const Participant& by, const wire::SavePoll& message, Scene& scene);
  void control(const Participant& by, const wire::ControlPoll& message, Scene& scene);
  void vote(const Participant& by, const wire::Vote& message, Scene& scene);
  /// The polls that somebody who has come in may see.
  void welcome(const Participant& who, Scene& scene) const;
  void restore(wire::PollRecord record);
  [[nodiscard]] std::size_t size() const noexcept { return polls_.size(); }

 private:
  static constexpr std::size_t most_polls = 100;
  void keep(const Participant& by, wire::RequestNumber request, wire::PollRecord record, Scene& scene);
  void tell(const wire::PollRecord& before, const wire::PollRecord& now, Scene& scene) const;

  Ledger& ledger_;
  std::map<std::uint64_t, Durable<wire::PollRecord>> polls_;
  std::uint64_t next_ = 1;
};

/// The poll as `p` may see it.
[[nodiscard]] wire::Poll seen_by(const Participant& p, const wire::Poll& poll);

}  // namespace sealhall::meeting
