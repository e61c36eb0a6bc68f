// Raised hands in their order, and who is in the spotlight: lists that everybody sees.
#pragma once

#include <vector>

#include "core/meeting/activity.h"

namespace sealhall::meeting {

class Hands {
 public:
  /// No change, no message.
  void raise(const Participant& who, bool raised, Scene& scene);
  void lower(ParticipantNumber who, Scene& scene);
  void lower_all(Scene& scene);
  void welcome(const Participant& who, Scene& scene) const;
  [[nodiscard]] const std::vector<ParticipantNumber>& raised() const noexcept { return raised_; }

 private:
  std::vector<ParticipantNumber> raised_;
};

class SpotlightList {
 public:
  /// People who are not in the meeting are left out.
  void set(const wire::SetSpotlight& message, Scene& scene);
  void gone(ParticipantNumber who, Scene& scene);
  void welcome(const Participant& who, Scene& scene) const;
  [[nodiscard]] const std::vector<ParticipantNumber>& participants() const noexcept { return participants_; }

 private:
  std::vector<ParticipantNumber> participants_;
};

}  // namespace sealhall::meeting
