#include "server/bbb/options.h"

#include <array>
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>

#include "core/base/ascii.h"
#include "io/http/client.h"
#include "io/http/message.h"
#include "server/bbb/xml.h"

namespace sealhall::bbb {

BOOST_DESCRIBE_STRUCT(Options, (),
                      (external_id, name, attendee_password, moderator_password, record, auto_start_recording,
                       allow_start_stop_recording, max_participants, duration_minutes, welcome, logout_url,
                       mute_on_start, guest_policy, first_join_minutes, empty_minutes, ended_url, lock_settings,
                       metadata, voice_bridge))

namespace {

namespace json = boost::json;
using Members = boost::describe::describe_members<Options, boost::describe::mod_public>;

constexpr std::uint32_t most_minutes = 60 * 24 * 365;

std::string made_up_password(RandomSource& random) {
  constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string out;
  while (out.size() < 16) {
    const std::uint32_t draw = random.u32();
    if (draw >= UINT32_MAX / letters.size() * letters.size()) continue;
    out += letters[draw % letters.size()];
  }
  return out;
}

GuestPolicy guest_policy_of(const std::string& word) {
  if (word == "ASK_MODERATOR") return GuestPolicy::ask_moderator;
  return word == "ALWAYS_DENY" ? GuestPolicy::always_deny : GuestPolicy::always_accept;
}

void put(json::object& out, const char* name, const std::string& value) { out[name] = value; }
void put(json::object& out, const char* name, bool value) { out[name] = value; }
void put(json::object& out, const char* name, std::uint32_t value) { out[name] = value; }
void put(json::object& out, const char* name, GuestPolicy value) { out[name] = static_cast<int>(value); }
void put(json::object& out, const char* name, const std::map<std::string, std::string>& value) {
  json::object members;
  for (const auto& [key, text] : value) members[key] = text;
  out[name] = std::move(members);
}

bool get(const json::value& value, std::string& out) {
  if (!value.is_string()) return false;
  out = std::string{value.get_string()};
  return true;
}
bool get(const json::value& value, bool& out) {
  if (!value.is_bool()) return false;
  out = value.get_bool();
  return true;
}
bool get(const json::value& value, std::uint32_t& out) {
  if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > UINT32_MAX) return false;
  out = static_cast<std::uint32_t>(value.get_int64());
  return true;
}
bool get(const json::value& value, GuestPolicy& out) {
  std::uint32_t number = 0;
  if (!get(value, number) || number > static_cast<std::uint32_t>(GuestPolicy::always_deny)) return false;
  out = static_cast<GuestPolicy>(number);
  return true;
}
bool get(const json::value& value, std::map<std::string, std::string>& out) {
  if (!value.is_object()) return false;
  for (const json::key_value_pair& member : value.get_object()) {
    if (!get(member.value(), out[std::string{member.key()}])) return false;
  }
  return true;
}

}  // namespace

std::string Options::meta(const std::string& wanted) const {
  const auto it = metadata.find(wanted);
  return it == metadata.end() ? std::string{} : it->second;
}

std::string page_address(const std::string& given) {
  constexpr std::size_t longest = 2000;
  if (given.size() > longest) return {};
  // Platforms put names of courses there as they are. In the name of the host nothing is encoded: it is no such name.
  const std::size_t host = given.find("://");
  const std::size_t path = host == std::string::npos ? host : given.find_first_of("/?#", host + 3);
  std::string url = given.substr(0, path);
  for (const char c : std::string_view{given}.substr(url.size())) {
    const bool plain = c > ' ' && c < 0x7F;
    url += plain ? std::string{c} : io::percent_encode({&c, 1});
  }
  const bool clear = url.starts_with("http://");
  const bool page = url.size() <= longest && io::parse_url(clear ? "https://" + url.substr(7) : url).has_value() &&
                    (clear || url.starts_with("https://"));
  return page ? url : std::string{};
}

Options options_of(const Parameters& p, RandomSource& random) {
  Options o;
  const auto text = [&](std::string_view name) { return p.find(name).value_or(""); };
  o.external_id = text("meetingID");
  o.name = p.find("name").value_or(o.external_id);
  o.attendee_password = p.find("attendeePW").value_or("");
  o.moderator_password = p.find("moderatorPW").value_or("");
  while (o.attendee_password.empty()) o.attendee_password = made_up_password(random);
  while (o.moderator_password.empty()) o.moderator_password = made_up_password(random);
  o.record = p.flag("record");
  o.auto_start_recording = p.flag("autoStartRecording");
  o.allow_start_stop_recording = p.flag("allowStartStopRecording", true);
  o.max_participants = p.number("maxParticipants", 100'000).value_or(0);
  o.duration_minutes = p.number("duration", most_minutes).value_or(0);
  o.welcome = text("welcome");
  o.logout_url = text("logoutURL");
  o.mute_on_start = p.flag("muteOnStart");
  o.guest_policy = guest_policy_of(text("guestPolicy"));
  o.first_join_minutes = p.number("meetingExpireIfNoUserJoinedInMinutes", most_minutes).value_or(5);
  o.empty_minutes = p.number("meetingExpireWhenLastUserLeftInMinutes", most_minutes).value_or(1);
  o.ended_url = text("meetingEndedURL");
  for (const auto& [name, value] : p) {
    constexpr std::string_view lock = "lockSettings";
    constexpr std::string_view meta = "meta_";
    if (name.starts_with(lock)) {
      o.lock_settings.try_emplace(name.substr(lock.size()), value);
    } else if (name.starts_with(meta) && is_element_name(name.substr(meta.size()))) {
      o.metadata.try_emplace(ascii_lower(name.substr(meta.size())), value);
    }
  }
  o.voice_bridge = p.find("voiceBridge").value_or(std::to_string(10'000 + random.u32() % 90'000));
  return o;
}

Bytes encode_options(const Options& options) {
  json::object out;
  boost::mp11::mp_for_each<Members>([&](auto d) { put(out, d.name, options.*d.pointer); });
  const std::string text = json::serialize(out);
  return {text.begin(), text.end()};
}

std::optional<Options> read_options(ByteView bytes) {
  json::error_code error;
  const json::value value = json::parse({as_text(bytes).data(), bytes.size()}, error);
  if (error || !value.is_object()) return std::nullopt;
  Options out;
  bool ok = true;
  boost::mp11::mp_for_each<Members>([&](auto d) {
    // A member that an older version did not write keeps its default.
    if (const json::value* member = value.get_object().if_contains(d.name)) ok = ok && get(*member, out.*d.pointer);
  });
  if (!ok || out.external_id.empty()) return std::nullopt;
  return out;
}

}  // namespace sealhall::bbb
