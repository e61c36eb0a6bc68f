// What a person types into `sealhall join`, and what the person reads about what others do.
#include <charconv>

#include "client/cli/activity_commands.h"
#include "client/cli/activity_view.h"
#include "client/cli/help.h"
#include "client/cli/join_app.h"
#include "client/cli/json_line.h"
#include "client/cli/news.h"
#include "client/cli/words.h"
#include "core/wire/codec.h"

namespace sealhall::cli {

NamedPeople JoinApp::people() const {
  NamedPeople people;
  const client::MeetingSession& session = client_->session();
  for (const auto& [number, entry] : session.roster()) people.present.emplace_back(number, entry.name);
  for (const wire::WaitingEntry& entry : session.waiting()) people.waiting.emplace_back(entry.participant, entry.name);
  return people;
}

void JoinApp::typed(const std::string& line) {
  if (drawn_lines_ > 0) ++drawn_lines_;  // the line that was typed stands below the view
  if (line.empty()) return;
  if (line.front() == '/') return command(std::string_view(line).substr(1));
  if (line.front() == '{') {
    auto message = wire::decode_client(line);
    if (!message) {
      return say(tr("This is no message of the protocol ({1} {2}).",
                    {wire::name_of(message.error().kind), message.error().field}));
    }
    return client_->session().act(*message);
  }
  wire::SendChat chat;
  chat.text = line;
  // From the waiting room only hosts can be written to.
  if (client_->session().state() == client::SessionState::waiting) chat.scope = wire::ChatScope::hosts;
  act(std::move(chat));
}

void JoinApp::act(wire::ClientMessage message) {
  set_request(message, next_request_++);
  client_->session().act(message);
}

void JoinApp::command(std::string_view line) {
  const std::size_t space = std::min(line.find_first_of(" \t"), line.size());
  if (file_command(line.substr(0, space), line.substr(std::min(space + 1, line.size())))) return;
  if (line.substr(0, space) == "leave-room") return client_->session().enter_room(0);
  if (line.substr(0, space) == "enter") {
    std::uint32_t room = 0;
    const std::string_view number = line.substr(std::min(space + 1, line.size()));
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), room);
    if (error != std::errc{} || end != number.data() + number.size())
      return say(tr("Type it like this: /{1}", {"enter NUMBER"}));
    return client_->session().enter_room(room);
  }
  auto activity = parse_activity(line.substr(0, space), line.substr(space), people());
  if (activity) return act(std::move(*activity));
  if (!activity.error().empty()) return say(activity.error());
  const auto known = parse_command(line, people());
  if (!known) return say(known.error());
  local_command(*known);
}

void JoinApp::local_command(const TypedCommand& typed) {
  client::MeetingSession& session = client_->session();
  using Kind = TypedCommand::Kind;
  switch (typed.kind) {
    case Kind::host:
      session.host_command(typed.action, typed.participant);
      break;
    case Kind::who:
      for (const std::string& each : render(view_input())) say(each);
      break;
    case Kind::mute_me:
      client_->set_muted(true, session.video_muted());
      break;
    case Kind::unmute_me:
      client_->set_muted(false, session.video_muted());
      break;
    case Kind::camera_off:
      client_->set_muted(session.audio_muted(), true);
      break;
    case Kind::camera_on:
      client_->set_muted(session.audio_muted(), false);
      break;
    case Kind::share_again:
      session.share_again();
      break;
    case Kind::pin:
      session.pin(typed.participant);
      say(typed.participant ? tr("{1} is shown large here.", {name_of(*typed.participant)})
                            : tr("Nobody is pinned any more."));
      break;
    case Kind::leave:
      client_->leave();
      break;
    case Kind::help:
      say(help_text(help_language_of_environment()));
      break;
  }
}

FileTransfer& JoinApp::files() {
  if (!files_) {
    FileTransfer::Handlers handlers;
    handlers.send = [this](const wire::ClientMessage& message) { client_->session().act(message); };
    handlers.say = [this](const std::string& sentence) { say(sentence); };
    handlers.progress = [this](const FileProgress& p) {
      JsonObject o;
      o.add("event", "file").add("t", to_seconds(loop_.now() - started_)).add("file", p.file).add("upload", p.upload);
      o.add("moved", p.moved).add("size", p.size);
      event(o.text());
    };
    files_ = std::make_unique<FileTransfer>(loop_, *tls_, link_.host, link_.port, std::move(handlers));
  }
  return *files_;
}

/// True when it was one of these.
bool JoinApp::file_command(std::string_view verb, std::string_view rest) {
  if (verb == "send") {
    files().send(std::string(rest));
  } else if (verb == "get") {
    const std::size_t space = std::min(rest.find(' '), rest.size());
    files().get(std::string(rest.substr(0, space)), std::string(rest.substr(std::min(space + 1, rest.size()))));
  } else {
    return false;
  }
  return true;
}

/// One line after the other; "/sleep 1.5" waits.
void JoinApp::run_script() {
  constexpr std::string_view sleep = "/sleep ";
  while (!script_.empty() && client_->session().state() != client::SessionState::ended) {
    const std::string line = std::move(script_.front());
    script_.pop_front();
    if (line.starts_with(sleep)) {
      const double seconds = std::strtod(line.c_str() + sleep.size(), nullptr);
      return script_timer_.after(seconds_to_duration(seconds), [this] { run_script(); });
    }
    typed(line);
  }
}

void JoinApp::on_roster() {
  if (const auto& meeting = client_->session().meeting(); meeting.room != room_) {
    room_ = meeting.room;
    JsonObject o;
    o.add("event", "room")
        .add("t", to_seconds(loop_.now() - started_))
        .add("room", room_)
        .add("name", meeting.room_name);
    event(o.text());
    say(room_ == 0 ? tr("You are in the main room.") : tr("You are in room {1}.", {printable(meeting.room_name, 64)}));
  }
  if (joined_at_) {
    if (meeting_seen_) {
      for (const std::string& line : news_of_meeting(*meeting_seen_, client_->session().meeting())) say(line);
    }
    meeting_seen_ = client_->session().meeting();
  }
  auto now = client_->session().roster();
  const wire::ParticipantNumber self = client_->session().self();
  for (const auto& [number, entry] : now) {
    everybody_[number] = entry;
    if (const auto before = known_.find(number); before != known_.end()) {
      for (const std::string& line : news_of_person(before->second, entry, number == self)) say(line);
    } else if (number != self) {
      person_event("came", entry);
      say(tr("{1} is here.", {printable(entry.name)}));
    }
  }
  for (const auto& [number, entry] : known_) {
    if (now.contains(number) || number == self) continue;
    person_event("gone", entry);
    say(tr("{1} has left.", {printable(entry.name)}));
  }
  known_ = std::move(now);
  redraw();
}

void JoinApp::person_event(std::string_view kind, const wire::RosterEntry& entry) {
  JsonObject o;
  o.add("event", kind)
      .add("t", to_seconds(loop_.now() - started_))
      .add("participant", entry.participant)
      .add("name", entry.name);
  event(o.text());
}

void JoinApp::on_waiting_list() {
  JsonArray names;
  for (const wire::WaitingEntry& entry : client_->session().waiting()) {
    JsonObject o;
    o.add("participant", entry.participant).add("name", entry.name);
    names.add(o);
    say(tr("{1} waits to be let in (type: /admit {1}).", {printable(entry.name)}));
  }
  JsonObject o;
  o.add("event", "waiting").add("t", to_seconds(loop_.now() - started_)).raw("waiting", names.text());
  event(o.text());
}

void JoinApp::on_share_stopped() { say(tr("A host has stopped your sharing. Type /share-on to share again.")); }

void JoinApp::on_activity(const wire::ServerMessage& message) {
  JsonObject o;
  o.add("event", "activity").add("t", to_seconds(loop_.now() - started_)).raw("message", wire::encode(message));
  event(o.text());
  if (files_) files_->on_message(message);
  const client::MeetingSession& session = client_->session();
  const ActivityContext context{session.self(), session.activity(),
                                [this](wire::ParticipantNumber who) { return name_of(who); }};
  for (const std::string& line : activity_lines(message, context)) say(line);
}

}  // namespace sealhall::cli
