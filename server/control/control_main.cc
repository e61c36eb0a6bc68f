// sealhall-control: the program. Started by the supervisor; may be started alone for tests.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "io/files/files.h"
#include "io/log/log.h"
#include "io/net/system.h"
#include "io/net/timer.h"
#include "server/control/control.h"
#include "server/control/people_file.h"

using namespace sealhall;

namespace {

/// No new rights ever; and when the supervisor dies, we go too.
void confine(bool with_parent) {
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (!with_parent) return;
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) std::_Exit(1);  // it died in between
}

int fail(const std::string& sentence) {
  std::fprintf(stderr, "sealhall-control: %s\n", sentence.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The control process of a Sealhall server: API, signalling, TURN over TLS."};
  control::ControlOptions options;
  std::string listen = "127.0.0.1:8443";
  bool with_parent = false;
  bool verbose = false;
  app.add_option("--run", options.run_directory, "folder for sockets, mode 0700")->required();
  app.add_option("--data", options.data_directory, "folder for the database")->required();
  app.add_option("--database", options.database,
                 "postgres://.., file:PATH that holds it, or a SQLite file (default: in the data folder)");
  app.add_option("--listen", listen, "address and port")->capture_default_str();
  app.add_option("--cert", options.certificate.chain_path, "certificate chain, PEM")->required();
  app.add_option("--key", options.certificate.key_path, "private key, PEM")->required();
  app.add_option("--ca", options.ca_file, "authority of --cert, PEM, for our own connectors (default: the system's)");
  app.add_option("--public-url", options.public_url, "what links begin with, e.g. https://meet.example");
  std::uint32_t api_rate = options.api_rates.light;
  app.add_option("--api-rate", api_rate, "REST reads a second that one caller may make")->capture_default_str();
  app.add_flag("--webhooks-anywhere", options.integrations.calls_anywhere,
               "let webhooks and callbacks go into private networks and in the clear");
  app.add_option("--webhooks-ca", options.integrations.ca_file,
                 "authorities for webhooks and callbacks, PEM; default: the system's");
  app.add_flag("--bbb-sha1", options.integrations.bbb_sha1, "take SHA-1 checksums from old learning platforms");
  app.add_option(
      "--scan-command", options.scanner.command,
      "looks at files for the chat: gets the content on standard input, ends with 0 for harmless, 1 for harmful");
  app.add_option("--s3-endpoint", options.blobs.s3_endpoint, "blobs are in this S3 server; default: files");
  app.add_option("--s3-bucket", options.blobs.s3_bucket, "its bucket");
  app.add_option("--s3-region", options.blobs.s3_region, "its region")->capture_default_str();
  app.add_option("--s3-access-key", options.blobs.s3_access_key, "access key, file:PATH or env:NAME");
  app.add_option("--s3-secret-key", options.blobs.s3_secret_key, "file:PATH or env:NAME");
  app.add_option("--s3-prefix", options.blobs.s3_prefix, "in front of every name");
  app.add_option("--s3-ca", options.blobs.s3_ca, "authorities for S3, PEM");
  app.add_option("--scan-clamd", options.scanner.clamd,
                 "ClamAV's daemon looks at files for the chat: path of its socket, or address and port");
  app.add_flag("--scan-fail-open", options.scanner.fail_open, "take files that the scanner could not look at");
  options.web_folder = io::executable_folder() + "/web";
  app.add_option("--web", options.web_folder, "folder of the browser client")->capture_default_str();
  app.add_flag("--with-parent", with_parent, "end when the parent process ends");
  app.add_flag("--verbose", verbose, "log more");
  CLI11_PARSE(app, argc, argv);

  confine(with_parent);
  ::signal(SIGPIPE, SIG_IGN);
  io::log::start("control", verbose ? io::log::Level::debug : io::log::Level::info);
  if (!io::keep_memory_private())
    io::log::warning("keys may be swapped out: raise RLIMIT_MEMLOCK (LimitMEMLOCK=infinity in a systemd unit)");
  const auto endpoint = io::parse_endpoint(listen);
  if (!endpoint) return fail("--listen " + listen + " is not an address and a port.");
  options.listen = *endpoint;
  // Writes and searches cost more: the same parts of the reads as by default.
  options.api_rates = api::RatePolicy{
      .light = std::max(api_rate, 1U), .medium = std::max(api_rate * 3 / 10, 1U), .heavy = std::max(api_rate / 10, 1U)};
  if (!options.public_url.empty() && !options.public_url.starts_with("https://")) {
    return fail("--public-url must begin with https://.");
  }
  while (options.public_url.ends_with('/')) options.public_url.pop_back();
  for (const std::string& folder : {options.run_directory, options.data_directory}) {
    if (auto made = io::make_private_folder(folder); !made) return fail(made.error().reason);
  }

  if (auto read = control::read_people_file(options.data_directory + "/identity.json", options.people); !read) {
    return fail(read.error());
  }
  io::Loop loop;
  const std::string link_file = options.run_directory + "/setup-link";
  auto started = control::Control::start(loop, std::move(options));
  if (!started) return fail(started.error());
  const std::unique_ptr<control::Control> control = std::move(*started);

  // The link is for the person at the terminal: on standard output and in a file of our own, never in the log.
  io::remove_file(link_file);
  control->setup_link([&](const std::string& link) {
    if (!link.empty()) {
      static_cast<void>(io::write_file_atomically(link_file, as_bytes(link + "\n")));
      std::printf("setup-link %s\n", link.c_str());
    }
    std::printf("listening %s\n", control->public_url().c_str());
    std::fflush(stdout);
  });

  bool stopping = false;
  const io::Signals signals{loop, {SIGTERM, SIGINT, SIGHUP}, [&](int signal) {
                              if (signal == SIGHUP) return control->reload_certificate();
                              if (std::exchange(stopping, true)) return loop.stop();  // asked twice: now
                              io::log::info("stopping");
                              control->stop([&] { loop.stop(); });
                            }};
  io::log::info("control runs", {{"port", control->local().port}});
  loop.run();
  return 0;
}
