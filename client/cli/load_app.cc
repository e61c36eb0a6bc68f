// `sealhall load`: N participants in M meetings from one process.
#include <sys/resource.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <vector>

#include "client/cli/commands.h"
#include "client/cli/json_line.h"
#include "client/cli/load_participant.h"
#include "client/cli/options.h"
#include "client/cli/rest.h"
#include "core/crypto/random.h"
#include "io/net/timer.h"

namespace sealhall::cli {

namespace {

class LoadApp {
 public:
  explicit LoadApp(LoadOptions options) : options_(std::move(options)), end_timer_(loop_) {}

  int run() {
    auto tls = io::TlsClientContext::create({.ca_file = options_.ca});
    if (!tls) return fail(exit_code::usage, tls.error().reason);
    tls_ = std::move(*tls);
    started_ = loop_.now();
    signals_ = std::make_unique<io::Signals>(loop_, std::initializer_list<int>{SIGINT, SIGTERM},
                                             [this](int) { loop_.stop(); });
    if (options_.links.empty()) {
      const auto url = io::parse_url(options_.server);
      if (!url) return fail(exit_code::usage, "The server should be given as https://HOST:PORT.");
      rest_ = std::make_unique<Rest>(loop_, *tls_, url->host, url->port);
      make_meeting(*url);
    } else {
      for (const std::string& text : options_.links) {
        auto link = client::parse_link(text);
        if (!link) return fail(exit_code::usage, link.error());
        links_.push_back(std::move(*link));
      }
      begin();
    }
    loop_.run();
    if (!begun_) return code_;
    line_ticker_.reset();
    media_ticker_.reset();
    std::cout << line("load_result") << "\n" << std::flush;
    if (!totals_->last_problem.empty()) std::cerr << totals_->last_problem << "\n";
    for (const auto& participant : participants_) participant->leave();
    // Good-byes leave before the process does.
    (void)loop_.run_until([] { return false; }, std::chrono::milliseconds{300});
    return everybody_was_in_ ? exit_code::ok : exit_code::failed;
  }

 private:
  int fail(int code, const std::string& sentence) {
    std::cerr << sentence << "\n";
    code_ = code;
    loop_.stop();
    return code;
  }

  void make_meeting(const io::Url& url) {
    rest_->create_meeting(options_.token, "Load " + std::to_string(links_.size() + 1),
                          [this, url](expected<std::string, std::string> id) {
                            if (!id) {
                              fail(exit_code::refused, id.error());
                              return;
                            }
                            links_.push_back({.host = url.host, .port = url.port, .meeting_id = *id, .passcode = {}});
                            if (links_.size() < options_.meetings) {
                              make_meeting(url);
                            } else {
                              begin();
                            }
                          });
  }

  void begin() {
    begun_ = true;
    const std::size_t wanted = links_.size() * options_.participants;
    join_ticker_ =
        std::make_unique<io::Ticker>(loop_, seconds_to_duration(1.0 / options_.joins_per_second), [this, wanted] {
          if (participants_.size() < wanted) join_one();
        });
    // Frames leave within a tick of their time. Shorter costs CPU with many participants, longer makes bursts.
    media_ticker_ = std::make_unique<io::Ticker>(loop_, std::chrono::milliseconds{2}, [this] {
      const Instant now = loop_.now();
      for (const auto& participant : participants_) participant->tick(now);
    });
    line_ticker_ = std::make_unique<io::Ticker>(loop_, std::chrono::seconds{1}, [this, wanted] {
      std::cout << line("load") << "\n" << std::flush;
      if (!end_timer_.pending() && !everybody_was_in_ && joined() == wanted) {
        everybody_was_in_ = true;
        end_timer_.after(seconds_to_duration(options_.duration), [this] { loop_.stop(); });
      }
    });
    // Whoever has not come by then is not waited for.
    give_up_ = std::make_unique<io::Timer>(loop_);
    give_up_->after(
        seconds_to_duration(static_cast<double>(wanted) / options_.joins_per_second + 30.0 + options_.duration),
        [this] { loop_.stop(); });
  }

  void join_one() {
    const std::size_t number = participants_.size();
    client::SessionConfig config;
    config.link = links_[number % links_.size()];
    config.name = "Load " + std::to_string(number + 1);
    config.audio_slots = options_.audio_slots;
    config.video_slots = options_.video_slots;
    config.relay_only = options_.relay;
    config.wanted_height = options_.video_kbps > 0 ? 720 : 0;
    const bool sends = options_.senders == 0 || number / links_.size() < options_.senders;
    participants_.push_back(std::make_unique<LoadParticipant>(
        loop_, *tls_, random_, std::move(config),
        LoadMedia{.sends = sends, .video_kbps = options_.video_kbps, .fps = options_.fps}, *totals_));
    participants_.back()->start();
  }

  [[nodiscard]] std::size_t joined() const {
    std::size_t count = 0;
    for (const auto& participant : participants_) count += participant->joined() ? 1 : 0;
    return count;
  }

  std::string line(const char* type) {
    std::uint64_t packets = 0;
    std::uint64_t expected = 0;
    std::uint64_t decrypt_failures = 0;
    std::uint64_t undecryptable = 0;
    std::uint64_t wrong_sender = 0;
    std::uint64_t relayed = 0;
    std::uint64_t packets_in = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t packets_out = 0;
    std::uint64_t reconnects = 0;
    for (const auto& participant : participants_) {
      const client::SessionStats s = participant->stats();
      for (const client::StreamStats& stream : s.received) {
        packets += stream.packets;
        expected += stream.expected;
        decrypt_failures += stream.decrypt_failures;
        undecryptable += stream.undecryptable;
        wrong_sender += stream.wrong_sender;
      }
      if (s.path == ice::PathKind::relay) ++relayed;
      packets_in += s.transport.packets_in;
      bytes_in += s.transport.bytes_in;
      packets_out += s.transport.packets_out;
      reconnects += s.reconnects;
    }
    const std::uint64_t lost = expected > packets ? expected - packets : 0;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds_of = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    JsonObject o;
    o.add("type", type)
        .add("t", to_seconds(loop_.now() - started_))
        .add("participants", participants_.size())
        .add("joined", joined())
        .add("ended", totals_->ended)
        .add("relayed", relayed)
        .add("reconnects", reconnects)
        .add("frames_sent", totals_->frames_sent)
        .add("frames_received", totals_->frames_received)
        .add("packets_received", packets)
        .add("packets_expected", expected)
        .add("packets_lost", lost)
        .add("loss", expected > 0 ? static_cast<double>(lost) / static_cast<double>(expected) : 0.0)
        .add("packets_in", packets_in)
        .add("bytes_in", bytes_in)
        .add("packets_out", packets_out)
        .add("decrypt_failures", decrypt_failures)
        .add("undecryptable", undecryptable)
        .add("wrong_sender", wrong_sender)
        .add("join_ms_p50", totals_->join.quantile_ms(0.5))
        .add("join_ms_p99", totals_->join.quantile_ms(0.99))
        .add("media_ms_p50", totals_->media.quantile_ms(0.5))
        .add("media_ms_p99", totals_->media.quantile_ms(0.99))
        .add("first_frame_ms_p50", totals_->first_frame.quantile_ms(0.5))
        .add("first_frame_ms_p99", totals_->first_frame.quantile_ms(0.99))
        .add("latency_ms_p50", totals_->latency.quantile_ms(0.5))
        .add("latency_ms_p99", totals_->latency.quantile_ms(0.99))
        .add("cpu_seconds", seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime))
        .raw("remotes", "[]");
    return o.text();
  }

  LoadOptions options_;
  io::Loop loop_;
  crypto::SystemRandom random_;
  std::unique_ptr<io::TlsClientContext> tls_;
  std::unique_ptr<Rest> rest_;
  std::vector<client::MeetingLink> links_;
  std::unique_ptr<LoadTotals> totals_ = std::make_unique<LoadTotals>();
  std::vector<std::unique_ptr<LoadParticipant>> participants_;
  std::unique_ptr<io::Signals> signals_;
  std::unique_ptr<io::Ticker> join_ticker_;
  std::unique_ptr<io::Ticker> media_ticker_;
  std::unique_ptr<io::Ticker> line_ticker_;
  std::unique_ptr<io::Timer> give_up_;
  io::Timer end_timer_;
  Instant started_{};
  bool begun_ = false;
  bool everybody_was_in_ = false;
  int code_ = exit_code::ok;
};

}  // namespace

int load_main(int argc, char** argv) {
  auto options = parse_load_options(argc, argv);
  if (!options) {
    (options.error().code == 0 ? std::cout : std::cerr) << options.error().text;
    return options.error().code;
  }
  return LoadApp(std::move(*options)).run();
}

}  // namespace sealhall::cli
