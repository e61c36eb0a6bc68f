// `sealhall meeting`: make, plan, list, change, cancel and end meetings; who is invited and who has registered.
#include <CLI/CLI.hpp>
#include <iostream>

#include "client/admin/account_options.h"
#include "client/admin/chat_words.h"
#include "client/admin/commands.h"
#include "client/admin/lookup.h"
#include "client/admin/schedule_words.h"

namespace sealhall::admin {
namespace {

namespace json = boost::json;

void print_meeting(const json::object& meeting) {
  std::cout << text_of(meeting, "topic") << "\n  join: " << text_of(meeting, "join_url")
            << "\n  id:   " << text_of(meeting, "id");
  if (!text_of(meeting, "ended_at").empty()) std::cout << "   (ended " << text_of(meeting, "ended_at") << ")";
  std::cout << "\n";
}

void print_planned(const json::object& meeting) {
  print_meeting(meeting);
  const auto line = [&](const char* label, const char* field) {
    const std::string text = text_of(meeting, field);
    if (!text.empty()) std::cout << "  " << label << text << "\n";
  };
  line("at:   ", "start_time");
  line("passcode: ", "password");
  line("register: ", "registration_url");
  line("start: ", "start_url");
  for_each_object(meeting, "occurrences", [](const json::object& o) {
    std::cout << "    " << text_of(o, "start_time") << "  " << text_of(o, "status") << "  "
              << text_of(o, "occurrence_id") << "\n";
  });
}

/// Everything that create and edit say about a meeting.
struct MeetingOptions {
  std::string topic;
  std::string agenda;
  std::string passcode;
  bool waiting_room = false;
  std::string at;
  std::string zone;
  std::uint32_t minutes = 0;
  RepeatWords repeat;
  std::vector<std::string> invite;
  std::string alternative_hosts;
  std::string registration;
  std::string language;
  std::string for_person;
  std::vector<std::string> track;  ///< "FIELD=VALUE"

  void add_to(CLI::App& app) {
    app.add_option("--topic", topic, "what it is about");
    app.add_option("--agenda", agenda, "what will be talked about");
    app.add_option("--passcode", passcode, "people need it to join; it is part of the link");
    app.add_flag("--waiting-room", waiting_room, "people wait until a host admits them");
    app.add_option("--at", at, "when it begins, e.g. \"2026-12-01 10:00\" (with a Z at the end: in UTC)");
    app.add_option("--zone", zone, "whose clock --at means, e.g. Asia/Taipei (default: this machine's)");
    app.add_option("--minutes", minutes, "how long it takes")->check(CLI::Range(1, 60 * 24));
    app.add_option("--repeat", repeat.repeat, "daily, weekly, weekly:mon,wed, monthly:15, monthly:last-fri");
    app.add_option("--every", repeat.every, "every so many days, weeks or months")->check(CLI::Range(1, 99));
    app.add_option("--times", repeat.times, "how often in all");
    app.add_option("--until", repeat.until, "the last day, e.g. 2026-12-31");
    app.add_option("--invite", invite, "mail addresses of people who get an invitation")->delimiter(',');
    app.add_option("--alternative-hosts", alternative_hosts, "mail addresses of people who may start it too");
    app.add_option("--register", registration, "people register first: auto, or approve when you decide")
        ->check(CLI::IsMember({"auto", "approve", "off"}));
    app.add_option("--language", language, "of invitations: en-US or zh-TW");
    app.add_option("--track", track, "FIELD=VALUE of a tracking field that your organisation asks for");
  }
  /// Whether anything was said that needs scheduling.
  [[nodiscard]] bool planned() const {
    return !at.empty() || !repeat.repeat.empty() || !invite.empty() || !alternative_hosts.empty() ||
           !registration.empty() || !agenda.empty() || minutes > 0 || !for_person.empty() || !track.empty();
  }
  [[nodiscard]] expected<json::object, Problem> body(bool creating) const {
    json::object out;
    json::object settings;
    if (!topic.empty()) out["topic"] = topic;
    if (!agenda.empty()) out["agenda"] = agenda;
    if (!passcode.empty()) out["password"] = passcode;
    if (minutes > 0) out["duration"] = minutes;
    if (!for_person.empty()) out["schedule_for"] = for_person;
    if (!at.empty()) {
      const auto start = start_time_of(at);
      if (!start) return unexpected(Problem{"\"" + at + "\" is no time. It looks like 2026-12-01 10:00.", exit_usage});
      out["start_time"] = *start;
    }
    if (!zone.empty() || (creating && !at.empty())) out["timezone"] = zone.empty() ? zone_of_this_machine() : zone;
    if (!repeat.repeat.empty()) {
      auto rule = recurrence_of(repeat);
      if (!rule) return unexpected(Problem{rule.error(), exit_usage});
      out["recurrence"] = std::move(*rule);
      out["type"] = 8;
    } else if (creating) {
      out["type"] = at.empty() ? 3 : 2;
    }
    if (waiting_room) settings["waiting_room"] = true;
    if (!alternative_hosts.empty()) settings["alternative_hosts"] = alternative_hosts;
    if (!invite.empty()) settings["meeting_invitees"] = invitees_of(invite);
    if (!registration.empty())
      settings["approval_type"] = registration == "auto" ? 0 : registration == "approve" ? 1 : 2;
    if (!language.empty()) settings["language"] = language;
    if (!settings.empty()) out["settings"] = std::move(settings);
    if (!track.empty()) {
      json::array fields;
      for (const std::string& text : track) {
        const std::size_t at_sign = text.find('=');
        if (at_sign == std::string::npos || at_sign == 0)
          return unexpected(Problem{"\"" + text + "\" is no FIELD=VALUE.", exit_usage});
        fields.push_back(json::object{{"field", text.substr(0, at_sign)}, {"value", text.substr(at_sign + 1)}});
      }
      out["tracking_fields"] = std::move(fields);
    }
    return out;
  }
};

int create(RestSession& session, const MeetingOptions& options, bool as_json) {
  if (!options.planned()) {
    json::object body{{"topic", options.topic}};
    // What is not said is for the policies to say.
    if (options.waiting_room) body["waiting_room"] = true;
    if (!options.passcode.empty()) body["passcode"] = options.passcode;
    return show(session.call("POST", "/api/meetings", body), as_json, &print_meeting);
  }
  const auto body = options.body(true);
  if (!body) return fail(body.error());
  return show(session.call("POST", "/v2/users/me/meetings", *body), as_json, &print_planned);
}

int list(RestSession& session, const std::string& type, bool as_json) {
  const auto answer = type.empty() ? session.call("GET", "/api/meetings")
                                   : session.call("GET", "/v2/users/me/meetings?page_size=300&type=" + type);
  return show(answer, as_json, [&](const json::object& all) {
    for_each_object(all, "meetings", [&](const json::object& meeting) {
      print_meeting(meeting);
      if (!type.empty() && !text_of(meeting, "start_time").empty())
        std::cout << "  at:   " << text_of(meeting, "start_time") << "\n";
    });
  });
}

std::string meeting_path(const std::string& id, const std::string& occurrence) {
  std::string path = "/v2/meetings/" + io::percent_encode(id);
  if (!occurrence.empty()) path += "?occurrence_id=" + io::percent_encode(occurrence);
  return path;
}

int edit(RestSession& session, const std::string& id, const std::string& occurrence, const MeetingOptions& options,
         bool as_json) {
  const auto body = options.body(false);
  if (!body) return fail(body.error());
  if (body->empty()) return fail({"Say what is to change, e.g. --at or --topic.", exit_usage});
  if (const auto changed = session.call("PATCH", meeting_path(id, occurrence), *body); !changed)
    return fail(changed.error());
  return show(session.call("GET", meeting_path(id, occurrence)), as_json, &print_planned);
}

int cancel(RestSession& session, const std::string& id, const std::string& occurrence, bool as_json) {
  return told(session.call("DELETE", meeting_path(id, occurrence)), as_json,
              occurrence.empty() ? "The meeting is cancelled." : "That one is cancelled, the others take place.");
}

/// Without addresses it prints the text that can be passed on; with some, those people get a mail.
int invite(RestSession& session, const std::string& id, const std::vector<std::string>& addresses, bool as_json) {
  if (addresses.empty()) {
    return show(session.call("GET", meeting_path(id, "") + "/invitation"), as_json,
                [](const json::object& answer) { std::cout << text_of(answer, "invitation"); });
  }
  const auto meeting = session.call("GET", meeting_path(id, ""));
  if (!meeting) return fail(meeting.error());
  json::array all = invitees_of(addresses);
  if (const auto* settings = meeting->if_contains("settings"); settings != nullptr && settings->is_object()) {
    for_each_object(settings->as_object(), "meeting_invitees", [&](const json::object& invited) {
      if (std::find(addresses.begin(), addresses.end(), text_of(invited, "email")) == addresses.end())
        all.push_back(invited);
    });
  }
  return told(
      session.call("PATCH", meeting_path(id, ""), {{"settings", json::object{{"meeting_invitees", std::move(all)}}}}),
      as_json, "Invitations are on their way.");
}

struct Decision {
  std::vector<std::string> approve;
  std::vector<std::string> deny;
  std::vector<std::string> cancel;
};

int registrants(RestSession& session, const std::string& id, const Decision& decision, const std::string& state,
                bool as_json) {
  const std::string path = meeting_path(id, "") + "/registrants";
  const std::pair<const char*, const std::vector<std::string>*> actions[] = {
      {"approve", &decision.approve}, {"deny", &decision.deny}, {"cancel", &decision.cancel}};
  for (const auto& [action, people] : actions) {
    if (people->empty()) continue;
    json::array who;
    for (const std::string& name : *people)
      who.push_back(json::object{{name.find('@') == std::string::npos ? "id" : "email", name}});
    const auto answer = session.call("PUT", path + "/status", {{"action", action}, {"registrants", std::move(who)}});
    if (!answer) return fail(answer.error());
  }
  json::array all;
  for (const std::string& wanted :
       state.empty() ? std::vector<std::string>{"pending", "approved"} : std::vector{state}) {
    const auto answer = session.call("GET", path + "?page_size=300&status=" + wanted);
    if (!answer) return fail(answer.error());
    for_each_object(*answer, "registrants", [&](const json::object& r) {
      if (as_json) return all.push_back(r);
      std::cout << text_of(r, "first_name") << " " << text_of(r, "last_name") << "  " << text_of(r, "email") << "  "
                << text_of(r, "status") << "  " << text_of(r, "id") << "\n";
    });
  }
  if (as_json) std::cout << json::object{{"registrants", std::move(all)}} << "\n";
  return 0;
}

struct GuestWish {
  std::string name;
  std::uint32_t hours = 0;
  std::string revoke;
};

int guests(RestSession& session, const std::string& id, const GuestWish& wish, bool as_json) {
  const std::string path = "/api/meetings/" + id + "/guests";
  const auto print = [](const json::object& g) {
    std::cout << text_of(g, "name") << "\n  join: " << text_of(g, "join_url") << "\n  id:   " << text_of(g, "id");
    if (!text_of(g, "expires_at").empty()) std::cout << "   (until " << text_of(g, "expires_at") << ")";
    std::cout << "\n";
  };
  if (!wish.revoke.empty())
    return told(session.call("DELETE", path + "/" + wish.revoke), as_json, "That link opens nothing any more.");
  if (!wish.name.empty()) {
    json::object body{{"name", wish.name}};
    if (wish.hours > 0) body["expires_in_hours"] = wish.hours;
    return show(session.call("POST", path, body), as_json, print);
  }
  return show(session.call("GET", path), as_json,
              [&](const json::object& answer) { for_each_object(answer, "guests", print); });
}

/// Without a ban to lift: all of them. Names are not kept with them.
int bans(RestSession& session, const std::string& id, const std::string& lift, bool as_json) {
  const std::string path = "/api/meetings/" + io::percent_encode(id) + "/bans";
  if (!lift.empty())
    return told(session.call("DELETE", path + "/" + io::percent_encode(lift)), as_json, "They may come in again.");
  return show(session.call("GET", path), as_json, [](const json::object& answer) {
    for_each_object(answer, "bans", [](const json::object& ban) { std::cout << text_of(ban, "ban") << "\n"; });
  });
}

/// What was written to everybody, the newest first: as many as the server gives at once.
int chat(RestSession& session, const std::string& id, const std::string& search, bool as_json) {
  std::string path = "/api/meetings/" + io::percent_encode(id) + "/chat?limit=1000";
  if (!search.empty()) path += "&query=" + io::percent_encode(search);
  return show(session.call("GET", path), as_json, [](const json::object& answer) {
    for_each_object(answer, "messages", [](const json::object& message) { std::cout << chat_line(message) << "\n"; });
  });
}

}  // namespace

int meeting_main(int argc, char** argv) {
  CLI::App app{"Make, plan, list, change and end meetings.", "sealhall meeting"};
  app.require_subcommand(1);
  AccountOptions account;
  MeetingOptions options;
  Decision decision;
  std::string id;
  std::string occurrence;
  std::string type;
  std::string state;
  std::vector<std::string> addresses;
  auto* create_command = app.add_subcommand("create", "make a meeting and print its link; with --at it is planned");
  auto* list_command = app.add_subcommand("list", "your meetings, newest first");
  auto* edit_command = app.add_subcommand("edit", "change a meeting; invited people hear of it");
  auto* cancel_command = app.add_subcommand("cancel", "cancel a meeting, or one of a series");
  auto* invite_command = app.add_subcommand("invite", "print the invitation, or send it to people");
  auto* registrants_command = app.add_subcommand("registrants", "who has registered, and who may come");
  auto* end_command = app.add_subcommand("end", "end a meeting for everybody");
  auto* guest_command = app.add_subcommand("guest", "give a guest a link of their own, list such links, take one back");
  auto* bans_command = app.add_subcommand("bans", "who was banned from a meeting, and letting them come in again");
  auto* chat_command = app.add_subcommand("chat", "what was written to everybody, the newest 1000 first");
  for (auto* command : app.get_subcommands({})) account.add_to(*command);
  for (auto* command : {create_command, edit_command}) options.add_to(*command);
  create_command->add_option("--for", options.for_person, "mail address of the person whose meeting it will be");
  list_command->add_option("--type", type, "scheduled, upcoming, previous_meetings or live")
      ->check(CLI::IsMember({"scheduled", "upcoming", "previous_meetings", "live"}));
  for (auto* command : {edit_command, cancel_command, invite_command, registrants_command, end_command, guest_command,
                        bans_command, chat_command})
    command->add_option("ID", id, "the meeting's id")->required();
  for (auto* command : {edit_command, cancel_command})
    command->add_option("--occurrence", occurrence, "only this one of a series, as `create` or `edit` printed it");
  invite_command->add_option("ADDRESS", addresses, "mail addresses");
  registrants_command->add_option("--approve", decision.approve, "ids or mail addresses")->delimiter(',');
  registrants_command->add_option("--deny", decision.deny, "ids or mail addresses")->delimiter(',');
  registrants_command->add_option("--cancel", decision.cancel, "ids or mail addresses")->delimiter(',');
  registrants_command->add_option("--status", state, "pending, approved or denied")
      ->check(CLI::IsMember({"pending", "approved", "denied"}));
  GuestWish guest;
  guest_command->add_option("--name", guest.name, "what the others see; makes a link");
  guest_command
      ->add_option("--hours", guest.hours, "how long the link works (default: as long as the meeting is there)")
      ->check(CLI::Range(1, 24 * 366));
  guest_command->add_option("--revoke", guest.revoke, "the id of a link that is to open nothing any more");
  std::string lift;
  std::string search;
  bans_command->add_option("--lift", lift, "the ban, as this command prints it, of whom may come in again");
  chat_command->add_option("--search", search, "only what has these words");
  if (const auto code = parse(app, argc, argv)) return *code;
  auto session = account.sign_in();
  if (!session) return fail(session.error());
  if (bans_command->parsed()) return bans(**session, id, lift, account.json);
  if (chat_command->parsed()) return chat(**session, id, search, account.json);
  if (guest_command->parsed()) return guests(**session, id, guest, account.json);
  if (create_command->parsed()) return create(**session, options, account.json);
  if (list_command->parsed()) return list(**session, type, account.json);
  if (edit_command->parsed()) return edit(**session, id, occurrence, options, account.json);
  if (cancel_command->parsed()) return cancel(**session, id, occurrence, account.json);
  if (invite_command->parsed()) return invite(**session, id, addresses, account.json);
  if (registrants_command->parsed()) return registrants(**session, id, decision, state, account.json);
  return told((*session)->call("POST", "/api/meetings/" + id + "/end"), account.json, "The meeting has ended.");
}

}  // namespace sealhall::admin
