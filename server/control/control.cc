// Tested in signalling_test.cc
#include "server/control/control.h"

#include <sys/stat.h>

#include <utility>

#include "core/meeting/display_name.h"
#include "core/meeting/text.h"
#include "io/log/log.h"
#include "server/api/openapi.h"
#include "server/control/activity_endpoints.h"
#include "server/control/file_endpoints.h"
#include "server/control/self_check.h"
#include "server/schedule/endpoints.h"
#include "server/v2/connectors.h"
#include "store/file_blobs.h"
#include "store/open.h"

namespace sealhall::control {
namespace {

std::string changed_at(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return "gone";
  return std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec) + "/" +
         std::to_string(info.st_ino);
}

std::string default_url(const io::Endpoint& local) {
  const bool everywhere = local.address == "0.0.0.0" || local.address == "::";
  const io::Endpoint shown{everywhere || io::is_loopback(local.address) ? "localhost" : local.address, local.port};
  return "https://" +
         (shown.port == 443 && shown.address.find(':') == std::string::npos ? shown.address : shown.text());
}

}  // namespace

expected<std::unique_ptr<Control>, std::string> Control::start(io::Loop& loop, ControlOptions options) {
  std::unique_ptr<Control> self{new Control{loop, std::move(options)}};
  if (auto built = self->build(); !built) return unexpected(built.error());
  return self;
}

expected<void, std::string> Control::build() {
  auto engine = store::open_engine(
      loop_, options_.database.empty() ? options_.data_directory + "/accounts.sqlite" : options_.database);
  if (!engine) return unexpected(engine.error());
  engine_ = std::move(*engine);
  store_ = std::make_unique<store::Store>(*engine_);
  auto blobs = store::open_blobs(loop_, options_.blobs, options_.data_directory + "/blobs", clock_.now());
  if (!blobs) return unexpected(blobs.error());
  blobs_ = std::move(*blobs);
  blob_watch_ = std::make_unique<store::BlobWatch>(loop_, *blobs_, options_.blob_watch);
  hasher_ = std::make_unique<PasswordHasher>(loop_, options_.password_cost);

  media_ = std::make_unique<MediaPool>(
      MediaPool::Events{.to_meeting = [this](const std::string& key,
                                             meeting::Input input) { meetings_->to_meeting(key, std::move(input)); },
                        .relay_credentials = [this](const std::string& key,
                                                    wire::ParticipantNumber p) { return turn_->credentials(key, p); },
                        .on_worker =
                            [this](std::uint32_t worker, bool here) {
                              if (!here) turn_->worker_gone(worker);
                            },
                        .on_quality =
                            [this](const std::string& key, wire::ParticipantNumber participant, const auto& quality) {
                              if (const auto uuid = meetings_->held_as(key))
                                history_->went(*uuid, participant, quality);
                            }});
  kms_ = std::make_unique<KmsLink>(
      KmsLink::Events{.to_meeting = [this](const std::string& key,
                                           meeting::Input input) { meetings_->to_meeting(key, std::move(input)); },
                      .to_all = [this](const meeting::Input& input) { meetings_->to_all(input); },
                      .here =
                          [this] {
                            vault_->source_ready();
                            key_admin_->rewrap();
                            if (scheduling_) scheduling_->seal_old();
                            // What was due while nobody could destroy its keys.
                            if (recording_) recording_->library().sweep();
                          }});
  vault_ = std::make_unique<vault::StoredVault>(
      *engine_, *kms_, random_,
      vault::StoredVault::Clocks{.steady = [this] { return loop_.now(); }, .wall = [this] { return clock_.now(); }});
  vault_->warm(std::string{store::default_account});
  key_admin_ = std::make_unique<vault::KeyAdmin>(
      *engine_, *kms_, [this](auto callback) { loop_.post(std::move(callback)); }, [this] { vault_->keys_changed(); });
  keys_desk_ = std::make_unique<KeysDesk>(*key_admin_);
  vault_tick_ = std::make_unique<io::Ticker>(loop_, std::chrono::minutes{1}, [this] { vault_->tick(); });
  turn_ = std::make_unique<TurnGateway>(loop_, *media_, clock_, random_, options_.run_directory, options_.turn);
  auto people = People::make(People::Parts{loop_, *engine_, clock_, random_, *hasher_, &vault(), callers_, events_},
                             options_.people, options_.account_times);
  if (!people) return unexpected(people.error());
  people_ = std::move(*people);
  branding_ = std::make_unique<branding::Branding>(
      branding::Branding::Parts{*engine_, std::string{store::default_account},
                                [log = operation_log()](const api::Caller& caller, std::string what) {
                                  log(caller, "change", "branding", std::move(what));
                                }});
  signalling_ = std::make_unique<Signalling>(loop_, people_->accounts(), random_, options_.signalling);
  keeper_ = std::make_unique<ActivityKeeper>(*engine_, &vault(), clock_, random_);
  history_ = std::make_unique<HistoryKeeper>(HistoryKeeper::Parts{
      loop_, *engine_, vault(), clock_, [this](const std::string& id, auto done) { describe(id, done); }});
  files_ = std::make_unique<FileStore>(loop_, random_, &vault(), *blobs_, *engine_, clock_,
                                       FileStoreOptions{.scanner = options_.scanner});
  meetings_ = std::make_unique<LiveMeetings>(
      LiveMeetings::Parts{loop_, random_, clock_, *media_, *kms_, *keeper_, *files_},
      LiveMeetings::Outside{
          .send = [this](meeting::ConnectionId c, std::string_view text) { signalling_->send(c, text); },
          .close = [this](meeting::ConnectionId c) { signalling_->close(c); },
          .record = [this](const std::string& meeting, wire::HostAction action,
                           auto refused) { recording_->asked(meeting, action, std::move(refused)); },
          .record_by_itself = [this](const std::string& meeting) { recording_->record_by_itself(meeting); },
          .record_objection = [this](const std::string& meeting) -> std::string {
            return integrations_->platforms().people_may_record(meeting)
                       ? ""
                       : "The learning platform that made this meeting does not let people in it record.";
          },
          .shape =
              [this](const std::string& meeting, meeting::Settings& settings) {
                if (const auto limits = integrations_->platforms().limits(meeting)) obey(*limits, settings);
              },
          .finished = [this](const std::string& meeting) { recording_->meeting_over(meeting); },
          .happened =
              [this](const LiveEvent& e) {
                history_->saw(e);
                events_.publish(to_event(e));
              },
          .when_told = [this](io::Callback go_on) { integrations_->webhooks().when_kept(std::move(go_on)); },
          .published = [this](const Bytes& uuid,
                              const meeting::SetPublished& sources) { history_->published(uuid, sources); }},
      options_.meeting_times);
  signalling_->use(*meetings_);
  signalling_->use(
      [this](std::string_view token, const std::string& meeting) { return recording_->admits(token, meeting); });

  auto web = WebApp::load(options_.web_folder);
  if (!web) return unexpected(web.error());
  web_ = std::move(*web);
  auto tls = io::TlsServerContext::load(options_.certificate);
  if (!tls) return unexpected(tls.error().reason);
  tls_ = std::move(*tls);
  io::HttpServerLimits limits;
  limits.default_body = 16U << 10;  // no request of the API is larger
  auto server = io::HttpsServer::listen(loop_, options_.listen, *tls_, handlers(), limits);
  if (!server) return unexpected(server.error().reason);
  server_ = std::move(*server);
  if (options_.public_url.empty()) options_.public_url = default_url(server_->local());
  scheduling_ = std::make_unique<Scheduling>(Scheduling::Parts{
      .engine = *engine_,
      .store = *store_,
      .vault = vault(),
      .events = events_,
      .mailer = options_.mailer != nullptr ? options_.mailer : people_->mailer(),
      .clock = clock_,
      .random = random_,
      .public_url = options_.public_url,
      .starter = [this](const std::string& token, auto done) { v2_settings_->starter(token, std::move(done)); },
      .running = [this](const std::string& id) { return meetings_->presence(id).inside > 0; },
      .end_running = [this](const std::string& id) { meetings_->end(id, wire::EndReason::ended_by_host); },
      .accounts = &people_->accounts(),
      .organisation = [this] { return branding_->organisation(); }});
  signalling_->use(scheduling_->service());
  recording_ = std::make_unique<RecordingLink>(
      RecordingLink::Parts{loop_, *engine_, vault(), events_, clock_, random_, *meetings_, people_->accounts(),
                           *blobs_},
      RecordingLink::Address{options_.data_directory, server_->local(), options_.ca_file, options_.public_url,
                             !options_.blobs.s3_endpoint.empty()});
  add_endpoints();
  recording_->take_up();
  blob_sweep_ = std::make_unique<io::Ticker>(loop_, std::chrono::hours{1}, [this] { sweep_blobs(); });
  sweep_blobs();

  auto socket = ControlSocket::listen(
      loop_, options_.run_directory + "/control.sock",
      {.on_kms = [this](auto peer, const auto& hello) { kms_->connected(std::move(peer), hello); },
       .on_media = [this](auto peer, const auto& hello) { media_->connected(std::move(peer), hello); },
       .on_keys = [this](auto peer) { keys_desk_->accept(std::move(peer)); },
       .on_recorder = [this](auto peer) { recording_->recorder_came(std::move(peer)); },
       .on_composer = [this](auto peer) { recording_->composer_came(std::move(peer)); }});
  if (!socket) return unexpected(socket.error().reason);
  socket_ = std::move(*socket);
  watch_certificate();
  return {};
}

/// Every area adds its endpoints here.
void Control::add_endpoints() {
  sessions_ = std::make_unique<SessionCallers>(*engine_, clock_);
  callers_.add_source("", *sessions_);
  registry_ = std::make_unique<api::Registry>(
      api::Registry::Parts{.clock = clock_,
                           .callers = callers_,
                           .rates = &rates_,
                           .metrics = &request_metrics_,
                           .own_origin = options_.public_url,
                           .acknowledge = [this](io::Callback answer) {
                             // Not before whoever answers has published what there is to publish.
                             loop_.post([this, weak = std::weak_ptr<int>{life_}, answer = std::move(answer)]() mutable {
                               if (!weak.expired()) integrations_->webhooks().when_kept(std::move(answer));
                             });
                           }});
  add_file_endpoints(*registry_, *files_);
  add_web_endpoints(*registry_, web_);
  api_ = std::make_unique<Api>(*registry_, Api::Parts{people_->accounts(), *store_, scheduling_->service(), *meetings_,
                                                      *media_, callers_, clock_, random_, options_.public_url, &web_});
  branding_->add_endpoints(*registry_);
  schedule::resolve_meetings(*registry_, scheduling_->service());
  schedule::add_schedule_endpoints(*registry_, scheduling_->service());
  schedule::add_guest_endpoints(*registry_, scheduling_->service(), clock_);
  schedule::add_template_endpoints(*registry_, scheduling_->service());
  integrations_ = std::make_unique<Integrations>(Integrations::Parts{
      .loop = loop_,
      .engine = *engine_,
      .vault = vault(),
      .events = events_,
      .clock = clock_,
      .random = random_,
      .rooms = {*store_, scheduling_->service(), *meetings_, recording_->library(), clock_,
                [this](const std::string& account, const std::string& host, api::Done<bool> done) {
                  recording_->may_share(account, host, std::move(done));
                }},
      .public_url = options_.public_url,
      .options = options_.integrations,
  });
  integrations_->add_endpoints(*registry_);
  recording_->add_endpoints(
      *registry_,
      [this](const std::string& id, std::vector<std::string> addresses, auto done) {
        scheduling_->service().invite_now(id, std::move(addresses), std::move(done));
      },
      [this](const std::string& id, recordings::WaitingRoomText text) {
        meeting::WaitingRoomWritten written;
        if (text.title) written.title = meeting::display_name(*text.title);
        if (text.description) written.description = meeting::clean_text(*text.description);
        meetings_->write_up(id, std::move(written));
      });
  people_->add_endpoints(*registry_, options_.public_url, [this] { return branding_->organisation(); });
  add_operations();
  add_self_test(*registry_, {.engine = *engine_,
                             .media = *media_,
                             .keys = *key_admin_,
                             .clock = clock_,
                             .certificate_ends = [this] { return tls_->not_after(); },
                             .public_url = options_.public_url,
                             .ca_file = options_.ca_file,
                             .data_directory = options_.data_directory,
                             .sends_mail = options_.people.smtp.has_value()});
  add_console();
  add_oauth();
  add_v2_people();
  add_v2_past();
  add_activity_endpoints(*registry_, {*keeper_, *meetings_});
  api::add_documentation_endpoints(*registry_, "0.1.0");
}

void Control::add_oauth() {
  const auto person = [this](const std::string& user_id, api::Done<std::optional<store::User>> done) {
    store_->user(user_id, [done = std::move(done)](auto user) mutable {
      if (!user) return done(unexpected(api::from_store(user.error())));
      done(std::move(*user));
    });
  };
  oauth_ = std::make_unique<oauth::OAuth>(oauth::OAuth::Parts{
      .loop = loop_,
      .engine = *engine_,
      .clock = clock_,
      .random = random_,
      .callers = callers_,
      .permissions_of = [this, person](const std::string& user_id, api::Done<std::optional<api::Permissions>> done) {
        person(user_id, [this, done = std::move(done)](auto user) mutable {
          if (!user) return done(unexpected(std::move(user.error())));
          if (!*user || (*user)->disabled) return done(std::optional<api::Permissions>{});
          sessions_->permissions_of(**user, std::move(done));
        });
      }});
  oauth_callers_ = std::make_unique<oauth::OAuthCallers>(*oauth_);
  callers_.add_source(oauth::access_prefix, *oauth_callers_);
  oauth_endpoints_ = std::make_unique<oauth::Endpoints>(
      *registry_, oauth::Endpoints::Parts{.oauth = *oauth_,
                                          .public_url = options_.public_url,
                                          .sign_in =
                                              [this](std::string login, std::string password, const std::string& code,
                                                     std::string source, api::Done<std::string> done) {
                                                people_->accounts().sign_in(
                                                    std::move(login), std::move(password), code,
                                                    identity::SignInSource{.address = std::move(source)},
                                                    [done = std::move(done)](auto signed_in) mutable {
                                                      if (!signed_in)
                                                        return done(unexpected(std::move(signed_in.error())));
                                                      // Such a session is for setting the factor up, for nothing else.
                                                      if (signed_in->second_factor_missing)
                                                        return done(unexpected(api::sign_in_needed()));
                                                      done(std::move(signed_in->token));
                                                    });
                                              },
                                          .name_of =
                                              [person](const std::string& user_id, api::Done<std::string> done) {
                                                person(user_id, [done = std::move(done)](auto user) mutable {
                                                  if (!user) return done(unexpected(std::move(user.error())));
                                                  if (!*user) return done(unexpected(api::sign_in_needed()));
                                                  done((*user)->name + " (" + (*user)->login + ")");
                                                });
                                              },
                                          .events = &events_,
                                          .log = operation_log()});
}

std::function<void(const api::Caller&, std::string, std::string, std::string)> Control::operation_log() {
  return [this](const api::Caller& caller, std::string action, std::string category, std::string object) {
    people_->accounts().log_operation(caller, std::move(action), std::move(category), std::move(object));
  };
}

void Control::add_v2_people() {
  v2::add_connector_endpoints(*registry_, scheduling_->service());
  v2_people_ = std::make_unique<v2::People>(
      *registry_, v2::People::Parts{
                      .engine = *engine_,
                      .clock = clock_,
                      .random = random_,
                      .callers = callers_,
                      .public_url = options_.public_url,
                      .create =
                          [this](v2::People::NewPerson person, api::Done<std::string> done) {
                            if (person.password.empty()) person.password = oauth_->random_text(32);
                            NewAccount account{person.email, person.name, person.password, store::UserRole::member};
                            account.account_id = person.account_id;
                            people_->accounts().create(std::move(account), [done = std::move(done)](auto user) mutable {
                              if (!user) return done(unexpected(std::move(user.error())));
                              done(std::move(user->id));
                            });
                          },
                      .events = &events_,
                      .log = operation_log()});
}

Control::~Control() {
  // Connections first: what they call is gone after this.
  socket_.reset();
  server_.reset();
}

io::HttpHandlers Control::handlers() {
  io::HttpHandlers handlers;
  handlers.on_request = [this](io::HttpRequest request, io::HttpResponder responder) {
    registry_->route(std::move(request), std::move(responder));
  };
  handlers.body_limit = [this](const io::HttpRequest& request) { return registry_->body_limit(request); };
  handlers.on_upgrade = [this](const io::HttpRequest& request, io::HttpUpgrade upgrade) {
    if (request.path() != "/ws") return upgrade.answer(to_response(not_found()));
    signalling_->accept(request, std::move(upgrade));
  };
  handlers.on_stun_stream = [this](std::shared_ptr<io::Stream> stream, Bytes first) {
    turn_->accept(std::move(stream), std::move(first));
  };
  return handlers;
}

void Control::setup_link(std::move_only_function<void(std::string)> done) {
  people_->accounts().offer_setup([this, done = std::move(done)](auto token) mutable {
    done(token && *token ? options_.public_url + "/setup?token=" + **token : std::string{});
  });
}

/// What was uploaded and never sent, also because somebody was killed in between, goes after a day.
void Control::sweep_blobs() {
  constexpr Duration unsent = std::chrono::hours{24};
  store::UnclaimedBlobs{*engine_}.doom(
      UnixMicros{static_cast<std::int64_t>(clock_.now()) - unsent.count()}, [this](auto doomed) {
        if (!doomed || *doomed == 0) return;
        io::log::info("files that nobody has sent are taken away", {{"files", *doomed}});
        recording_->archive().wake();
      });
}

void Control::watch_certificate() {
  const auto look = [this] {
    return changed_at(options_.certificate.chain_path) + " " + changed_at(options_.certificate.key_path);
  };
  certificate_seen_ = look();
  certificate_watch_ = std::make_unique<io::Ticker>(loop_, std::chrono::seconds{2}, [this, look] {
    std::string now = look();
    if (now == certificate_seen_) return;
    certificate_seen_ = std::move(now);
    reload_certificate();
  });
}

void Control::reload_certificate() {
  if (auto reloaded = tls_->reload(); !reloaded) {
    io::log::error("the certificate could not be loaded, the one before stays in use",
                   {{"reason", reloaded.error().reason}});
  } else {
    io::log::info("the certificate was loaded again");
  }
}

void Control::stop(io::Callback done) {
  meetings_->end_all(wire::EndReason::server_stopping);
  signalling_->close_all();
  server_->drain();
  stop_timer_ = std::make_unique<io::Timer>(loop_);
  wait_for_sessions(0, std::move(done));
}

void Control::wait_for_sessions(int rounds, io::Callback done) {
  constexpr Duration round = std::chrono::milliseconds{20};
  constexpr int most_rounds = 75;  // 1.5 s: whoever does not answer by then is left alone
  if (signalling_->sessions() == 0 || rounds >= most_rounds) return done();
  stop_timer_->after(
      round, [this, rounds, done = std::move(done)]() mutable { wait_for_sessions(rounds + 1, std::move(done)); });
}

}  // namespace sealhall::control
