// Who records, and who has agreed to it. Nobody records unseen, and whoever has not agreed is shown as such.
#pragma once

#include <set>
#include <vector>

#include "core/meeting/activity.h"

namespace sealhall::meeting {

class RecordingConsent {
 public:
  explicit RecordingConsent(Ledger& ledger) : ledger_(ledger) {}

  void set(Participant& by, const wire::SetRecording& message, Scene& scene);
  void answer(Participant& by, const wire::AnswerConsent& message, Scene& scene);
  /// A host lets somebody record, or not any more: then a recording of theirs ends.
  void allow(Participant& who, bool allowed, Scene& scene);
  void welcome(Participant& who, Scene& scene);
  void gone(ParticipantNumber who, Scene& scene);
  void stop(Participant& who, Scene& scene);
  [[nodiscard]] const std::vector<ParticipantNumber>& recorders() const noexcept { return recorders_; }

 private:
  void tell_everybody(Scene& scene);

  Ledger& ledger_;
  std::vector<ParticipantNumber> recorders_;
  std::set<ParticipantNumber> allowed_;
};

/// A recorder stands for nobody who could be asked.
[[nodiscard]] bool is_asked(const Participant& p) noexcept;

}  // namespace sealhall::meeting
