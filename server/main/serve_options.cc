// The one translation unit that includes CLI11.
#include "server/main/serve_options.h"

#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "io/clamd/clamd.h"
#include "io/files/files.h"

namespace sealhall::main {
namespace {

std::uint32_t cores() {
  cpu_set_t set{};
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1U, static_cast<std::uint32_t>(CPU_COUNT(&set)));
}

// Larger would not help any machine that we know, smaller than the cores wastes them.
constexpr std::uint32_t most_workers = 64;

std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

OptionsEnd wrong(std::string sentence) { return {2, "sealhall serve: " + std::move(sentence) + "\n"}; }

}  // namespace

io::Endpoint ServeOptions::endpoint() const { return io::parse_endpoint(listen, 8443).value_or(io::Endpoint{}); }
std::string ServeOptions::run_folder() const { return run.empty() ? data + "/run" : run; }

expected<ServeOptions, OptionsEnd> parse_serve_options(int argc, char** argv) {
  ServeOptions options;
  std::string configuration;
  CLI::App app{"Starts a Sealhall server: control, key service and media workers, until it is stopped.",
               "sealhall serve"};
  app.add_option("--data", options.data, "folder for everything that is kept; made when missing")
      ->capture_default_str();
  app.add_option("--database", options.database,
                 "postgres://user@host/name, or file:PATH that holds it (default: a file in the data folder)");
  app.add_option("--run", options.run, "folder for sockets (default: run in the data folder)");
  app.add_option("--listen", options.listen, "address and port for HTTPS")->capture_default_str();
  app.add_option("--udp-port", options.udp_port, "first UDP port for media; one a worker")->capture_default_str();
  app.add_option("--public-address", options.public_addresses,
                 "address by which clients reach this server; may be repeated");
  app.add_option("--public-url", options.public_url, "what links begin with, e.g. https://meet.example");
  app.add_option("--workers", options.workers, "media workers (default: one a core)");
  app.add_option("--cert", options.certificate, "certificate chain, PEM (default: the server's own authority)");
  app.add_option("--key", options.key, "private key of --cert, PEM");
  app.add_option("--name", options.names, "a further name for the certificate of the own authority; may be repeated");
  app.add_option("--api-rate", options.api_rate, "REST reads a second that one caller may make")->capture_default_str();
  app.add_option(
      "--scan-command", options.scan_command,
      "looks at every file for the chat: gets its content on standard input, ends with 0 for harmless and 1 for "
      "harmful (\"clamdscan --no-summary -\")");
  app.add_option("--scan-clamd", options.scan_clamd,
                 "let ClamAV's daemon look at every file for the chat: path of its socket, or address and port");
  app.add_flag("--scan-fail-open", options.scan_fail_open,
               "take files that the scanner could not look at (without it they are refused)");
  app.add_flag("--webhooks-anywhere", options.webhooks_anywhere,
               "let webhooks and callbacks go into private networks and in the clear");
  app.add_option("--webhooks-ca", options.webhooks_ca,
                 "authorities to trust for webhooks and callbacks, PEM (default: the system's)");
  app.add_flag("--bbb-sha1", options.bbb_sha1, "take SHA-1 checksums from old learning platforms");
  app.add_option("--passphrase-file", options.passphrase_file,
                 "its first line opens the root key's file, and seals it when it is made");
  app.add_option("--pkcs11-module", options.pkcs11_module, "keep the root key in an HSM: path of its PKCS#11 library");
  app.add_option("--pkcs11-token", options.pkcs11_token, "label of the HSM's token");
  app.add_option("--pkcs11-pin-file", options.pkcs11_pin_file, "its first line is the HSM's PIN");
  app.add_option(
      "--s3-endpoint", options.blobs.s3_endpoint,
      "keep blobs in an S3 server: its address, e.g. https://s3.example (default: files in the data folder)");
  app.add_option("--s3-bucket", options.blobs.s3_bucket, "the bucket for them; it must be there");
  app.add_option("--s3-region", options.blobs.s3_region, "the S3 server's region")->capture_default_str();
  app.add_option("--s3-access-key", options.blobs.s3_access_key, "access key, or file:PATH or env:NAME that has it");
  app.add_option("--s3-secret-key", options.blobs.s3_secret_key, "file:PATH or env:NAME that has the secret key");
  app.add_option("--s3-prefix", options.blobs.s3_prefix, "in front of every name in the bucket, e.g. meet/");
  app.add_option("--s3-ca", options.blobs.s3_ca, "authorities to trust for S3, PEM (default: the system's)");
  app.add_option("--config", configuration,
                 "file with these options as TOML (default: sealhall.toml in the data folder, when there is one)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return unexpected(OptionsEnd{0, app.help()});
  } catch (const CLI::ParseError& error) {
    return unexpected(wrong(std::string{error.what()} + ". `sealhall serve --help` lists the options."));
  }
  if (const std::string usual = options.data + "/sealhall.toml"; configuration.empty() && io::file_exists(usual)) {
    configuration = usual;
  }
  if (!configuration.empty()) {
    std::vector<std::string> given;
    for (const CLI::Option* option : app.get_options()) {
      if (option->count() == 0) continue;
      std::string name = option->get_name().substr(2);
      std::ranges::replace(name, '-', '_');
      given.push_back(std::move(name));
    }
    if (const auto read = read_configuration(configuration, given, options); !read)
      return unexpected(wrong(read.error()));
  }

  const auto listen = io::parse_endpoint(options.listen, 8443);
  if (!listen || listen->port == 0 || !io::is_numeric_address(listen->address)) {
    return unexpected(wrong("--listen " + options.listen + " is not a numeric address and a port, like 0.0.0.0:443."));
  }
  if (options.certificate.empty() != options.key.empty()) return unexpected(wrong("--cert and --key belong together."));
  for (const std::string& address : options.public_addresses) {
    if (!io::is_numeric_address(address)) {
      return unexpected(
          wrong("--public-address " + address + " is not a numeric address; names go into --public-url."));
    }
  }
  if (!options.scan_command.empty() && !options.scan_clamd.empty()) {
    return unexpected(wrong("--scan-command and --scan-clamd exclude each other."));
  }
  if (!options.scan_clamd.empty() && !io::is_clamd_address(options.scan_clamd)) {
    return unexpected(wrong("--scan-clamd " + options.scan_clamd +
                            " is neither the path of a socket nor a numeric address and a port, like "
                            "/run/clamav/clamd.ctl or 127.0.0.1:3310."));
  }
  if (options.scan_fail_open && options.scan_command.empty() && options.scan_clamd.empty()) {
    return unexpected(wrong("--scan-fail-open says nothing without --scan-command or --scan-clamd."));
  }
  while (options.public_url.ends_with('/')) options.public_url.pop_back();
  if (!options.public_url.empty() && !options.public_url.starts_with("https://")) {
    return unexpected(wrong("--public-url must begin with https://."));
  }
  if (options.workers == 0) options.workers = std::min(cores(), most_workers);
  if (options.workers > most_workers)
    return unexpected(wrong("--workers is at most " + std::to_string(most_workers) + "."));
  if (options.udp_port == 0 || options.udp_port + options.workers - 1 > 65535) {
    return unexpected(wrong("--udp-port and one port more for each worker must lie between 1 and 65535."));
  }
  for (std::string* key : {&options.blobs.s3_access_key, &options.blobs.s3_secret_key}) {
    if (key->starts_with("file:")) *key = "file:" + absolute(key->substr(5));
  }
  options.blobs.s3_ca = absolute(options.blobs.s3_ca);
  if (const auto place = store::s3_place(options.blobs); !place) return unexpected(wrong(place.error()));
  options.data = absolute(options.data);
  options.run = absolute(options.run);
  options.certificate = absolute(options.certificate);
  options.key = absolute(options.key);
  options.passphrase_file = absolute(options.passphrase_file);
  options.pkcs11_pin_file = absolute(options.pkcs11_pin_file);
  options.webhooks_ca = absolute(options.webhooks_ca);
  while (options.data.size() > 1 && options.data.ends_with('/')) options.data.pop_back();
  return options;
}

expected<ServeOptions, std::string> options_of(const std::string& data) {
  std::array<std::string, 3> words{"serve", "--data", data};
  std::array<char*, words.size()> pointers{};
  std::ranges::transform(words, pointers.begin(), [](std::string& word) { return word.data(); });
  auto options = parse_serve_options(static_cast<int>(pointers.size()), pointers.data());
  if (!options) return unexpected(std::move(options.error().text));
  return std::move(*options);
}

int config_main(int argc, char** argv) {
  CLI::App app{"Checks a configuration file as a start would.", "sealhall config"};
  app.require_subcommand(1);
  std::string file, data = "sealhall-data";
  CLI::App* const check = app.add_subcommand("check", "say what is wrong in it, with its line");
  check->add_option("file", file, "the file (default: sealhall.toml in the data folder)");
  check->add_option("--data", data, "the server's data folder")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (file.empty()) file = data + "/sealhall.toml";
  std::array<std::string, 5> words{"serve", "--data", data, "--config", file};
  std::array<char*, words.size()> pointers{};
  std::ranges::transform(words, pointers.begin(), [](std::string& word) { return word.data(); });
  const auto options = parse_serve_options(static_cast<int>(pointers.size()), pointers.data());
  if (!options) {
    std::fputs(options.error().text.c_str(), stderr);
    return 1;
  }
  // What only another server can say: asked once, so that a mistake shows here and not at the first file.
  if (const auto place = store::s3_place(options->blobs); place && *place) {
    if (const std::string problem = store::try_s3(**place); !problem.empty()) {
      std::fprintf(stderr, "sealhall config: %s\n", problem.c_str());
      return 1;
    }
  }
  std::printf("%s is good.\n", file.c_str());
  return 0;
}

}  // namespace sealhall::main
