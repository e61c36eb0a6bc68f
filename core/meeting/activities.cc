#include "core/meeting/activities.h"

#include <concepts>
#include <optional>

#include "core/meeting/sentences.h"
#include "core/meeting/text.h"

namespace sealhall::meeting {
namespace {

using wire::ErrorCode;

template <class T>
concept Requested = requires(const T& m) {
  { m.request } -> std::convertible_to<wire::RequestNumber>;
};

template <class T>
wire::RequestNumber request_of(const T& message) {
  if constexpr (Requested<T>) {
    return message.request;
  } else {
    return 0;
  }
}

template <class T, class... Ts>
concept OneOf = (std::same_as<T, Ts> || ...);

/// What a policy may have switched off, for each message that needs it; nullopt: nothing does.
template <class T>
constexpr std::optional<wire::Feature> feature_of() {
  using enum wire::Feature;
  if constexpr (OneOf<T, wire::SavePoll, wire::ControlPoll, wire::Vote>) return polls;
  if constexpr (OneOf<T, wire::AskQuestion, wire::UpvoteQuestion, wire::AnswerQuestion, wire::ControlQuestion>)
    return questions;
  if constexpr (OneOf<T, wire::React, wire::ReactToChat>) return reactions;
  if constexpr (std::same_as<T, wire::Draw>) return whiteboard;
  if constexpr (std::same_as<T, wire::OfferFile>) return files;
  return std::nullopt;
}

/// What somebody in the waiting room may send: chat with the hosts.
template <class T>
constexpr bool from_waiting_room = OneOf<T, wire::SendChat, wire::EditChat, wire::DeleteChat, wire::ReadChat>;

}  // namespace

bool Activities::handle(Participant& by, const wire::ClientMessage& message, Scene& scene) {
  return std::visit(
      [&]<class T>(const T& m) {
        if constexpr (requires { on(by, m, scene); }) {
          if (by.stage != Stage::present && !(from_waiting_room<T> && by.stage == Stage::waiting)) {
            scene.refuse(by.number, request_of(m), ErrorCode::not_joined);
          } else if (constexpr auto feature = feature_of<T>(); feature && scene.rules.off.has(*feature)) {
            scene.refuse(by.number, request_of(m), ErrorCode::not_allowed, switched_off_sentence);
          } else if (Pace& pace = std::same_as<T, wire::React>        ? reactions_
                                  : OneOf<T, wire::Draw, wire::Erase> ? strokes_
                                                                      : acts_;
                     !pace.take(by.number, scene.now)) {
            scene.refuse(by.number, request_of(m), ErrorCode::rate_limited,
                         "That was very fast. Please wait a moment.");
          } else {
            on(by, m, scene);
          }
          return true;
        } else {
          return false;
        }
      },
      message);
}

void Activities::on(Participant& by, const wire::SendChat& m, Scene& scene) {
  auto files = files_.take(by, m.files);
  if (!files) return scene.refuse(by.number, m.request, ErrorCode::not_found);
  chat_.send(by, m, std::move(*files), scene);
}

void Activities::on(Participant& by, const wire::React& m, Scene& scene) {
  if (!may_act(by, scene.rules)) return scene.refuse(by.number, 0, ErrorCode::not_allowed);
  if (!is_emoji(m.emoji)) return scene.refuse(by.number, 0, ErrorCode::bad_message);
  scene.tell(scene.everybody(), wire::Reaction{by.number, m.emoji});
}

void Activities::on(Participant& by, const wire::RaiseHand& m, Scene& scene) {
  if (!may_act(by, scene.rules)) return scene.refuse(by.number, 0, ErrorCode::not_allowed);
  hands_.raise(by, m.raised, scene);
}

void Activities::on(Participant& by, const wire::SetSpotlight& m, Scene& scene) {
  if (!is_host(by)) return scene.refuse(by.number, 0, ErrorCode::not_allowed);
  spotlight_.set(m, scene);
}

/// Everybody may report, also while everything is suspended: it goes to whoever runs the server.
void Activities::on(Participant& by, const wire::Report& m, Scene& scene) {
  wire::ReportRecord record;
  record.report = next_report_++;
  record.by = by.name;
  record.text = clean_text(m.text);
  record.at_ms = scene.wall_ms();
  for (const ParticipantNumber number : m.participants) {
    if (const Participant* p = scene.find(number)) record.about.push_back(p->name);
  }
  if (record.text.empty()) return scene.refuse(by.number, m.request, ErrorCode::bad_message);
  const auto settled = [who = by.number, request = m.request](bool kept, const wire::Record&, Scene& later) {
    if (!kept) return later.refuse(who, request, ErrorCode::internal);
    later.acknowledge(who, request);
  };
  if (!ledger_.keep(std::move(record), scene, settled)) scene.refuse(by.number, m.request, ErrorCode::internal);
}

void Activities::restore(wire::Record record) {
  if (auto* chat = std::get_if<wire::ChatMessage>(&record)) {
    chat_.restore(std::move(*chat));
  } else if (auto* poll = std::get_if<wire::PollRecord>(&record)) {
    polls_.restore(std::move(*poll));
  } else if (auto* question = std::get_if<wire::QuestionRecord>(&record)) {
    questions_.restore(std::move(*question));
  } else if (auto* item = std::get_if<wire::BoardItem>(&record)) {
    whiteboard_.restore(std::move(*item));
  } else if (const auto* report = std::get_if<wire::ReportRecord>(&record)) {
    next_report_ = std::max(next_report_, report->report + 1);
  }
}

void Activities::welcome(Participant& who, Scene& scene) {
  chat_.welcome(who, scene);
  if (who.stage != Stage::present) return;
  hands_.welcome(who, scene);
  spotlight_.welcome(who, scene);
  polls_.welcome(who, scene);
  questions_.welcome(who, scene);
  whiteboard_.welcome(who, scene);
  recording_.welcome(who, scene);
}

void Activities::gone(ParticipantNumber who, Scene& scene) {
  files_.gone(who);
  hands_.lower(who, scene);
  spotlight_.gone(who, scene);
  recording_.gone(who, scene);
  acts_.forget(who);
  reactions_.forget(who);
  strokes_.forget(who);
}

void Activities::suspend(Scene& scene) {
  const std::vector<ParticipantNumber> recorders = recording_.recorders();
  for (const ParticipantNumber number : recorders) {
    if (Participant* p = scene.find(number)) recording_.stop(*p, scene);
  }
}

}  // namespace sealhall::meeting
