// Tested in server/control/v2_settings_test.cc
#include "server/v2/settings.h"

#include <algorithm>
#include <utility>

#include "core/wire/reflect.h"
#include "server/api/tokens.h"

namespace sealhall::v2 {
namespace {

using Policies = identity::Accounts::Policies;
using identity::PolicyValue;

template <class T>
T value_of(const Policies& policies, std::string_view name) {
  const auto found = policies.find(name);
  SEALHALL_CHECK(found != policies.end());
  return std::get<T>(found->second.value);
}
bool flag(const Policies& policies, std::string_view name) { return value_of<bool>(policies, name); }

/// Everything that there is to say. What has no policy is how this server always is.
UserSettings view_of(const Policies& p) {
  const bool passcode = flag(p, "meeting.passcode_required");
  const auto days = value_of<std::int64_t>(p, "recording.retention_days");
  UserSettings out;
  out.schedule_meeting = ScheduleSettings{flag(p, "meeting.join_before_host"), passcode, passcode, true, false, "voip"};
  out.in_meeting = InMeetingSettings{.waiting_room = flag(p, "meeting.waiting_room"),
                                     .chat = flag(p, "chat.allowed"),
                                     .private_chat = flag(p, "chat.private"),
                                     .file_transfer = flag(p, "chat.files"),
                                     .who_can_share_screen = value_of<std::string>(p, "meeting.screen_share"),
                                     .screen_sharing = true,
                                     .breakout_room = flag(p, "meeting.breakout_rooms"),
                                     .co_host = true,
                                     .polling = flag(p, "meeting.polls"),
                                     .whiteboard = flag(p, "meeting.whiteboard"),
                                     .e2e_encryption = false};
  out.recording =
      RecordingPreferences{flag(p, "recording.allowed"), false, flag(p, "recording.automatic") ? "cloud" : "none",
                           days > 0, static_cast<std::uint32_t>(days)};
  out.feature =
      FeatureSettings{static_cast<std::uint32_t>(value_of<std::int64_t>(p, "meeting.max_participants")), false, false};
  return out;
}

MeetingSecurity security_of(const Policies& p) {
  return {.encryption_type = "enhanced_encryption",
          .end_to_end_encrypted_meetings = false,
          .meeting_password = flag(p, "meeting.passcode_required"),
          .waiting_room = flag(p, "meeting.waiting_room"),
          .embed_password_in_join_link = true,
          .meeting_password_requirement = PasswordRequirement{}};
}

/// Leaves of `settings` what is named in `names`: fields, and whole sections. A section without any is gone, and names
/// of nothing count for nothing.
void keep_named(UserSettings& settings, std::string names) {
  std::erase(names, ' ');
  names = "," + names + ",";
  const auto named = [&](std::string_view name) { return names.contains("," + std::string{name} + ","); };
  wire::for_each_field<UserSettings>([&](auto of_section) {
    auto& section = settings.*of_section.pointer;
    if (!section || named(of_section.name)) return;
    bool any = false;
    wire::for_each_field<typename std::remove_cvref_t<decltype(section)>::value_type>([&](auto of_field) {
      if (named(of_field.name)) {
        any = true;
      } else {
        ((*section).*of_field.pointer).reset();
      }
    });
    if (!any) section.reset();
  });
}

/// Collects what a request changes, and what is wrong with it.
class Changes {
 public:
  Changes(const Policies& now, const api::Subject& subject) : now_(now), subject_(subject) {}

  template <class T>
  void policy(const std::optional<T>& wanted, std::string_view name, const char* field) {
    if (!wanted) return;
    if constexpr (std::is_same_v<T, std::uint32_t>) {
      set(PolicyValue{static_cast<std::int64_t>(*wanted)}, name, field);
    } else {
      set(PolicyValue{*wanted}, name, field);
    }
  }
  void set(const PolicyValue& value, std::string_view name, const char* field) {
    const auto& current = now_.find(name)->second;
    if (current.value == value) return;
    if (current.locked) return wrong(field, "The account or a group has locked this.");
    if (!identity::fits(*identity::policy_rule(name), value)) return wrong(field, "That is no value for this.");
    rows.push_back({subject_.account_id, store::Policy::Level::user, subject_.id, std::string{name},
                    identity::policy_json(value), false});
  }
  /// Of something that is always so.
  template <class T>
  void fixed(const std::optional<T>& wanted, const std::optional<T>& is, const char* field) {
    if (wanted && wanted != is) wrong(field, "This cannot be changed on this server.");
  }
  void wrong(const char* field, const char* message) {
    if (!error) error = api::wrong_field(field, message);
  }

  std::vector<store::Policy> rows;
  std::optional<api::ApiError> error;

 private:
  const Policies& now_;
  const api::Subject& subject_;
};

void take(Changes& c, const ScheduleSettings& s, const ScheduleSettings& is) {
  c.policy(s.join_before_host, "meeting.join_before_host", "schedule_meeting.join_before_host");
  c.policy(s.require_password_for_scheduling_new_meetings, "meeting.passcode_required",
           "schedule_meeting.require_password_for_scheduling_new_meetings");
  // One policy for both kinds: what is said of one kind counts, and of the other must not be something else.
  if (s.require_password_for_scheduling_new_meetings) {
    c.fixed(s.require_password_for_instant_meetings, s.require_password_for_scheduling_new_meetings,
            "schedule_meeting.require_password_for_instant_meetings");
  } else {
    c.policy(s.require_password_for_instant_meetings, "meeting.passcode_required",
             "schedule_meeting.require_password_for_instant_meetings");
  }
  c.fixed(s.embed_password_in_join_link, is.embed_password_in_join_link,
          "schedule_meeting.embed_password_in_join_link");
  c.fixed(s.use_pmi_for_scheduled_meetings, is.use_pmi_for_scheduled_meetings,
          "schedule_meeting.use_pmi_for_scheduled_meetings");
  c.fixed(s.audio_type, is.audio_type, "schedule_meeting.audio_type");
}

void take(Changes& c, const InMeetingSettings& s, const InMeetingSettings& is) {
  c.policy(s.waiting_room, "meeting.waiting_room", "in_meeting.waiting_room");
  c.policy(s.chat, "chat.allowed", "in_meeting.chat");
  c.policy(s.private_chat, "chat.private", "in_meeting.private_chat");
  c.policy(s.file_transfer, "chat.files", "in_meeting.file_transfer");
  c.policy(s.who_can_share_screen, "meeting.screen_share", "in_meeting.who_can_share_screen");
  c.fixed(s.screen_sharing, is.screen_sharing, "in_meeting.screen_sharing");
  c.policy(s.breakout_room, "meeting.breakout_rooms", "in_meeting.breakout_room");
  c.fixed(s.co_host, is.co_host, "in_meeting.co_host");
  c.policy(s.polling, "meeting.polls", "in_meeting.polling");
  c.policy(s.whiteboard, "meeting.whiteboard", "in_meeting.whiteboard");
  c.fixed(s.e2e_encryption, is.e2e_encryption, "in_meeting.e2e_encryption");
}

void take(Changes& c, const RecordingPreferences& s, const RecordingPreferences& is) {
  c.policy(s.cloud_recording, "recording.allowed", "recording.cloud_recording");
  c.fixed(s.local_recording, is.local_recording, "recording.local_recording");
  if (s.auto_recording && *s.auto_recording != "none" && *s.auto_recording != "cloud") {
    c.wrong("recording.auto_recording", "none or cloud.");
  } else if (s.auto_recording) {
    c.set(PolicyValue{*s.auto_recording == "cloud"}, "recording.automatic", "recording.auto_recording");
  }
  std::optional<std::uint32_t> days = s.auto_delete_cmr_days;
  if (s.auto_delete_cmr == false) days = 0;
  if (s.auto_delete_cmr == true && days.value_or(*is.auto_delete_cmr_days) == 0) {
    return c.wrong("recording.auto_delete_cmr_days", "After how many days?");
  }
  c.policy(days, "recording.retention_days", "recording.auto_delete_cmr_days");
}

void take(Changes& c, const FeatureSettings& s, const FeatureSettings& is) {
  c.policy(s.meeting_capacity, "meeting.max_participants", "feature.meeting_capacity");
  c.fixed(s.large_meeting, is.large_meeting, "feature.large_meeting");
  c.fixed(s.webinar, is.webinar, "feature.webinar");
}

}  // namespace

Settings::Settings(api::Registry& registry, Parts parts)
    : parts_(parts), directory_(parts.engine), history_(parts.engine) {
  using api::Access;
  using enum api::Permission;
  constexpr std::string_view tag = "Users";
  registry.add({.method = "GET",
                .path = "/v2/users/{user_id}/settings",
                .tag = tag,
                .summary = "Get a user's settings",
                .access = Access::owner("user_id", users_read, "user:read:settings"),
                .description = "The policies that count for the person, under the names that programs know. With "
                               "custom_query_fields only the fields that it names, with commas between."},
               this, &Settings::get);
  registry.add({.method = "PATCH",
                .path = "/v2/users/{user_id}/settings",
                .tag = tag,
                .summary = "Change a user's settings",
                .access = Access::owner("user_id", users_write, "user:update:settings"),
                .description = "What the account or a group has locked, and what is always so on this server, is "
                               "refused with the field's name."},
               this, &Settings::change);
  constexpr auto as_person = Access::owner("user_id", users_write, "user:read:token");
  registry.add(
      {.method = "GET",
       .path = "/v2/users/{user_id}/token",
       .tag = tag,
       .summary = "Get a token that starts the user's meetings",
       .access = as_person,
       .description = "type=zak. Whoever has it comes into meetings as that person, by default for two hours."},
      [this](api::Call<TokenQuery> call, api::Answer<StartToken> answer) {
        if (call.query.type.value_or("token") != "zak") return answer(api::wrong_field("type", "zak."));
        give_token(call.subject.id, call.query.ttl, std::move(answer));
      });
  registry.add({"GET", "/v2/users/{user_id}/zak", tag, "Get a token that starts the user's meetings",
                Access::owner("user_id", users_write, "user:read:zak")},
               [this](api::Call<TokenQuery> call, api::Answer<StartToken> answer) {
                 give_token(call.subject.id, call.query.ttl, std::move(answer));
               });
}

void Settings::get(api::Call<SettingsQuery> call, api::Answer<UserSettings> answer) {
  const bool security = call.query.option == "meeting_security";
  std::string names = std::move(call.query.custom_query_fields).value_or("");
  parts_.accounts.policies_of(
      call.subject.account_id, call.subject.id,
      std::move(answer).from([security, names = std::move(names)](const Policies& policies) mutable {
        UserSettings out;
        if (security) {
          out.meeting_security = security_of(policies);
        } else {
          out = view_of(policies);
        }
        if (!names.empty()) keep_named(out, std::move(names));
        return out;
      }));
}

void Settings::change(api::Call<SettingsQuery, UserSettings> call, api::Answer<> answer) {
  const std::string account = call.subject.account_id;
  const std::string user = call.subject.id;
  parts_.accounts.policies_of(
      account, user, [this, call = std::move(call), answer = std::move(answer)](auto now) mutable {
        if (!now) return answer(now.error());
        const UserSettings is = view_of(*now);
        Changes changes{*now, call.subject};
        const UserSettings& wanted = call.body;
        if (wanted.schedule_meeting) take(changes, *wanted.schedule_meeting, *is.schedule_meeting);
        if (wanted.in_meeting) take(changes, *wanted.in_meeting, *is.in_meeting);
        if (wanted.recording) take(changes, *wanted.recording, *is.recording);
        if (wanted.feature) take(changes, *wanted.feature, *is.feature);
        if (wanted.meeting_security) {
          changes.wrong("meeting_security", "Change schedule_meeting and in_meeting instead.");
        }
        if (changes.error) return answer(*changes.error);
        if (changes.rows.empty()) return answer();
        directory_.set_policies(std::move(changes.rows),
                                [this, call = std::move(call), answer = std::move(answer)](auto set) mutable {
                                  if (!set) return answer(api::from_store(set.error()));
                                  parts_.accounts.log_operation(call.caller, "change", "policy", call.subject.id);
                                  parts_.accounts.publish_of("user.settings_updated", call.subject.id);
                                  answer();
                                });
      });
}

void Settings::give_token(const std::string& user_id, std::optional<std::uint32_t> ttl,
                          api::Answer<StartToken> answer) {
  constexpr std::uint32_t usual = 7200;
  constexpr std::uint32_t most = 7'776'000;  // 90 days
  const auto seconds = std::clamp<std::int64_t>(ttl.value_or(usual), 1, most);
  const std::string token = std::string{zak_prefix} + api::random_text(parts_.random, 32);
  const UnixMicros now = parts_.clock.now();
  const UnixMicros until{static_cast<std::int64_t>(now) + seconds * 1'000'000};
  history_.put_start_token(api::token_hash(token), user_id, until, now,
                           std::move(answer).from([token] { return StartToken{token}; }));
}

void Settings::starter(const std::string& token, api::Done<std::optional<std::string>> done) {
  history_.user_of_start_token(api::token_hash(token), parts_.clock.now(), [done = std::move(done)](auto user) mutable {
    if (!user) return done(unexpected(api::from_store(user.error())));
    done(std::move(*user));
  });
}

}  // namespace sealhall::v2
