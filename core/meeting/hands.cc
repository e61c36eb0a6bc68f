#include "core/meeting/hands.h"

#include <algorithm>

namespace sealhall::meeting {

void Hands::raise(const Participant& who, bool raised, Scene& scene) {
  if (!raised) return lower(who.number, scene);
  if (std::ranges::find(raised_, who.number) != raised_.end()) return;
  raised_.push_back(who.number);
  scene.tell(scene.everybody(), wire::Hands{raised_});
}

void Hands::lower(ParticipantNumber who, Scene& scene) {
  if (std::erase(raised_, who) != 0) scene.tell(scene.everybody(), wire::Hands{raised_});
}

void Hands::lower_all(Scene& scene) {
  if (raised_.empty()) return;
  raised_.clear();
  scene.tell(scene.everybody(), wire::Hands{raised_});
}

void Hands::welcome(const Participant& who, Scene& scene) const {
  if (!raised_.empty()) scene.tell({who.number}, wire::Hands{raised_});
}

void SpotlightList::set(const wire::SetSpotlight& message, Scene& scene) {
  std::vector<ParticipantNumber> wanted;
  for (const ParticipantNumber number : message.participants) {
    const Participant* p = scene.find(number);
    if (p != nullptr && p->in_roster() && std::ranges::find(wanted, number) == wanted.end()) wanted.push_back(number);
  }
  if (wanted == participants_) return;
  participants_ = std::move(wanted);
  scene.tell(scene.everybody(), wire::Spotlight{participants_});
}

void SpotlightList::gone(ParticipantNumber who, Scene& scene) {
  if (std::erase(participants_, who) != 0) scene.tell(scene.everybody(), wire::Spotlight{participants_});
}

void SpotlightList::welcome(const Participant& who, Scene& scene) const {
  if (!participants_.empty()) scene.tell({who.number}, wire::Spotlight{participants_});
}

}  // namespace sealhall::meeting
