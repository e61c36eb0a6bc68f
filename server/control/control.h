// The control process as an object: everything put together on one loop. The program and the tests make one each.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/expected.h"
#include "core/crypto/random.h"
#include "io/http/https_server.h"
#include "io/net/clock.h"
#include "io/tls/context.h"
#include "server/api/caller_cache.h"
#include "server/api/metrics.h"
#include "server/branding/branding.h"
#include "server/control/activity_keeper.h"
#include "server/control/api.h"
#include "server/control/console.h"
#include "server/control/history_keeper.h"
#include "server/control/integrations.h"
#include "server/control/keys_desk.h"
#include "server/control/people.h"
#include "server/control/recording_link.h"
#include "server/control/scheduling.h"
#include "server/control/session_callers.h"
#include "server/control/signalling.h"
#include "server/control/turn_gateway.h"
#include "server/oauth/endpoints.h"
#include "server/v2/past.h"
#include "server/v2/people.h"
#include "server/v2/polls.h"
#include "server/v2/settings.h"
#include "server/vault/key_admin.h"
#include "server/vault/stored_vault.h"
#include "store/blob_watch.h"
#include "store/blobs.h"
#include "store/open_blobs.h"

namespace sealhall::control {

struct ControlOptions {
  std::string run_directory;       ///< 0700, made by the supervisor: control.sock, media-K.relay
  std::string data_directory;      ///< accounts.sqlite
  std::string database = {};       ///< as store::open_engine takes it; empty: accounts.sqlite in the data folder
  store::BlobSettings blobs = {};  ///< where blobs are: files in the data folder, or S3
  store::BlobWatch::Times blob_watch = {};
  io::Endpoint listen;
  io::CertificateFiles certificate;
  std::string public_url;  ///< what links begin with; empty: made from where it listens
  meeting::Times meeting_times = {};
  AccountTimes account_times = {};
  PasswordCost password_cost = {};
  SignallingLimits signalling = {};
  api::RatePolicy api_rates = {};
  std::string ca_file;  ///< of `certificate`, for our own connectors; empty: the system's authorities
  TurnLimits turn = {};
  IntegrationOptions integrations = {};
  ScannerOptions scanner = {};  ///< looks at uploaded files
  std::string web_folder = {};  ///< the browser client, see WebApp; empty: plain pages only
  PeopleOptions people = {};
  vault::Vault* vault = nullptr;  ///< another one than the server's own; for tests
  io::Mailer* mailer = nullptr;   ///< the same
};

class Control {
 public:
  /// The failure is a sentence for the person who starts the server.
  static expected<std::unique_ptr<Control>, std::string> start(io::Loop& loop, ControlOptions options);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  [[nodiscard]] const io::Endpoint& local() const noexcept { return server_->local(); }
  [[nodiscard]] const std::string& public_url() const noexcept { return options_.public_url; }
  /// Gives the link by which the first administrator is made, or "" when there is one already.
  void setup_link(std::move_only_function<void(std::string)> done);
  /// Loads the certificate files again; what was wrong is logged and the one before stays in use.
  void reload_certificate();
  /// Tells everybody that the server stops, closes politely, then calls `done`: at the latest after 1.5 s.
  void stop(io::Callback done);

  [[nodiscard]] LiveMeetings& meetings() noexcept { return *meetings_; }
  [[nodiscard]] MediaPool& media() noexcept { return *media_; }
  [[nodiscard]] Signalling& signalling() noexcept { return *signalling_; }
  [[nodiscard]] TurnGateway& turn() noexcept { return *turn_; }
  [[nodiscard]] api::CallerCache& callers() noexcept { return callers_; }
  [[nodiscard]] const api::Registry& endpoints() const noexcept { return *registry_; }
  [[nodiscard]] store::Engine& engine() noexcept { return *engine_; }
  [[nodiscard]] vault::Vault& vault() noexcept { return options_.vault != nullptr ? *options_.vault : *vault_; }
  [[nodiscard]] store::Store& store() noexcept { return *store_; }
  /// Where large things go that are kept: what the settings name.
  [[nodiscard]] store::Blobs& blobs() noexcept { return *blobs_; }
  [[nodiscard]] EventBus& events() noexcept { return events_; }
  [[nodiscard]] RecordingLink& recording() noexcept { return *recording_; }
  [[nodiscard]] Integrations& integrations() noexcept { return *integrations_; }
  [[nodiscard]] schedule::Service& schedule() noexcept { return scheduling_->service(); }
  [[nodiscard]] People& people() noexcept { return *people_; }
  [[nodiscard]] Accounts& accounts() noexcept { return people_->accounts(); }

 private:
  Control(io::Loop& loop, ControlOptions options) : loop_(loop), options_(std::move(options)) {}
  expected<void, std::string> build();
  void add_endpoints();
  void add_oauth();
  std::function<void(const api::Caller&, std::string action, std::string category, std::string object)> operation_log();
  void add_operations();
  void add_console();
  void add_v2_people();
  void add_v2_past();
  /// What the schedule knows of a meeting that begins.
  void describe(const std::string& meeting_id, std::function<void(std::optional<v2::RunContent>)> done);
  io::HttpHandlers handlers();
  void watch_certificate();
  void sweep_blobs();
  void look_at_store(std::move_only_function<void(std::string)> said);
  void wait_for_sessions(int rounds, io::Callback done);

  io::Loop& loop_;
  ControlOptions options_;
  crypto::SystemRandom random_;
  io::SystemWallClock clock_;
  EventBus events_;
  api::CallerCache callers_{clock_};
  std::unique_ptr<store::Engine> engine_;
  std::unique_ptr<store::Blobs> blobs_;
  std::unique_ptr<store::BlobWatch> blob_watch_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<PasswordHasher> hasher_;
  std::unique_ptr<MediaPool> media_;
  std::unique_ptr<KmsLink> kms_;
  std::unique_ptr<vault::StoredVault> vault_;
  std::unique_ptr<io::Ticker> vault_tick_;
  std::unique_ptr<io::Ticker> blob_sweep_;
  std::unique_ptr<vault::KeyAdmin> key_admin_;
  std::unique_ptr<KeysDesk> keys_desk_;
  std::unique_ptr<People> people_;
  std::unique_ptr<branding::Branding> branding_;
  std::unique_ptr<TurnGateway> turn_;
  std::unique_ptr<Signalling> signalling_;
  std::unique_ptr<ActivityKeeper> keeper_;
  std::unique_ptr<FileStore> files_;
  std::unique_ptr<HistoryKeeper> history_;
  std::unique_ptr<LiveMeetings> meetings_;
  std::unique_ptr<RecordingLink> recording_;
  api::RateLimiter rates_{options_.api_rates};
  api::Metrics metrics_;
  api::RequestMetrics request_metrics_{metrics_};
  std::unique_ptr<SessionCallers> sessions_;
  std::unique_ptr<Integrations> integrations_;
  std::unique_ptr<Scheduling> scheduling_;
  WebApp web_;
  std::unique_ptr<api::Registry> registry_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Console> console_;
  std::unique_ptr<v2::People> v2_people_;
  std::unique_ptr<v2::Past> v2_past_;
  std::unique_ptr<v2::Settings> v2_settings_;
  std::unique_ptr<v2::Polls> v2_polls_;
  std::unique_ptr<oauth::OAuth> oauth_;
  std::unique_ptr<oauth::OAuthCallers> oauth_callers_;
  std::unique_ptr<oauth::Endpoints> oauth_endpoints_;
  std::unique_ptr<io::TlsServerContext> tls_;
  std::unique_ptr<io::HttpsServer> server_;
  std::unique_ptr<ControlSocket> socket_;
  std::unique_ptr<io::Ticker> certificate_watch_;
  std::unique_ptr<io::Timer> stop_timer_;
  std::string certificate_seen_;                          ///< when the files were changed, as text
  std::shared_ptr<int> life_ = std::make_shared<int>(0);  ///< for what the loop calls after this is gone
};

}  // namespace sealhall::control
