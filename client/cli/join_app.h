// `sealhall join` while it runs: a meeting client, the terminal, the statistics.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/file_transfer.h"
#include "client/cli/host_commands.h"
#include "client/cli/options.h"
#include "client/cli/prompt.h"
#include "client/cli/stats_report.h"
#include "client/cli/terminal_view.h"
#include "client/engine/meeting_client.h"
#include "core/crypto/random.h"
#include "io/net/timer.h"

namespace sealhall::cli {

class JoinApp final : private client::ClientEvents {
 public:
  explicit JoinApp(JoinOptions options);
  ~JoinApp() override;
  /// Runs until the meeting is over for us; an exit code.
  int run();

 private:
  void on_state(client::SessionState state) override;
  void on_ended(const client::SessionEnd& end) override;
  void on_roster() override;
  void on_waiting_list() override;
  void on_speakers() override;
  void on_muted_by_host(bool audio, bool video) override;
  void on_begins_muted(bool audio, bool video) override;
  void on_share_stopped() override;
  void on_activity(const wire::ServerMessage& message) override;
  void on_notice(const std::string& sentence) override;
  void on_media_connected() override;
  void on_path(ice::PathKind kind) override;
  void on_generation(std::uint32_t active) override;
  void on_first_frame(wire::ParticipantNumber participant, bool video) override;
  void on_recording(wire::ParticipantNumber participant, const std::string& file) override;
  void on_source_ended(wire::SourceKind kind, const std::string& reason) override;

  bool prepare();
  void sign_in();
  void start(std::optional<std::string> token);
  void every_second();
  void redraw();
  void erase_view();
  // join_app_typed.cc
  /// A line of a person, of the script or of a program: text is chat, "/word" a command, "{..}" a message of
  /// docs/protocol as it is.
  void typed(const std::string& line);
  void command(std::string_view line);
  void local_command(const TypedCommand& command);
  void run_script();
  void act(wire::ClientMessage message);
  bool file_command(std::string_view verb, std::string_view rest);
  FileTransfer& files();
  [[nodiscard]] NamedPeople people() const;
  void say(const std::string& sentence);
  void fail(int code, const std::string& sentence);
  void event(const std::string& json);
  void person_event(std::string_view kind, const wire::RosterEntry& entry);
  [[nodiscard]] std::string name_of(wire::ParticipantNumber participant) const;
  [[nodiscard]] StatsInput stats_input();
  [[nodiscard]] ViewInput view_input();

  JoinOptions options_;
  io::Loop loop_;
  crypto::SystemRandom random_;
  std::unique_ptr<io::TlsClientContext> tls_;
  client::MeetingLink link_;
  std::unique_ptr<class Rest> rest_;
  std::unique_ptr<client::MeetingClient> client_;
  std::unique_ptr<io::Ticker> ticker_;
  std::unique_ptr<LineInput> input_;
  std::unique_ptr<io::Signals> signals_;
  io::Timer duration_timer_;
  io::Timer script_timer_;
  std::deque<std::string> script_;
  wire::RequestNumber next_request_ = 1;
  std::uint32_t room_ = 0;
  std::unique_ptr<FileTransfer> files_;
  StatsReport report_;
  Instant started_{};
  std::optional<Instant> joined_at_;
  std::vector<std::string> events_;
  std::map<wire::ParticipantNumber, wire::RosterEntry> known_;
  std::optional<wire::MeetingInfo> meeting_seen_;
  std::map<wire::ParticipantNumber, wire::RosterEntry> everybody_;  // also those who have left
  std::vector<wire::ParticipantNumber> speakers_;
  std::size_t drawn_lines_ = 0;
  bool redraws_ = false;
  int code_ = exit_code::ok;
};

}  // namespace sealhall::cli
