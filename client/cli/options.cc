#include "client/cli/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <sstream>

#include "client/cli/commands.h"

namespace sealhall::cli {

namespace {

template <typename Options>
expected<Options, OptionsEnd> run(CLI::App& app, Options& options, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(error, out, err);
    return unexpected(OptionsEnd{out.str() + err.str(), code == 0 ? 0 : exit_code::usage});
  }
  return options;
}

}  // namespace

expected<JoinOptions, OptionsEnd> parse_join_options(int argc, char** argv) {
  JoinOptions o;
  CLI::App app{"Join a meeting. The link looks like https://meet.example/j/123456789.", "sealhall join"};
  app.add_option("LINK", o.link, "the link to the meeting")->required();
  app.add_option("--name", o.name, "what others see (default: your user name)");
  app.add_option("--token", o.token, "sign in with this bearer token");
  app.add_option("--user", o.user, "sign in as this user; the password comes from SEALHALL_PASSWORD or is asked for");
  app.add_option("--passcode", o.passcode, "the meeting's passcode, when the link has none");
  app.add_option("--audio", o.audio, "send sound: a file, \"device\" or \"device:NAME\"");
  app.add_option("--video", o.video, "send pictures: a file, \"device\", \"device:NAME\" or \"screen\"");
  app.add_option("--share", o.share, "share a screen beside the camera: a file, \"screen\" or \"screen:DISPLAY\"");
  app.add_flag("--loop", o.loop, "begin files again when they end");
  app.add_option("--record", o.record, "write one WebM a remote participant into this folder");
  app.add_option("--hear", o.hear, "write what each participant sounds like here as WAV into this folder");
  app.add_flag("--stats", o.stats, "print statistics as one JSON line a second");
  app.add_option("--ca", o.ca, "trust only the authorities in this PEM file");
  app.add_flag("--relay", o.relay, "send media over TLS only");
  app.add_flag("--no-decode", o.no_decode, "do not decode what is received");
  app.add_flag("--dtx", o.dtx, "send almost nothing while it is silent");
  app.add_option("--duration", o.duration, "leave after so many seconds")->check(CLI::NonNegativeNumber);
  app.add_flag("--host-commands", o.host_commands,
               "read what is typed from standard input also when that is no terminal: text is chat, /help shows the "
               "commands, a line that begins with { is a message of the protocol");
  app.add_option("--script", o.script, "type these lines after joining; \"/sleep SECONDS\" waits");
  app.add_option("--max-height", o.max_height, "send pictures of at most so many lines")->check(CLI::Range(90, 2160));
  app.add_option("--watch-height", o.watch_height, "ask for pictures of at most so many lines; 0 for none")
      ->check(CLI::Range(0, 2160));
  return run(app, o, argc, argv);
}

expected<LoadOptions, OptionsEnd> parse_load_options(int argc, char** argv) {
  LoadOptions o;
  CLI::App app{"Fill meetings with participants who send prepared frames, and measure.", "sealhall load"};
  app.add_option("--server", o.server, "the server, as https://HOST:PORT");
  app.add_option("--link", o.links, "a meeting that exists already (may be given several times)");
  app.add_option("--token", o.token, "bearer token of somebody who may make meetings");
  app.add_option("--ca", o.ca, "trust only the authorities in this PEM file");
  app.add_option("--participants", o.participants, "in each meeting")->check(CLI::Range(1, 2000));
  app.add_option("--meetings", o.meetings, "how many meetings")->check(CLI::Range(1, 1000));
  app.add_option("--duration", o.duration, "seconds to measure after everybody has joined")->check(CLI::PositiveNumber);
  app.add_option("--senders", o.senders, "how many send in each meeting; 0 is everybody");
  app.add_option("--video-kbps", o.video_kbps, "send pictures, too, at this rate; 0 is sound only");
  app.add_option("--fps", o.fps, "pictures a second")->check(CLI::Range(1, 60));
  app.add_option("--audio-slots", o.audio_slots, "voices that each participant receives at once")
      ->check(CLI::Range(0, 32));
  app.add_option("--video-slots", o.video_slots, "pictures that each participant receives at once")
      ->check(CLI::Range(0, 64));
  app.add_option("--join-rate", o.joins_per_second, "joins a second")->check(CLI::PositiveNumber);
  app.add_flag("--relay", o.relay, "send media over TLS only");
  auto options = run(app, o, argc, argv);
  if (options && options->links.empty() && options->server.empty()) {
    return unexpected(OptionsEnd{"Give --server (and --token), or --link.\n", exit_code::usage});
  }
  return options;
}

}  // namespace sealhall::cli
