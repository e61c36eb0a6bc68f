// Tested in recording_link_test.cc and tests/e2e/scenarios/recording.py
#include "server/control/recording_link.h"

#include <utility>

#include "io/http/client.h"
#include "io/http/message.h"
#include "io/log/log.h"

namespace sealhall::control {
namespace {

/// How a process on this machine reaches us by a name that our certificate has.
void find_us(const RecordingLink::Address& address, recordings::LiveOptions& options) {
  options.ca_file = address.ca_file;
  if (const auto url = io::parse_url(address.public_url); url && address.ca_file.empty()) {
    options.host = url->host;
    options.port = url->port;
    return;
  }
  options.host = address.listen.address;
  if (options.host == "0.0.0.0") options.host = "127.0.0.1";
  if (options.host == "::") options.host = "::1";
  options.port = address.listen.port;
}

}  // namespace

RecordingLink::RecordingLink(const Parts& parts, const Address& address)
    : meetings_(parts.meetings), accounts_(parts.accounts) {
  recordings::HouseOptions options;
  options.live.folder = address.data_directory + "/recordings";
  options.library.public_url = address.public_url;
  options.archive.move = address.move_recordings;
  find_us(address, options.live);
  house_ = std::make_unique<recordings::House>(
      recordings::House::Parts{parts.loop, parts.engine, parts.vault, parts.events, parts.clock, parts.random,
                               [this](const std::string& meeting) { return running(meeting); },
                               [this](const std::string& account, const std::string& host,
                                      recordings::Done<bool> done) { may_share(account, host, std::move(done)); },
                               parts.blobs},
      std::move(options));
}

void RecordingLink::may_share(const std::string& account, const std::string& host, recordings::Done<bool> done) {
  accounts_.meeting_policies_of(account, host, [done = std::move(done)](auto policies) mutable {
    if (!policies) return done(unexpected(std::move(policies.error())));
    done(policies->share_links);
  });
}

std::optional<recordings::RunningMeeting> RecordingLink::running(const std::string& meeting) const {
  const auto found = meetings_.find_running(meeting);
  if (found.settings == nullptr) return std::nullopt;
  std::optional<Duration> retention;
  if (const std::uint32_t days = found.policies->retention_days; days != 0) retention = std::chrono::hours{24} * days;
  return recordings::RunningMeeting{found.account_id, found.settings->meeting_id, found.settings->meeting_uuid,
                                    found.owner_id,   found.settings->topic,      retention};
}

void RecordingLink::recorder_came(std::shared_ptr<Peer> peer) {
  // A new one while the old one's end has not been read yet: its parts ended with it.
  if (recorder_) house_->live().recorder_gone();
  recorder_ = std::move(peer);
  recorder_->on_message = [this](std::string_view text) { house_->live().recorder_said(text); };
  recorder_->on_closed = [this, mine = recorder_.get()] {
    if (recorder_.get() != mine) return;
    house_->live().recorder_gone();
    recorder_.reset();
  };
  io::log::info("the recorder is here");
  house_->live().recorder_came([this](std::string_view text) {
    if (recorder_) recorder_->send(text);
  });
}

void RecordingLink::composer_came(std::shared_ptr<Peer> peer) {
  composer_ = std::move(peer);
  composer_->on_message = [this](std::string_view text) { house_->composing().composer_said(text); };
  composer_->on_closed = [this, mine = composer_.get()] {
    if (composer_.get() != mine) return;
    house_->composing().composer_gone();
    composer_.reset();
  };
  house_->composing().composer_came([this](std::string_view text) {
    if (composer_) composer_->send(text);
  });
}

void RecordingLink::record_by_itself(const std::string& meeting_id) {
  if (auto meeting = running(meeting_id)) house_->live().start_by_itself(std::move(*meeting));
}

void RecordingLink::asked(const std::string& meeting_id, wire::HostAction action,
                          std::move_only_function<void(std::string)> refused) {
  auto settled = [refused = std::move(refused)](auto result) mutable {
    if (!result) refused(result.error().message);
  };
  switch (action) {
    case wire::HostAction::record_start:
      if (auto meeting = running(meeting_id)) house_->live().start(std::move(*meeting), std::move(settled));
      return;
    case wire::HostAction::record_stop:
      return house_->live().stop(meeting_id, std::move(settled));
    case wire::HostAction::record_pause:
    case wire::HostAction::record_resume:
      return house_->live().pause(meeting_id, action == wire::HostAction::record_pause, std::move(settled));
    default:
      return;
  }
}

}  // namespace sealhall::control
