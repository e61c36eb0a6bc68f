#include "core/meeting/recording.h"

#include <algorithm>

#include "core/meeting/sentences.h"

namespace sealhall::meeting {
namespace {

using wire::ConsentState;
using wire::ErrorCode;
using wire::RecordingState;

bool owes_an_answer(const Participant& p) {
  return is_asked(p) && (p.consent == ConsentState::not_asked || p.consent == ConsentState::asked);
}

std::optional<std::string> notice(const Scene& scene) {
  const std::string& text = scene.rules.recording_notice;
  return text.empty() ? std::nullopt : std::optional{text};
}

}  // namespace

bool is_asked(const Participant& p) noexcept {
  return p.client != wire::ClientKind::recorder && p.client != wire::ClientKind::stream;
}

void RecordingConsent::set(Participant& by, const wire::SetRecording& message, Scene& scene) {
  const bool may = is_host(by) || by.client == wire::ClientKind::recorder || allowed_.contains(by.number);
  if (message.state != RecordingState::off && (!may || !may_act(by, scene.rules))) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed, "Recording needs the host's permission.");
  }
  const bool own = by.client != wire::ClientKind::recorder;
  if (message.state != RecordingState::off &&
      scene.rules.off.has(own ? wire::Feature::own_recording : wire::Feature::recording)) {
    return scene.refuse(by.number, message.request, ErrorCode::not_allowed, switched_off_sentence);
  }
  if (by.recording != message.state) {
    const bool was_on = by.recording != RecordingState::off;
    const bool is_on = message.state != RecordingState::off;
    by.recording = message.state;
    if (was_on && !is_on) std::erase(recorders_, by.number);
    if (!was_on && is_on) {
      recorders_.push_back(by.number);
      by.consent = is_asked(by) ? ConsentState::agreed : ConsentState::not_asked;
    }
    scene.out.emplace_back(RosterChanged{by.number});
    tell_everybody(scene);
  }
  scene.acknowledge(by.number, message.request);
}

void RecordingConsent::answer(Participant& by, const wire::AnswerConsent& message, Scene& scene) {
  if (!is_asked(by)) return scene.refuse(by.number, message.request, ErrorCode::bad_message);
  const wire::ConsentRecord record{by.number, by.name, message.agreed, scene.wall_ms()};
  const auto settled = [who = by.number, request = message.request](bool kept, const wire::Record& made, Scene& later) {
    if (!kept) return later.refuse(who, request, ErrorCode::internal);
    if (Participant* p = later.find(who)) {
      p->consent = std::get<wire::ConsentRecord>(made).agreed ? ConsentState::agreed : ConsentState::refused;
      later.out.emplace_back(RosterChanged{who});
    }
    later.acknowledge(who, request);
  };
  if (!ledger_.keep(record, scene, settled)) scene.refuse(by.number, message.request, ErrorCode::internal);
}

void RecordingConsent::allow(Participant& who, bool allowed, Scene& scene) {
  if (allowed) {
    allowed_.insert(who.number);
    return;
  }
  allowed_.erase(who.number);
  if (who.recording != RecordingState::off) stop(who, scene);
}

void RecordingConsent::stop(Participant& who, Scene& scene) {
  who.recording = RecordingState::off;
  std::erase(recorders_, who.number);
  scene.out.emplace_back(RosterChanged{who.number});
  tell_everybody(scene);
}

void RecordingConsent::tell_everybody(Scene& scene) {
  std::vector<ParticipantNumber> asked;
  std::vector<ParticipantNumber> others;
  for (auto& [number, p] : scene.people) {
    if (p.stage != Stage::present) continue;
    if (!recorders_.empty() && owes_an_answer(p)) {
      if (p.consent == ConsentState::not_asked) scene.out.emplace_back(RosterChanged{number});
      p.consent = ConsentState::asked;
      asked.push_back(number);
    } else {
      others.push_back(number);
    }
  }
  scene.tell(std::move(asked), wire::Recording{recorders_, true, notice(scene)});
  scene.tell(std::move(others), wire::Recording{recorders_, false, std::nullopt});
}

void RecordingConsent::welcome(Participant& who, Scene& scene) {
  if (recorders_.empty()) return;
  const bool asked = owes_an_answer(who);
  if (asked) {
    who.consent = ConsentState::asked;
    scene.out.emplace_back(RosterChanged{who.number});
  }
  scene.tell({who.number}, wire::Recording{recorders_, asked, asked ? notice(scene) : std::nullopt});
}

void RecordingConsent::gone(ParticipantNumber who, Scene& scene) {
  allowed_.erase(who);
  if (std::erase(recorders_, who) != 0) tell_everybody(scene);
}

}  // namespace sealhall::meeting
