// Tested in calls_test.cc
// Tells platforms which of their recordings can be watched (meta_bbb-recording-ready-url).
#include <array>

#include "core/base/ascii.h"
#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "io/http/message.h"
#include "io/log/json_text.h"
#include "io/log/log.h"
#include "server/bbb/service.h"

namespace sealhall::bbb {
namespace {

constexpr std::string_view ready_url = "bbb-recording-ready-url";
constexpr Duration ours_away = std::chrono::seconds{2};

}  // namespace

std::optional<Duration> told_again_after(std::uint32_t attempts) noexcept {
  constexpr std::array<Duration, 5> waits = {std::chrono::seconds{10}, std::chrono::minutes{1},
                                             std::chrono::minutes{10}, std::chrono::hours{1}, std::chrono::hours{6}};
  return attempts < waits.size() ? std::optional{waits.at(attempts)} : std::nullopt;
}

std::string ready_body(const std::string& external_id, const std::string& recording_id, const std::string& secret) {
  const auto part = [](const std::string& json) { return to_base64url(as_bytes(json)); };
  const std::string said = part(R"({"typ":"JWT","alg":"HS256"})") + "." +
                           part(R"({"meeting_id":")" + io::json_escape(external_id) + R"(","record_id":")" +
                                io::json_escape(recording_id) + R"("})");
  const crypto::Hmac hmac{crypto::HashAlgorithm::sha256, as_bytes(secret)};
  std::array<std::uint8_t, 32> proof{};
  hmac.compute({as_bytes(said)}, proof);
  return "signed_parameters=" + said + "." + to_base64url(proof);
}

bool BbbService::people_may_record(const std::string& room_id) const {
  for (const auto& [key, room] : open_) {
    if (room->row.meeting_id == room_id) return room->options.record && room->options.allow_start_stop_recording;
  }
  return true;
}

std::optional<BbbService::Limits> BbbService::limits(const std::string& room_id) const {
  for (const auto& [key, room] : open_) {
    if (room->row.meeting_id != room_id) continue;
    const auto says = [&](const char* what, std::string_view word) {
      const auto found = room->options.lock_settings.find(what);
      return found != room->options.lock_settings.end() && ascii_lower(found->second) == word;
    };
    // Whoever comes in is locked, unless the platform says that nobody is at first.
    const bool lock_on_join = !says("LockOnJoin", "false");
    const auto locked = [&](const char* what) { return lock_on_join && says(what, "true"); };
    return Limits{room->options.max_participants, !locked("DisablePrivateChat"),
                  !locked("DisablePublicChat"),   !locked("DisableMic"),
                  !locked("DisableCam"),          page_address(room->options.logout_url)};
  }
  return std::nullopt;
}

void BbbService::recordings_ready() {
  if (ready_) load_ready();
}

void BbbService::load_ready() {
  ready_unread_ = false;
  parts_.store.unfinished_ready(alive([this](auto rows) {
    if (!rows) {
      ready_unread_ = true;
      return;
    }
    for (const store::BbbReady& row : *rows) {
      if (ready_known_.insert(row.recording_id).second) take_ready(row);
    }
  }));
}

void BbbService::take_ready(const store::BbbReady& row) {
  const auto again = [this, row] {
    ready_known_.erase(row.recording_id);
    ready_unread_ = true;
  };
  const auto nobody = [this, row] {
    store::BbbReady done = row;
    done.next_at.reset();
    parts_.store.change_ready(std::move(done), [](auto) {});
  };
  parts_.store.by_meeting(
      row.account_id, row.meeting_id, alive([this, row, again, nobody](auto meeting) {
        if (!meeting) return again();
        if (!*meeting) return nobody();
        auto context = details_of(**meeting);
        parts_.vault.open(std::move(context), std::move((*meeting)->details_sealed),
                          alive([this, row, again, nobody](auto details) {
                            if (!details && is_away(details.error())) return again();
                            const auto options = details ? read_options(*details) : std::nullopt;
                            const std::string url = options ? options->meta(std::string{ready_url}) : std::string{};
                            if (url.empty()) return nobody();
                            ready_recordings_.push_back(std::make_shared<Ready>(Ready{row, url, options->external_id}));
                            poll_ready();
                          }));
      }));
}

void BbbService::poll_ready() {
  const UnixMicros now = parts_.clock.now();
  if (ready_unread_) load_ready();
  const auto all = ready_recordings_;
  for (const ReadyPtr& ready : all) {
    if (ready->row.next_at && *ready->row.next_at <= now) tell_ready(ready);
  }
}

void BbbService::tell_ready(const ReadyPtr& ready) {
  ready->row.next_at = after(std::chrono::hours{1});  // not twice while it is under way
  secret(ready->row.account_id, alive([this, ready](auto secret) {
           if (!secret) {
             ready->row.next_at = after(ours_away);
             return;
           }
           if (!*secret) return told_ready(ready, true);  // nobody is there to be told
           parts_.transport.send({.method = "POST",
                                  .url = ready->url,
                                  .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                                  .body = ready_body(ready->external_id, ready->row.recording_id, (*secret)->text)},
                                 alive([this, ready](const hooks::HookAnswer& answer) {
                                   told_ready(ready, answer.status != 0 && answer.status < 500);
                                 }));
         }));
}

void BbbService::told_ready(const ReadyPtr& ready, bool success) {
  const auto again = told_again_after(ready->row.attempts++);
  if (success || !again) {
    ready->row.next_at.reset();
    ready_recordings_.remove(ready);
    if (!success) io::log::warning("a platform could not be told of its recording");
  } else {
    ready->row.next_at = after(*again);
  }
  parts_.store.change_ready(ready->row, [](auto) {});
}

}  // namespace sealhall::bbb
