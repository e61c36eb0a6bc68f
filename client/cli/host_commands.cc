#include "client/cli/host_commands.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace sealhall::cli {

namespace {

using Kind = TypedCommand::Kind;
using wire::HostAction;

enum class Person : std::uint8_t { none, present, present_or_none, anybody, waiting, waiting_or_all };

struct Word {
  std::string_view word;
  Kind kind;
  HostAction action;
  Person person;
  std::string_view help;
};

constexpr std::array words{
    Word{"admit", Kind::host, HostAction::admit, Person::waiting_or_all,
         "admit [NAME]: let NAME, or everybody who waits, in"},
    Word{"deny", Kind::host, HostAction::deny, Person::waiting, "deny NAME: do not let NAME in"},
    Word{"mute", Kind::host, HostAction::mute_audio, Person::present,
         "mute NAME: switch the microphone of NAME off (alone: mine)"},
    Word{"unmute", Kind::unmute_me, HostAction::admit, Person::none, "unmute: switch my microphone on"},
    Word{"stop-video", Kind::host, HostAction::stop_video, Person::present,
         "stop-video NAME: switch the camera of NAME off"},
    Word{"camera-off", Kind::camera_off, HostAction::admit, Person::none, "camera-off: stop sending my picture"},
    Word{"camera-on", Kind::camera_on, HostAction::admit, Person::none, "camera-on: send my picture again"},
    Word{"remove", Kind::host, HostAction::remove, Person::present, "remove NAME: take NAME out of the meeting"},
    Word{"host", Kind::host, HostAction::make_host, Person::present, "host NAME: make NAME the host"},
    Word{"cohost", Kind::host, HostAction::make_cohost, Person::present, "cohost NAME: make NAME a co-host"},
    Word{"participant", Kind::host, HostAction::make_participant, Person::present,
         "participant NAME: take the role of NAME back"},
    Word{"lock", Kind::host, HostAction::lock, Person::none, "lock: let nobody else in"},
    Word{"unlock", Kind::host, HostAction::unlock, Person::none, "unlock: let people in again"},
    Word{"waiting-room-on", Kind::host, HostAction::waiting_room_on, Person::none,
         "waiting-room-on: people wait until they are admitted"},
    Word{"waiting-room-off", Kind::host, HostAction::waiting_room_off, Person::none,
         "waiting-room-off: people come in at once"},
    Word{"keys", Kind::host, HostAction::new_keys, Person::none, "keys: make new keys now"},
    Word{"ban", Kind::host, HostAction::ban, Person::anybody, "ban NAME: take NAME out, for ever"},
    Word{"ask-unmute", Kind::host, HostAction::ask_unmute, Person::present,
         "ask-unmute NAME: ask NAME to switch the microphone on"},
    Word{"ask-video", Kind::host, HostAction::ask_video, Person::present,
         "ask-video NAME: ask NAME to switch the camera on"},
    Word{"mute-all", Kind::host, HostAction::mute_all, Person::none,
         "mute-all: switch every participant's microphone off"},
    Word{"stop-share", Kind::host, HostAction::stop_share, Person::present, "stop-share NAME: end the sharing of NAME"},
    Word{"suspend", Kind::host, HostAction::suspend, Person::none, "suspend: stop everything at once, let nobody in"},
    Word{"resume", Kind::host, HostAction::resume, Person::none, "resume: let it begin again"},
    Word{"lower-hand", Kind::host, HostAction::lower_hand, Person::present, "lower-hand NAME: lower the hand of NAME"},
    Word{"lower-all-hands", Kind::host, HostAction::lower_all_hands, Person::none, "lower-all-hands: lower every hand"},
    Word{"allow-recording", Kind::host, HostAction::allow_recording, Person::present,
         "allow-recording NAME: let NAME record"},
    Word{"forbid-recording", Kind::host, HostAction::forbid_recording, Person::present,
         "forbid-recording NAME: not any more"},
    Word{"record-start", Kind::host, HostAction::record_start, Person::none,
         "record-start: let the server record this meeting"},
    Word{"record-stop", Kind::host, HostAction::record_stop, Person::none, "record-stop: end the recording"},
    Word{"record-pause", Kind::host, HostAction::record_pause, Person::none,
         "record-pause: record nothing for a while"},
    Word{"record-resume", Kind::host, HostAction::record_resume, Person::none, "record-resume: record again"},
    Word{"pin", Kind::pin, HostAction::admit, Person::present_or_none,
         "pin [NAME]: show NAME large here; alone: nobody"},
    Word{"share-on", Kind::share_again, HostAction::admit, Person::none, "share-on: share my screen again"},
    Word{"end", Kind::host, HostAction::end_meeting, Person::none, "end: end the meeting for everybody"},
    Word{"who", Kind::who, HostAction::admit, Person::none, "who: show who is here"},
    Word{"leave", Kind::leave, HostAction::admit, Person::none, "leave: leave the meeting"},
    Word{"help", Kind::help, HostAction::admit, Person::none, "help: show this"},
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return text;
}

expected<wire::ParticipantNumber, std::string> find_person(
    std::string_view name, const std::vector<std::pair<wire::ParticipantNumber, std::string>>& people) {
  std::string_view digits = name;
  if (digits.starts_with('#')) digits.remove_prefix(1);
  wire::ParticipantNumber number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc{} && end == digits.data() + digits.size()) {
    for (const auto& [participant, called] : people) {
      if (participant == number) return participant;
    }
  }
  const std::string wanted = lower(name);
  std::vector<wire::ParticipantNumber> whole;
  std::vector<wire::ParticipantNumber> beginning;
  for (const auto& [participant, called] : people) {
    const std::string candidate = lower(called);
    if (candidate == wanted) whole.push_back(participant);
    if (candidate.starts_with(wanted)) beginning.push_back(participant);
  }
  const auto& found = whole.empty() ? beginning : whole;
  if (found.size() == 1) return found.front();
  if (found.empty()) return unexpected("Nobody here is called " + std::string(name) + ". Type /who to see who is.");
  std::string numbers;
  for (const auto n : found) numbers += " #" + std::to_string(n);
  return unexpected("More than one person is called " + std::string(name) + ". Use a number:" + numbers + ".");
}

}  // namespace

expected<wire::ParticipantNumber, std::string> find_anybody(std::string_view name, const NamedPeople& people) {
  auto everybody = people.present;
  everybody.insert(everybody.end(), people.waiting.begin(), people.waiting.end());
  return find_person(name, everybody);
}

expected<TypedCommand, std::string> parse_command(std::string_view line, const NamedPeople& people) {
  line = trim(line);
  const std::size_t space = line.find_first_of(" \t");
  const std::string verb = lower(line.substr(0, space));
  const std::string_view rest = space == std::string_view::npos ? std::string_view{} : trim(line.substr(space));
  const auto word = std::ranges::find(words, std::string_view(verb), &Word::word);
  if (word == words.end()) return unexpected("\"" + verb + "\" is not a command. Type /help to see what is.");
  if (verb == "mute" && rest.empty()) return TypedCommand{.kind = Kind::mute_me, .participant = std::nullopt};
  TypedCommand command{.kind = word->kind, .action = word->action, .participant = std::nullopt};
  if (word->person == Person::none) {
    if (!rest.empty()) return unexpected("\"" + verb + "\" takes no name.");
    return command;
  }
  if (rest.empty()) {
    if (word->person == Person::waiting_or_all || word->person == Person::present_or_none) return command;
    return unexpected("\"" + verb + "\" needs a name.");
  }
  const bool inside = word->person == Person::present || word->person == Person::present_or_none;
  const auto person = word->person == Person::anybody ? find_anybody(rest, people)
                                                      : find_person(rest, inside ? people.present : people.waiting);
  if (!person) return unexpected(person.error());
  command.participant = *person;
  return command;
}

std::string command_help() {
  std::string text;
  for (const Word& word : words) text += "  /" + std::string(word.help) + "\n";
  return text;
}

}  // namespace sealhall::cli
