// The one translation unit that includes CLI11.
#include "server/main/serve_options.h"

#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

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
  app.add_option("--config", configuration, "file with these options as TOML");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return unexpected(OptionsEnd{0, app.help()});
  } catch (const CLI::ParseError& error) {
    return unexpected(wrong(std::string{error.what()} + ". `sealhall serve --help` lists the options."));
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
  options.data = absolute(options.data);
  options.run = absolute(options.run);
  options.certificate = absolute(options.certificate);
  options.key = absolute(options.key);
  while (options.data.size() > 1 && options.data.ends_with('/')) options.data.pop_back();
  return options;
}

}  // namespace sealhall::main
