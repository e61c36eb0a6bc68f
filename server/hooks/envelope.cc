#include "server/hooks/envelope.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "server/hooks/canonical_json.h"

namespace sealhall::hooks {
namespace {

namespace json = boost::json;
using namespace std::string_view_literals;

/// Of the field's list those whose moment exists here; docs/operate/webhooks.md says what each means.
constexpr std::array known_events = {
    "meeting.created"sv,
    "meeting.updated"sv,
    "meeting.deleted"sv,
    "meeting.started"sv,
    "meeting.ended"sv,
    "meeting.participant_joined"sv,
    "meeting.participant_left"sv,
    "meeting.participant_joined_waiting_room"sv,
    "meeting.participant_admitted"sv,
    "meeting.participant_left_waiting_room"sv,
    "meeting.registration_created"sv,
    "meeting.registration_approved"sv,
    "meeting.registration_cancelled"sv,
    "meeting.registration_denied"sv,
    "meeting.sharing_started"sv,
    "meeting.sharing_ended"sv,
    "meeting.chat_message_sent"sv,
    "recording.started"sv,
    "recording.paused"sv,
    "recording.resumed"sv,
    "recording.stopped"sv,
    "recording.completed"sv,
    "recording.trashed"sv,
    "recording.deleted"sv,
    "recording.recovered"sv,
    "user.created"sv,
    "user.updated"sv,
    "user.deleted"sv,
    "user.activated"sv,
    "user.deactivated"sv,
    "user.disassociated"sv,
    "user.invitation_accepted"sv,
    "user.signed_in"sv,
    "user.signed_out"sv,
    "user.settings_updated"sv,
    "app_deauthorized"sv,
};

std::int64_t millis(UnixMicros at) noexcept { return static_cast<std::int64_t>(at) / 1000; }

}  // namespace

bool is_known_event(std::string_view name) noexcept {
  return std::ranges::find(known_events, name) != known_events.end();
}

std::optional<std::string> event_body(const Event& event) {
  std::string text = "{\"event\":" + js_string(event.name) + ",\"event_ts\":" + std::to_string(millis(event.at)) +
                     ",\"payload\":{\"account_id\":" + js_string(event.account_id);
  if (!event.beside_json.empty()) {
    json::error_code error;
    const json::value beside = json::parse(event.beside_json, error);
    if (error || !beside.is_object()) return std::nullopt;
    for (const json::key_value_pair& member : beside.get_object()) {
      text += ',' + js_string({member.key().data(), member.key().size()}) + ':' + json::serialize(member.value());
    }
  }
  text += ",\"object\":" + event.object_json + '}';
  if (!event.download_token.empty()) text += ",\"download_token\":" + js_string(event.download_token);
  text += '}';
  return canonical_json(text);
}

std::string validation_body(std::string_view plain_token, UnixMicros at) {
  return "{\"payload\":{\"plainToken\":" + js_string(plain_token) + "},\"event_ts\":" + std::to_string(millis(at)) +
         ",\"event\":\"endpoint.url_validation\"}";
}

bool answers_validation(std::string_view answer, std::string_view secret, std::string_view plain_token) {
  json::parse_options options;
  options.max_depth = 8;
  json::error_code error;
  const json::value value = json::parse({answer.data(), answer.size()}, error, {}, options);
  if (error || !value.is_object()) return false;
  const auto text_of = [&](const char* name) -> std::string_view {
    const json::value* member = value.get_object().if_contains(name);
    if (member == nullptr || !member->is_string()) return {};
    return {member->get_string().data(), member->get_string().size()};
  };
  const auto code = from_hex(text_of("encryptedToken"));
  const crypto::Hmac hmac(crypto::HashAlgorithm::sha256, as_bytes(secret));
  return text_of("plainToken") == plain_token && code && hmac.verify({as_bytes(plain_token)}, *code, hmac.size());
}

std::string signature(std::string_view secret, std::int64_t seconds, std::string_view body) {
  return "v0=" + hmac_hex(secret, "v0:" + std::to_string(seconds) + ":" + std::string{body});
}

std::string hmac_hex(std::string_view secret, std::string_view text) {
  std::array<std::uint8_t, 32> code{};
  crypto::Hmac(crypto::HashAlgorithm::sha256, as_bytes(secret)).compute({as_bytes(text)}, code);
  return to_hex(code);
}

}  // namespace sealhall::hooks
