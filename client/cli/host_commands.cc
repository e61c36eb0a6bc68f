#include "client/cli/host_commands.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "client/cli/words.h"

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
};

constexpr std::array words{
    Word{"admit", Kind::host, HostAction::admit, Person::waiting_or_all},
    Word{"deny", Kind::host, HostAction::deny, Person::waiting},
    Word{"mute", Kind::host, HostAction::mute_audio, Person::present},
    Word{"unmute", Kind::unmute_me, HostAction::admit, Person::none},
    Word{"stop-video", Kind::host, HostAction::stop_video, Person::present},
    Word{"camera-off", Kind::camera_off, HostAction::admit, Person::none},
    Word{"camera-on", Kind::camera_on, HostAction::admit, Person::none},
    Word{"remove", Kind::host, HostAction::remove, Person::present},
    Word{"host", Kind::host, HostAction::make_host, Person::present},
    Word{"cohost", Kind::host, HostAction::make_cohost, Person::present},
    Word{"participant", Kind::host, HostAction::make_participant, Person::present},
    Word{"lock", Kind::host, HostAction::lock, Person::none},
    Word{"unlock", Kind::host, HostAction::unlock, Person::none},
    Word{"waiting-room-on", Kind::host, HostAction::waiting_room_on, Person::none},
    Word{"waiting-room-off", Kind::host, HostAction::waiting_room_off, Person::none},
    Word{"keys", Kind::host, HostAction::new_keys, Person::none},
    Word{"ban", Kind::host, HostAction::ban, Person::anybody},
    Word{"ask-unmute", Kind::host, HostAction::ask_unmute, Person::present},
    Word{"ask-video", Kind::host, HostAction::ask_video, Person::present},
    Word{"mute-all", Kind::host, HostAction::mute_all, Person::none},
    Word{"stop-share", Kind::host, HostAction::stop_share, Person::present},
    Word{"suspend", Kind::host, HostAction::suspend, Person::none},
    Word{"resume", Kind::host, HostAction::resume, Person::none},
    Word{"lower-hand", Kind::host, HostAction::lower_hand, Person::present},
    Word{"lower-all-hands", Kind::host, HostAction::lower_all_hands, Person::none},
    Word{"allow-recording", Kind::host, HostAction::allow_recording, Person::present},
    Word{"forbid-recording", Kind::host, HostAction::forbid_recording, Person::present},
    Word{"record-start", Kind::host, HostAction::record_start,
         Person::none},  // "record" is of the activities: I record by myself
    Word{"record-stop", Kind::host, HostAction::record_stop, Person::none},
    Word{"record-pause", Kind::host, HostAction::record_pause, Person::none},
    Word{"record-resume", Kind::host, HostAction::record_resume, Person::none},
    Word{"pin", Kind::pin, HostAction::admit, Person::present_or_none},
    Word{"share-on", Kind::share_again, HostAction::admit, Person::none},
    Word{"end", Kind::host, HostAction::end_meeting, Person::none},
    Word{"who", Kind::who, HostAction::admit, Person::none},
    Word{"leave", Kind::leave, HostAction::admit, Person::none},
    Word{"help", Kind::help, HostAction::admit, Person::none},
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
  if (found.empty()) return unexpected(tr("Nobody here is called {1}. Type /who to see who is.", {name}));
  std::string numbers;
  for (const auto n : found) numbers += " #" + std::to_string(n);
  return unexpected(tr("More than one person is called {1}. Use a number:{2}.", {name, numbers}));
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
  if (word == words.end()) return unexpected(tr("\"{1}\" is not a command. Type /help to see what is.", {verb}));
  if (verb == "mute" && rest.empty()) return TypedCommand{.kind = Kind::mute_me, .participant = std::nullopt};
  TypedCommand command{.kind = word->kind, .action = word->action, .participant = std::nullopt};
  if (word->person == Person::none) {
    if (!rest.empty()) return unexpected(tr("\"{1}\" takes no name.", {verb}));
    return command;
  }
  if (rest.empty()) {
    if (word->person == Person::waiting_or_all || word->person == Person::present_or_none) return command;
    return unexpected(tr("\"{1}\" needs a name.", {verb}));
  }
  const bool inside = word->person == Person::present || word->person == Person::present_or_none;
  const auto person = word->person == Person::anybody ? find_anybody(rest, people)
                                                      : find_person(rest, inside ? people.present : people.waiting);
  if (!person) return unexpected(person.error());
  command.participant = *person;
  return command;
}

std::vector<std::string_view> command_words() {
  std::vector<std::string_view> out;
  for (const Word& word : words) out.push_back(word.word);
  return out;
}

}  // namespace sealhall::cli
