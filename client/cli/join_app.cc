#include "client/cli/join_app.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <utility>

#include "client/cli/device.h"
#include "client/cli/json_line.h"
#include "client/cli/rest.h"
#include "client/cli/words.h"
#include "core/wire/codec.h"
#include "io/files/files.h"
#include "io/net/system.h"

namespace sealhall::cli {

namespace {

int code_of(client::SessionEnd::Kind kind) {
  switch (kind) {
    case client::SessionEnd::Kind::left:
    case client::SessionEnd::Kind::meeting_ended:
      return exit_code::ok;
    case client::SessionEnd::Kind::removed:
      return exit_code::removed;
    case client::SessionEnd::Kind::refused:
      return exit_code::refused;
    case client::SessionEnd::Kind::server_not_verified:
      return exit_code::not_verified;
    case client::SessionEnd::Kind::unreachable:
      return exit_code::unreachable;
  }
  return exit_code::failed;
}

}  // namespace

JoinApp::JoinApp(JoinOptions options) : options_(std::move(options)), duration_timer_(loop_), script_timer_(loop_) {}
JoinApp::~JoinApp() = default;

int JoinApp::run() {
  speak(help_language_of_environment());
  if (!prepare()) return code_;
  started_ = loop_.now();
  redraws_ = output_is_terminal() && !options_.stats;
  signals_ = std::make_unique<io::Signals>(loop_, std::initializer_list<int>{SIGINT, SIGTERM}, [this](int) {
    if (client_) {
      client_->leave();
    } else {
      loop_.stop();
    }
  });
  if (!options_.user.empty()) {
    sign_in();
  } else {
    start(options_.token.empty() ? std::nullopt : std::optional{options_.token});
  }
  loop_.run();
  // The last line shows the final counters.
  if (options_.stats && client_) every_second();
  if (client_) client_->finish();
  return code_;
}

bool JoinApp::prepare() {
  auto link = client::parse_link(options_.link);
  if (!link) {
    fail(exit_code::usage, link.error());
    return false;
  }
  link_ = std::move(*link);
  if (!options_.passcode.empty()) link_.passcode = options_.passcode;
  auto tls = io::TlsClientContext::create({.ca_file = options_.ca});
  if (!tls) {
    fail(exit_code::usage, tls.error().reason);
    return false;
  }
  tls_ = std::move(*tls);
  if (!options_.script.empty()) {
    auto script = io::read_file(options_.script);
    if (!script) {
      fail(exit_code::usage, script.error().reason);
      return false;
    }
    std::istringstream text{std::string(as_text(*script))};
    for (std::string line; std::getline(text, line);) script_.push_back(std::move(line));
  }
  for (const std::string& folder : {options_.record, options_.hear}) {
    if (folder.empty()) continue;
    if (const auto made = io::make_private_folder(folder); !made) {
      fail(exit_code::usage, made.error().reason);
      return false;
    }
  }
  return true;
}

void JoinApp::sign_in() {
  std::optional<std::string> password;
  if (const char* variable = std::getenv("SEALHALL_PASSWORD")) password = variable;
  if (!password) password = ask_password("Password of " + options_.user + ": ");
  if (!password) {
    loop_.post([this] {
      fail(exit_code::usage,
           "There is no terminal to ask for the password. Put it into SEALHALL_PASSWORD, or use --token.");
      loop_.stop();
    });
    return;
  }
  rest_ = std::make_unique<Rest>(loop_, *tls_, link_.host, link_.port);
  rest_->sign_in(options_.user, *password, [this](expected<std::string, std::string> token) {
    if (!token) {
      fail(exit_code::refused, token.error());
      loop_.stop();
      return;
    }
    start(*token);
  });
}

void JoinApp::start(std::optional<std::string> token) {
  client::ClientConfig config;
  config.session.link = link_;
  config.session.token = std::move(token);
  if (!options_.name.empty()) {
    config.session.name = options_.name;
  } else if (link_.name && !config.session.token) {
    config.session.name = *link_.name;
  } else if (const char* user = std::getenv("USER"); user != nullptr && !config.session.token) {
    config.session.name = user;
  } else if (!config.session.token && !link_.start) {
    config.session.name = "Guest";
  }
  config.session.device = device_of(link_.host, link_.meeting_id);
  config.session.relay_only = options_.relay;
  config.session.wanted_height = options_.watch_height;
  config.max_height = options_.max_height;
  config.dtx = options_.dtx;
  config.decode = !options_.no_decode;
  config.record_folder = options_.record;
  config.hear_folder = options_.hear;
  if (!options_.audio.empty()) config.audio = codec::parse_source(options_.audio, options_.loop);
  if (!options_.video.empty()) {
    const auto video = codec::parse_source(options_.video, options_.loop);
    (video.kind == codec::SourceSpec::Kind::screen ? config.share : config.camera) = video;
  }
  if (!options_.share.empty()) config.share = codec::parse_source(options_.share, options_.loop);
  auto made = client::MeetingClient::create(loop_, *tls_, random_, std::move(config), *this);
  if (!made) {
    loop_.post([this, why = made.error()] {
      fail(exit_code::usage, why);
      loop_.stop();
    });
    return;
  }
  client_ = std::move(*made);
  ticker_ = std::make_unique<io::Ticker>(loop_, std::chrono::seconds{1}, [this] { every_second(); });
  if (options_.duration > 0) {
    duration_timer_.after(seconds_to_duration(options_.duration), [this] { client_->leave(); });
  }
  if (options_.host_commands || input_is_terminal()) {
    input_ = std::make_unique<LineInput>(loop_, [this](const std::string& line) { typed(line); });
  }
  client_->start();
}

void JoinApp::fail(int code, const std::string& sentence) {
  code_ = code;
  std::cerr << sentence << "\n";
}

void JoinApp::say(const std::string& sentence) {
  if (redraws_) {
    erase_view();
    std::cout << sentence << "\n" << std::flush;
    redraw();
  } else {
    (options_.stats ? std::cerr : std::cout) << sentence << "\n" << std::flush;
  }
}

void JoinApp::event(const std::string& json) {
  if (options_.stats) events_.push_back(json);
}

std::string JoinApp::name_of(wire::ParticipantNumber participant) const {
  const auto it = known_.find(participant);
  return it == known_.end() ? "#" + std::to_string(participant) : printable(it->second.name);
}

void JoinApp::on_state(client::SessionState state) {
  JsonObject o;
  o.add("event", "state").add("t", to_seconds(loop_.now() - started_)).add("state", state_word(state));
  event(o.text());
  if (state == client::SessionState::waiting)
    say(tr("The host has been told that you are here. Please wait to be let in."));
  if (state == client::SessionState::joined) {
    if (!joined_at_) {
      joined_at_ = loop_.now();
      loop_.post([this] { run_script(); });
      const std::string topic = printable(client_->session().meeting().topic, 80);
      say(topic.empty() ? tr("You are in the meeting.") : tr("You are in the meeting \"{1}\".", {topic}));
    } else {
      say(tr("You are in the meeting again."));
    }
  }
}

void JoinApp::on_ended(const client::SessionEnd& end) {
  code_ = code_of(end.kind);
  JsonObject o;
  o.add("event", "ended").add("t", to_seconds(loop_.now() - started_)).add("message", end.message).add("code", code_);
  event(o.text());
  if (!end.message.empty()) {
    if (code_ == exit_code::ok) {
      say(printable(end.message, 400));
    } else {
      std::cerr << printable(end.message, 600) << "\n";
    }
  }
  loop_.stop();
}

void JoinApp::on_speakers() {
  const auto& loudest = client_->session().speakers();
  if (!redraws_ && !options_.stats && !loudest.empty() && (speakers_.empty() || loudest.front() != speakers_.front())) {
    say(tr("{1} speaks.", {name_of(loudest.front())}));
  }
  speakers_ = loudest;
  redraw();
}

void JoinApp::on_muted_by_host(bool audio, bool video) {
  if (audio) say(tr("The host has muted you. Type /unmute to speak again."));
  if (video) say(tr("The host has stopped your video. Type /camera-on to show yourself again."));
}

void JoinApp::on_begins_muted(bool audio, bool video) {
  if (audio) say(tr("This meeting begins with your microphone off. Type /unmute to speak."));
  if (video) say(tr("This meeting begins with your camera off. Type /camera-on to show yourself."));
}

void JoinApp::on_notice(const std::string& sentence) { say(printable(sentence, 400)); }

void JoinApp::on_media_connected() {
  const auto stats = client_->session().stats();
  JsonObject o;
  o.add("event", "media").add("t", to_seconds(loop_.now() - started_)).add("cipher", stats.cipher);
  event(o.text());
}

void JoinApp::on_path(ice::PathKind kind) {
  JsonObject o;
  o.add("event", "path")
      .add("t", to_seconds(loop_.now() - started_))
      .add("path", kind == ice::PathKind::udp ? "udp" : "relay");
  event(o.text());
  if (kind == ice::PathKind::relay && !options_.relay) say(tr("UDP does not get through; media goes over TLS now."));
  redraw();
}

void JoinApp::on_generation(std::uint32_t active) {
  JsonObject o;
  o.add("event", "generation").add("t", to_seconds(loop_.now() - started_)).add("generation", active);
  event(o.text());
  redraw();
}

void JoinApp::on_first_frame(wire::ParticipantNumber participant, bool video) {
  JsonObject o;
  o.add("event", "first_frame")
      .add("t", to_seconds(loop_.now() - started_))
      .add("participant", participant)
      .add("kind", video ? "video" : "audio");
  event(o.text());
}

void JoinApp::on_recording(wire::ParticipantNumber participant, const std::string& file) {
  JsonObject o;
  o.add("event", "recording").add("participant", participant).add("name", name_of(participant)).add("file", file);
  event(o.text());
}

void JoinApp::on_source_ended(wire::SourceKind kind, const std::string& reason) {
  say(reason.empty() ? tr("The {1} source has ended.", {wire::word_of(kind)})
                     : tr("The {1} source has ended: {2}", {wire::word_of(kind), reason}));
}

StatsInput JoinApp::stats_input() {
  StatsInput input;
  input.since_start = loop_.now() - started_;
  const client::MeetingSession& session = client_->session();
  input.state = state_word(session.state());
  input.self = session.self();
  input.session = session.stats();
  // The last line is about everybody who was there.
  input.roster = session.state() == client::SessionState::ended ? everybody_ : session.roster();
  input.decoded = [this](wire::ParticipantNumber participant) { return client_->decoded(participant); };
  input.left_out = client_->left_out();
  input.events = std::exchange(events_, {});
  return input;
}

ViewInput JoinApp::view_input() {
  const client::MeetingSession& session = client_->session();
  return {.state = session.state(),
          .meeting = session.meeting(),
          .self = session.self(),
          .roster = session.roster(),
          .waiting = session.waiting(),
          .speakers = session.speakers(),
          .stats = session.stats(),
          .since_join = joined_at_ ? loop_.now() - *joined_at_ : Duration{}};
}

void JoinApp::every_second() {
  if (options_.stats) {
    std::cout << report_.line(stats_input()) << "\n" << std::flush;
  } else {
    redraw();
  }
}

void JoinApp::redraw() {
  if (!redraws_ || !client_ || !joined_at_) return;
  const auto lines = render(view_input());
  const std::size_t columns = output_columns();
  if (lines.size() == drawn_lines_) {
    // In place, the cursor back where it was: what somebody is typing below the view stays (DECSC, CUU, EL, DECRC).
    std::cout << "\0337\033[" << drawn_lines_ << "A\r";
    for (const std::string& line : lines) std::cout << "\x1b[2K" << fit(line, columns) << "\n";
    std::cout << "\0338" << std::flush;
    return;
  }
  erase_view();
  for (const std::string& line : lines) std::cout << fit(line, columns) << "\n";
  std::cout << std::flush;
  drawn_lines_ = lines.size();
}

/// Up over what was drawn last and everything from there cleared (ECMA-48: CUU, ED), so that sentences stay above the
/// view.
void JoinApp::erase_view() {
  if (drawn_lines_ > 0) std::cout << "\r\x1b[" << std::exchange(drawn_lines_, 0) << "A\x1b[J";
}

int join_main(int argc, char** argv) {
  auto options = parse_join_options(argc, argv);
  if (!options) {
    (options.error().code == 0 ? std::cout : std::cerr) << options.error().text;
    return options.error().code;
  }
  static_cast<void>(io::keep_memory_private());  // the keys of the meeting; best effort on somebody's own machine
  JoinApp app(std::move(*options));
  return app.run();
}

}  // namespace sealhall::cli
