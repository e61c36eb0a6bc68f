// All that people do in a meeting besides being seen and heard, in one place: who is asked for what, and who hears of
// it.
#pragma once

#include "core/meeting/chat.h"
#include "core/meeting/files.h"
#include "core/meeting/hands.h"
#include "core/meeting/pace.h"
#include "core/meeting/polls.h"
#include "core/meeting/questions.h"
#include "core/meeting/recording.h"
#include "core/meeting/whiteboard.h"

namespace sealhall::meeting {

class Activities {
 public:
  Activities() = default;
  Activities(const Activities&) = delete;
  Activities& operator=(const Activities&) = delete;

  /// Does what the message asks, or refuses it. False when it is none of these messages.
  bool handle(Participant& by, const wire::ClientMessage& message, Scene& scene);
  /// The store's answer to a `KeepRecord`.
  void settled(const Kept& input, Scene& scene) { ledger_.settled(input.request, input.kept, scene); }
  void file_ready(const FileReady& input, Scene& scene) { files_.ready(input, scene); }
  /// What was kept before this meeting's process was restarted; before anybody has joined.
  void restore(wire::Record record);

  /// Everything that somebody who has just come in should see, after `Joined` or `Waiting`.
  void welcome(Participant& who, Scene& scene);
  void gone(ParticipantNumber who, Scene& scene);
  /// Everything stops: recordings, too.
  void suspend(Scene& scene);

  [[nodiscard]] Hands& hands() noexcept { return hands_; }
  [[nodiscard]] RecordingConsent& recording() noexcept { return recording_; }
  [[nodiscard]] const ChatRoom& chat() const noexcept { return chat_; }
  [[nodiscard]] const Polls& polls() const noexcept { return polls_; }
  [[nodiscard]] const Questions& questions() const noexcept { return questions_; }
  [[nodiscard]] const Whiteboard& whiteboard() const noexcept { return whiteboard_; }
  [[nodiscard]] const Ledger& ledger() const noexcept { return ledger_; }

 private:
  /// Overloads for what each message asks; `on` is called for the ones that are activities.
  void on(Participant& by, const wire::SendChat& m, Scene& scene);
  void on(Participant& by, const wire::EditChat& m, Scene& scene) { chat_.edit(by, m, scene); }
  void on(Participant& by, const wire::DeleteChat& m, Scene& scene) { chat_.remove(by, m, scene); }
  void on(Participant& by, const wire::ReactToChat& m, Scene& scene) { chat_.react(by, m, scene); }
  void on(Participant& by, const wire::ReadChat& m, Scene& scene) { chat_.read(by, m, scene); }
  void on(Participant& by, const wire::React& m, Scene& scene);
  void on(Participant& by, const wire::RaiseHand& m, Scene& scene);
  void on(Participant& by, const wire::SetSpotlight& m, Scene& scene);
  void on(Participant& by, const wire::SavePoll& m, Scene& scene) { polls_.save(by, m, scene); }
  void on(Participant& by, const wire::ControlPoll& m, Scene& scene) { polls_.control(by, m, scene); }
  void on(Participant& by, const wire::Vote& m, Scene& scene) { polls_.vote(by, m, scene); }
  void on(Participant& by, const wire::AskQuestion& m, Scene& scene) { questions_.ask(by, m, scene); }
  void on(Participant& by, const wire::UpvoteQuestion& m, Scene& scene) { questions_.upvote(by, m, scene); }
  void on(Participant& by, const wire::AnswerQuestion& m, Scene& scene) { questions_.answer(by, m, scene); }
  void on(Participant& by, const wire::ControlQuestion& m, Scene& scene) { questions_.control(by, m, scene); }
  void on(Participant& by, const wire::OfferFile& m, Scene& scene) { files_.offer(by, m, scene); }
  void on(Participant& by, const wire::GetFile& m, Scene& scene) { files_.get(by, m, chat_, scene); }
  void on(Participant& by, const wire::Draw& m, Scene& scene) { whiteboard_.draw(by, m, scene); }
  void on(Participant& by, const wire::Erase& m, Scene& scene) { whiteboard_.erase(by, m, scene); }
  void on(Participant& by, const wire::SetRecording& m, Scene& scene) { recording_.set(by, m, scene); }
  void on(Participant& by, const wire::AnswerConsent& m, Scene& scene) { recording_.answer(by, m, scene); }
  void on(Participant& by, const wire::Report& m, Scene& scene);

  Ledger ledger_;
  ChatRoom chat_{ledger_};
  Polls polls_{ledger_};
  Questions questions_{ledger_};
  RecordingConsent recording_{ledger_};
  Whiteboard whiteboard_{ledger_};
  Files files_;
  Hands hands_;
  SpotlightList spotlight_;
  Pace acts_{{.burst = 30, .per_second = 3}};
  Pace strokes_{{.burst = 100, .per_second = 20}};
  Pace reactions_{{.burst = 10, .per_second = 3}};
  std::uint64_t next_report_ = 1;
};

}  // namespace sealhall::meeting
