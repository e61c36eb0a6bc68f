// `sealhall recording`: start and stop, the library, who may watch what for how long, and how recordings look.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>

#include "client/admin/account_options.h"
#include "client/admin/commands.h"

namespace sealhall::admin {
namespace {

namespace json = boost::json;

std::string path_of(const std::string& id) { return "/api/recordings/" + io::percent_encode(id); }

int answered(const expected<json::object, Problem>& answer, const char* sentence) {
  if (!answer) return fail(answer.error());
  std::cout << sentence << "\n";
  return 0;
}

void print(const json::object& recording) {
  const auto* inner = recording.if_contains("meeting");
  const json::object meeting = inner != nullptr && inner->is_object() ? inner->get_object() : json::object{};
  std::cout << text_of(recording, "id") << "  " << text_of(meeting, "start_time") << "  " << text_of(recording, "state")
            << "  " << text_of(meeting, "topic") << "\n";
  const auto line = [](const char* label, const std::string& text) {
    if (!text.empty()) std::cout << "  " << label << text << "\n";
  };
  line("shared:    ", text_of(meeting, "share_url"));
  line("passcode:  ", text_of(meeting, "password"));
  line("until:     ", text_of(recording, "share_until"));
  line("in trash:  ", text_of(recording, "trashed_at"));
  line("destroyed: ", text_of(recording, "delete_at"));
  const auto* hold = recording.if_contains("legal_hold");
  if (hold != nullptr && hold->is_bool() && hold->get_bool()) line("", "under legal hold");
  for_each_object(meeting, "recording_files", [](const json::object& file) {
    std::cout << "  " << text_of(file, "file_type") << "  " << text_of(file, "file_size") << " bytes  "
              << text_of(file, "download_url") << "\n";
  });
}

void print_settings(const json::object& settings) {
  std::cout << "layout:    " << text_of(settings, "layout") << "\nheight:    " << text_of(settings, "height")
            << "\nretention: ";
  const std::string days = text_of(settings, "retention_days");
  std::cout << (days.empty() || days == "0" ? "for ever" : days + " days") << "\n";
}

struct Settings {
  std::string meeting;
  std::string layout;
  std::uint32_t height = 0;
  std::int64_t retention = -1;
};

int settings(RestSession& session, const Settings& wanted) {
  const std::string path = wanted.meeting.empty()
                               ? "/api/recording-settings"
                               : "/api/meetings/" + io::percent_encode(wanted.meeting) + "/recording-settings";
  json::object body;
  if (!wanted.layout.empty()) body["layout"] = wanted.layout;
  if (wanted.height > 0) body["height"] = wanted.height;
  if (wanted.retention >= 0) body["retention_days"] = wanted.retention;
  if (!body.empty()) {
    if (const auto changed = session.call("PATCH", path, body); !changed) return fail(changed.error());
  }
  const auto answer = session.call("GET", path);
  if (!answer) return fail(answer.error());
  print_settings(*answer);
  return 0;
}

int share(RestSession& session, const std::string& id, const std::string& passcode, std::uint32_t hours,
          bool no_download) {
  json::object body;
  if (!passcode.empty()) body["passcode"] = passcode;
  if (hours > 0) body["expires_in_hours"] = hours;
  body["viewer_download"] = !no_download;
  const auto answer = session.call("POST", path_of(id) + "/share", body);
  if (!answer) return fail(answer.error());
  print(*answer);
  return 0;
}

int list(RestSession& session, bool trash) {
  const auto answer = session.call("GET", std::string{"/api/recordings?page_size=300"} + (trash ? "&trash=true" : ""));
  if (!answer) return fail(answer.error());
  for_each_object(*answer, "recordings", print);
  return 0;
}

}  // namespace

int recording_main(int argc, char** argv) {
  CLI::App app{"Record meetings, and look after what was recorded.", "sealhall recording"};
  app.require_subcommand(1);
  AccountOptions account;
  Settings wanted;
  std::string id;
  std::string passcode;
  std::string until;
  std::uint32_t hours = 0;
  bool no_download = false;
  bool trash = false;
  bool for_good = false;
  auto* list_command = app.add_subcommand("list", "your recordings, newest first");
  auto* start_command = app.add_subcommand("start", "record a meeting that runs; everybody in it sees that");
  auto* stop_command = app.add_subcommand("stop", "stop recording it");
  auto* pause_command = app.add_subcommand("pause", "stop for a while");
  auto* resume_command = app.add_subcommand("resume", "go on");
  auto* share_command = app.add_subcommand("share", "make or change the link by which others watch it");
  auto* unshare_command = app.add_subcommand("unshare", "end its link");
  auto* delete_command = app.add_subcommand("delete", "put it into the trash, or destroy it");
  auto* restore_command = app.add_subcommand("restore", "take it out of the trash");
  auto* hold_command = app.add_subcommand("hold", "legal hold: nobody can delete it, nor does time");
  auto* release_command = app.add_subcommand("release", "end the legal hold");
  auto* keep_command = app.add_subcommand("keep", "until when it is kept");
  auto* settings_command = app.add_subcommand("settings", "how new recordings look and how long they are kept");
  for (auto* command : app.get_subcommands({})) account.add_to(*command);
  list_command->add_flag("--trash", trash, "what is in the trash");
  for (auto* command : {start_command, stop_command, pause_command, resume_command})
    command->add_option("MEETING", id, "the meeting's id")->required();
  for (auto* command :
       {share_command, unshare_command, delete_command, restore_command, hold_command, release_command, keep_command})
    command->add_option("ID", id, "the recording's id, as `list` prints it")->required();
  share_command->add_option("--passcode", passcode, "people need it to watch");
  share_command->add_option("--hours", hours, "the link ends after so many hours");
  share_command->add_flag("--no-download", no_download, "watching only");
  delete_command->add_flag("--for-good", for_good, "destroy its keys now; nothing brings it back");
  keep_command->add_option("--until", until, "a time like 2026-12-31T00:00:00Z, or \"\" for ever")->required();
  settings_command->add_option("--meeting", wanted.meeting, "of this meeting only (default: of the account)");
  settings_command->add_option("--layout", wanted.layout, "gallery or speaker")
      ->check(CLI::IsMember({"gallery", "speaker"}));
  settings_command->add_option("--height", wanted.height, "360, 540, 720 or 1080 lines")
      ->check(CLI::IsMember({360, 540, 720, 1080}));
  settings_command->add_option("--retention", wanted.retention, "destroyed after so many days; 0: never")
      ->check(CLI::Range(0, 36500));
  if (const auto code = parse(app, argc, argv)) return *code;
  auto opened = account.sign_in();
  if (!opened) return fail(opened.error());
  RestSession& session = **opened;
  for (const auto* command : {start_command, stop_command, pause_command, resume_command}) {
    if (!command->parsed()) continue;
    return answered(session.call("PATCH", "/v2/live_meetings/" + io::percent_encode(id) + "/events",
                                 {{"method", "recording." + command->get_name()}}),
                    "Done.");
  }
  if (list_command->parsed()) return list(session, trash);
  if (settings_command->parsed()) return settings(session, wanted);
  if (share_command->parsed()) return share(session, id, passcode, hours, no_download);
  if (unshare_command->parsed())
    return answered(session.call("DELETE", path_of(id) + "/share"), "Its link does not work any more.");
  if (restore_command->parsed()) return answered(session.call("POST", path_of(id) + "/restore"), "It is back.");
  if (delete_command->parsed()) {
    return answered(session.call("DELETE", path_of(id) + (for_good ? "?action=delete" : "?action=trash")),
                    for_good ? "It is destroyed." : "It is in the trash.");
  }
  if (keep_command->parsed()) return answered(session.call("PATCH", path_of(id), {{"delete_at", until}}), "Noted.");
  return answered(session.call("PATCH", path_of(id), {{"legal_hold", hold_command->parsed()}}),
                  hold_command->parsed() ? "It is under legal hold." : "The legal hold is over.");
}

}  // namespace sealhall::admin
