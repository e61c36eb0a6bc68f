// `sealhall serve`: prepares folders and certificates, supervises the children, tells the person at the terminal what
// to do.
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>

#include "io/ca/local_ca.h"
#include "io/files/files.h"
#include "io/http/client.h"
#include "io/log/log.h"
#include "io/net/clock.h"
#include "io/net/system.h"
#include "io/net/tcp.h"
#include "io/net/timer.h"
#include "server/main/command_table.h"
#include "server/main/recovery_notice.h"
#include "server/main/serve_options.h"
#include "server/main/supervisor.h"

namespace sealhall::main {
namespace {

constexpr Duration poll_every = std::chrono::milliseconds{100};
// After it something is wrong that the log explains; the server keeps trying.
constexpr Duration ready_limit = std::chrono::seconds{30};
// A certificate is renewed 30 days before its end: once a day is often enough.
constexpr Duration certificate_check = std::chrono::hours{24};
// A socket path has 107 bytes; the longest name in the run folder is media-NN.relay.
constexpr std::size_t longest_run_folder = 107 - 1 - sizeof("media-00.relay");

int fail(const std::string& sentence) {
  std::fprintf(stderr, "sealhall serve: %s\n", sentence.c_str());
  return 1;
}

// Least privilege for us as well; children do the same for themselves.
void confine() {
  ::umask(077);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::signal(SIGPIPE, SIG_IGN);
}

// One server a data folder. The lock goes with the process, however it ends.
expected<io::FileDescriptor, std::string> lock(const std::string& data) {
  const std::string path = data + "/lock";
  io::FileDescriptor fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!fd) return unexpected("The file " + path + " cannot be made: " + std::generic_category().message(errno) + ".");
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0)
    return unexpected("Another server already uses the data folder " + data + ".");
  return fd;
}

// Ports are tried before anything starts: the answer is one sentence instead of a child that dies again and again.
std::optional<std::string> port_problem(const ServeOptions& options) {
  io::Loop loop;
  const io::Endpoint at = options.endpoint();
  if (const auto tcp = io::TcpListener::listen(loop, at, {}, [](auto) {}); !tcp) {
    return tcp.error().reason +
           (tcp.error().kind == io::NetError::address_in_use ? " Choose another with --listen." : "");
  }
  const bool v6 = at.address.find(':') != std::string::npos;
  for (std::uint32_t k = 0; k < options.workers; ++k) {
    const auto port = static_cast<std::uint16_t>(options.udp_port + k);
    const io::FileDescriptor fd{::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in in4{};
    sockaddr_in6 in6{};
    in4.sin_family = AF_INET;
    in4.sin_port = htons(port);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    const auto* any = v6 ? reinterpret_cast<const sockaddr*>(&in6) : reinterpret_cast<const sockaddr*>(&in4);
    if (!fd || ::bind(fd.get(), any, v6 ? sizeof in6 : sizeof in4) != 0) {
      if (errno == EADDRINUSE) {
        return "UDP port " + std::to_string(port) +
               " is used by another program. Choose another first port with --udp-port.";
      }
      return "UDP port " + std::to_string(port) + " cannot be used: " + std::generic_category().message(errno) + ".";
    }
  }
  return std::nullopt;
}

std::vector<std::string> certificate_names(const ServeOptions& options) {
  std::vector<std::string> names = options.names;
  names.insert(names.end(), options.public_addresses.begin(), options.public_addresses.end());
  const io::Endpoint at = options.endpoint();
  if (at.address != "0.0.0.0" && at.address != "::") names.push_back(at.address);
  if (const auto url = io::parse_url(options.public_url)) names.push_back(url->host);
  return names;
}

// What a person on this machine opens, and what links begin with unless --public-url says otherwise.
std::string url_of(const ServeOptions& options) {
  if (!options.public_url.empty()) return options.public_url;
  io::Endpoint at = options.endpoint();
  // A server that listens on loopback is reached there, whatever its media workers announce.
  if (!options.public_addresses.empty() && !io::is_loopback(at.address)) at.address = options.public_addresses.front();
  if (at.address == "0.0.0.0") at.address = "127.0.0.1";
  if (at.address == "::") at.address = "::1";
  return "https://" + io::Url{"https", at.address, at.port, "", ""}.host_header();
}

struct Certificate {
  io::CertificateFiles files;
  std::string ca;  // empty: the given files' own authority
  std::string fingerprint;
  bool changed = false;
};

expected<Certificate, std::string> ensure_certificate(const ServeOptions& options) {
  if (!options.certificate.empty()) {
    const io::CertificateFiles files{options.certificate, options.key};
    const auto context = io::TlsServerContext::load(files);
    if (!context) return unexpected(context.error().reason);
    return Certificate{files, "", (*context)->fingerprint(), false};
  }
  const auto ca = io::ensure_local_ca(
      {.folder = options.data + "/tls", .names = certificate_names(options), .now = io::SystemWallClock{}.now()});
  if (!ca) return unexpected(ca.error().reason);
  // Where people look for it. The original stays in the folder that the CA owns.
  const std::string shown = options.data + "/ca.pem";
  const auto original = io::read_file(ca->ca_path);
  if (!original) return unexpected(original.error().reason);
  const auto copy = io::read_file(shown);
  if (!copy || *copy != *original) {
    if (const auto written = io::write_file_atomically(shown, *original, 0644); !written)
      return unexpected(written.error().reason);
  }
  return Certificate{ca->server, shown, ca->ca_fingerprint, ca->made_server};
}

class Serve {
 public:
  Serve(io::Loop& loop, ServeOptions options, Certificate certificate)
      : loop_(loop),
        options_(std::move(options)),
        certificate_(std::move(certificate)),
        poll_(loop),
        daily_(loop, certificate_check, [this] { renew(); }) {}

  std::optional<std::string> start() {
    auto children = list_children();
    if (!children) return children.error();
    supervisor_.emplace(
        loop_, std::move(*children),
        Supervisor::Events{
            .on_event = [](std::string_view name, std::string_view what) { io::log::warning(what, {{"child", name}}); },
            .on_end =
                [this](std::string reason) {
                  reason_ = std::move(reason);
                  loop_.stop();
                }});
    signals_.emplace(loop_, std::initializer_list<int>{SIGTERM, SIGINT, SIGHUP}, [this](int number) {
      if (number == SIGHUP) return renew(true);
      poll_.cancel();
      client_.reset();
      supervisor_->stop();
    });
    started_ = loop_.now();
    first_start_ = options_.pkcs11_module.empty() && !io::file_exists(options_.data + "/keys/root.key");
    supervisor_->start();
    poll();
    return std::nullopt;
  }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  expected<std::vector<SupervisedChild>, std::string> list_children() {
    const std::string folder = io::executable_folder();
    const std::string run = options_.run_folder();
    const io::Endpoint at = options_.endpoint();
    std::vector<SupervisedChild> children;
    std::vector<std::string> key_arguments{"--run", run, "--keys", options_.data + "/keys"};
    if (!options_.passphrase_file.empty()) {
      key_arguments.insert(key_arguments.end(), {"--passphrase-file", options_.passphrase_file});
    }
    if (!options_.pkcs11_module.empty()) {
      key_arguments.insert(key_arguments.end(), {"--pkcs11-module", options_.pkcs11_module, "--pkcs11-token",
                                                 options_.pkcs11_token, "--pkcs11-pin-file", options_.pkcs11_pin_file});
    }
    children.push_back(
        {Role::kms, "key service", {folder + "/sealhall-kms", std::move(key_arguments), {}, {"SOFTHSM2_CONF"}}});
    std::vector<std::string> control{"--run",        run,
                                     "--data",       options_.data,
                                     "--database",   options_.database,
                                     "--listen",     at.text(),
                                     "--ca",         certificate_.ca,
                                     "--cert",       certificate_.files.chain_path,
                                     "--key",        certificate_.files.key_path,
                                     "--public-url", url_of(options_),
                                     "--api-rate",   std::to_string(options_.api_rate),
                                     "--with-parent"};
    if (!options_.scan_command.empty()) control.insert(control.end(), {"--scan-command", options_.scan_command});
    if (!options_.scan_clamd.empty()) control.insert(control.end(), {"--scan-clamd", options_.scan_clamd});
    if (options_.scan_fail_open) control.emplace_back("--scan-fail-open");
    if (options_.webhooks_anywhere) control.emplace_back("--webhooks-anywhere");
    if (options_.bbb_sha1) control.emplace_back("--bbb-sha1");
    if (!options_.webhooks_ca.empty()) control.insert(control.end(), {"--webhooks-ca", options_.webhooks_ca});
    const store::BlobSettings& blobs = options_.blobs;
    std::vector<std::string> variables;
    if (!blobs.s3_endpoint.empty()) {
      for (const auto& [name, value] : {std::pair{"--s3-endpoint", blobs.s3_endpoint},
                                        {"--s3-bucket", blobs.s3_bucket},
                                        {"--s3-region", blobs.s3_region},
                                        {"--s3-access-key", blobs.s3_access_key},
                                        {"--s3-secret-key", blobs.s3_secret_key},
                                        {"--s3-prefix", blobs.s3_prefix},
                                        {"--s3-ca", blobs.s3_ca}}) {
        if (!value.empty()) control.insert(control.end(), {name, value});
        if (value.starts_with("env:")) variables.push_back(value.substr(4));
      }
    }
    children.push_back({Role::control,
                        "control process",
                        {folder + "/sealhall-control", std::move(control),
                         [this](std::string_view line) { control_said(line); }, std::move(variables)}});
    for (std::uint32_t k = 0; k < options_.workers; ++k) {
      std::vector<std::string> arguments{"--run",  run,        "--worker", std::to_string(k),
                                         "--bind", at.address, "--port",   std::to_string(options_.udp_port + k)};
      for (const std::string& address : options_.public_addresses) {
        arguments.emplace_back("--public-address");
        arguments.push_back(address);
      }
      children.push_back(
          {Role::media, "media worker " + std::to_string(k), {folder + "/sealhall-media", std::move(arguments)}});
    }
    // An installation without recording is one without these two.
    for (const char* name : {"recorder", "composer"}) {
      const std::string program = folder + "/sealhall-" + name;
      if (::access(program.c_str(), X_OK) == 0) children.push_back({Role::connector, name, {program, {"--run", run}}});
    }
    for (const SupervisedChild& child : children) {
      if (::access(child.spec.program.c_str(), X_OK) != 0) {
        return unexpected("The program " + child.spec.program +
                          " is missing; it belongs beside sealhall. Build or install it.");
      }
    }
    return children;
  }

  // Control writes the set-up link into the run folder before it says that it listens.
  void control_said(std::string_view line) {
    if (line.starts_with("listening ")) listening_ = true;
  }

  void poll() {
    if (listening_ && !ready_ && !asking_) ask_health();
    if (!ready_ && !warned_ && loop_.now() - started_ > ready_limit) {
      warned_ = true;
      io::log::warning("the server is not ready yet; the messages above may say why");
    }
    poll_.after(poll_every, [this] { poll(); });
  }

  void ask_health() {
    // With certificates of somebody else we cannot know by which name this machine reaches itself: listening must do.
    if (certificate_.ca.empty()) return now_ready();
    if (!client_) {
      auto context = io::TlsClientContext::create({.ca_file = certificate_.ca});
      if (!context) return;
      trust_ = std::move(*context);
      io::Endpoint at = options_.endpoint();
      if (at.address == "0.0.0.0") at.address = "127.0.0.1";
      if (at.address == "::") at.address = "::1";
      client_ = std::make_unique<io::HttpClient>(loop_, *trust_, at.address, at.port, std::chrono::seconds{2});
    }
    asking_ = true;
    client_->send({.method = "GET", .target = "/healthz"}, [this](expected<io::HttpResponse, io::Failure> result) {
      asking_ = false;
      if (result && result->status == 200) now_ready();
    });
  }

  void now_ready() {
    if (ready_) return;
    ready_ = true;
    supervisor_->set_ready();
    loop_.post([this] { client_.reset(); });
    poll_.cancel();
    tell();
  }

  void tell() {
    std::string text = "\nSealhall runs.\n  address      " + url_of(options_) + "\n";
    if (!certificate_.ca.empty()) {
      text += "  CA file      " + certificate_.ca + "   (for clients: --ca)\n  fingerprint  " +
              certificate_.fingerprint + "\n";
    }
    if (const auto link = io::read_file(options_.run_folder() + "/setup-link", 4096)) {
      std::string_view url = as_text(*link);
      while (url.ends_with('\n')) url.remove_suffix(1);
      if (!url.empty())
        text += "  set-up link  " + std::string{url} +
                "\n               (makes the first administrator; it works once, for 30 minutes)\n";
    }
    text += "Stop it with Ctrl-C.\n";
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    if (first_start_) tell_recovery_kit(options_);
  }

  // A new certificate is made when it is due; control reads its files again. `asked`: by SIGHUP, also when nothing is
  // due.
  void renew(bool asked = false) {
    const auto now = ensure_certificate(options_);
    if (!now) return io::log::error(now.error());
    if (now->changed || asked || !options_.certificate.empty()) supervisor_->signal(Role::control, SIGHUP);
    if (asked) io::log::info("certificates are read again");
  }

  io::Loop& loop_;
  ServeOptions options_;
  Certificate certificate_;
  std::optional<Supervisor> supervisor_;
  std::optional<io::Signals> signals_;
  std::unique_ptr<io::TlsClientContext> trust_;
  std::unique_ptr<io::HttpClient> client_;
  io::Timer poll_;
  io::Ticker daily_;
  Instant started_{};
  std::string reason_;
  bool listening_ = false;
  bool asking_ = false;
  bool ready_ = false;
  bool warned_ = false;
  bool first_start_ = false;  ///< the root key is made by this start
};

}  // namespace

int serve_main(int argc, char** argv) {
  auto options = parse_serve_options(argc, argv);
  if (!options) {
    std::fputs(options.error().text.c_str(), options.error().code == 0 ? stdout : stderr);
    return options.error().code;
  }
  confine();
  io::log::start("serve");
  if (const auto made = io::make_private_folder(options->data); !made) return fail(made.error().reason);
  const auto locked = lock(options->data);
  if (!locked) return fail(locked.error());
  const std::string run = options->run_folder();
  if (run.size() > longest_run_folder) {
    return fail("The path " + run + " is too long for sockets (" + std::to_string(longest_run_folder) +
                " characters); choose a shorter one with --run.");
  }
  if (const auto made = io::make_private_folder(run); !made) return fail(made.error().reason);
  io::remove_file(run + "/setup-link");
  auto certificate = ensure_certificate(*options);
  if (!certificate) return fail(certificate.error());
  if (const auto problem = port_problem(*options)) return fail(*problem);

  io::Loop loop;
  Serve serve{loop, std::move(*options), std::move(*certificate)};
  if (const auto problem = serve.start()) return fail(*problem);
  loop.run();
  io::remove_file(run + "/setup-link");
  if (!serve.reason().empty()) return fail(serve.reason());
  return 0;
}

int ca_main(int argc, char** argv) {
  // The same options, so that the same line shows the authority of the same server.
  const auto options = parse_serve_options(argc, argv);
  if (!options) {
    std::fputs(options.error().text.c_str(), options.error().code == 0 ? stdout : stderr);
    return options.error().code;
  }
  const auto ca = io::read_local_ca(options->data + "/tls");
  if (!ca) {
    std::fprintf(stderr, "sealhall ca: %s\n", ca.error().reason.c_str());
    return 1;
  }
  const std::string shown = options->data + "/ca.pem";
  std::printf("CA file      %s\nfingerprint  %s\n", (io::file_exists(shown) ? shown : ca->ca_path).c_str(),
              ca->ca_fingerprint.c_str());
  return 0;
}

int version_main(int, char**) {
  std::printf("sealhall %s\n", SEALHALL_VERSION);
  return 0;
}

}  // namespace sealhall::main
