// A person's settings as programs of the field read and change them: policies under their names there. And tokens by
// which somebody starts their meetings from such a program.
#pragma once

#include <optional>
#include <string>

#include "core/base/random.h"
#include "io/net/clock.h"
#include "server/api/registry.h"
#include "server/identity/accounts.h"
#include "store/history.h"

namespace sealhall::v2 {

/// What start tokens begin with, so that they are told from those of one meeting.
inline constexpr std::string_view zak_prefix = "zak_";

struct SettingsQuery {
  std::string user_id;
  std::optional<std::string> option;               ///< "meeting_security": only those
  std::optional<std::string> custom_query_fields;  ///< of GET: only these fields and sections; ',' between them
};
/// Of GET and, everything being optional, of PATCH.
struct ScheduleSettings {
  std::optional<bool> join_before_host;
  std::optional<bool> require_password_for_scheduling_new_meetings;
  std::optional<bool> require_password_for_instant_meetings;
  std::optional<bool> embed_password_in_join_link;
  std::optional<bool> use_pmi_for_scheduled_meetings;
  std::optional<std::string> audio_type;
};
struct InMeetingSettings {
  std::optional<bool> waiting_room;
  std::optional<bool> chat;
  std::optional<bool> private_chat;
  std::optional<bool> file_transfer;
  std::optional<std::string> who_can_share_screen;  ///< "all" or "host"
  std::optional<bool> screen_sharing;
  std::optional<bool> breakout_room;
  std::optional<bool> co_host;
  std::optional<bool> polling;
  std::optional<bool> whiteboard;
  std::optional<bool> e2e_encryption;
};
struct RecordingPreferences {
  std::optional<bool> cloud_recording;
  std::optional<bool> local_recording;
  std::optional<std::string> auto_recording;  ///< "none" or "cloud"
  std::optional<bool> auto_delete_cmr;
  std::optional<std::uint32_t> auto_delete_cmr_days;
};
struct FeatureSettings {
  std::optional<std::uint32_t> meeting_capacity;
  std::optional<bool> large_meeting;
  std::optional<bool> webinar;
};
struct PasswordRequirement {
  std::uint32_t length = 1;
  bool have_letter = false;
  bool have_number = false;
  bool have_special_character = false;
  bool only_allow_numeric = false;
};
struct MeetingSecurity {
  std::optional<std::string> encryption_type;
  std::optional<bool> end_to_end_encrypted_meetings;
  std::optional<bool> meeting_password;
  std::optional<bool> waiting_room;
  std::optional<bool> embed_password_in_join_link;
  std::optional<PasswordRequirement> meeting_password_requirement;
};
struct UserSettings {
  std::optional<ScheduleSettings> schedule_meeting;
  std::optional<InMeetingSettings> in_meeting;
  std::optional<RecordingPreferences> recording;
  std::optional<FeatureSettings> feature;
  std::optional<MeetingSecurity> meeting_security;
};
struct TokenQuery {
  std::string user_id;
  std::optional<std::string> type;
  std::optional<std::uint32_t> ttl;  ///< seconds
};
struct StartToken {
  std::string token;
};

BOOST_DESCRIBE_STRUCT(SettingsQuery, (), (user_id, option, custom_query_fields))
BOOST_DESCRIBE_STRUCT(ScheduleSettings, (),
                      (join_before_host, require_password_for_scheduling_new_meetings,
                       require_password_for_instant_meetings, embed_password_in_join_link,
                       use_pmi_for_scheduled_meetings, audio_type))
BOOST_DESCRIBE_STRUCT(InMeetingSettings, (),
                      (waiting_room, chat, private_chat, file_transfer, who_can_share_screen, screen_sharing,
                       breakout_room, co_host, polling, whiteboard, e2e_encryption))
BOOST_DESCRIBE_STRUCT(RecordingPreferences, (),
                      (cloud_recording, local_recording, auto_recording, auto_delete_cmr, auto_delete_cmr_days))
BOOST_DESCRIBE_STRUCT(FeatureSettings, (), (meeting_capacity, large_meeting, webinar))
BOOST_DESCRIBE_STRUCT(PasswordRequirement, (),
                      (length, have_letter, have_number, have_special_character, only_allow_numeric))
BOOST_DESCRIBE_STRUCT(MeetingSecurity, (),
                      (encryption_type, end_to_end_encrypted_meetings, meeting_password, waiting_room,
                       embed_password_in_join_link, meeting_password_requirement))
BOOST_DESCRIBE_STRUCT(UserSettings, (), (schedule_meeting, in_meeting, recording, feature, meeting_security))
BOOST_DESCRIBE_STRUCT(TokenQuery, (), (user_id, type, ttl))
BOOST_DESCRIBE_STRUCT(StartToken, (), (token))

/// Lives as long as the registry.
class Settings {
 public:
  struct Parts {
    store::Engine& engine;
    identity::Accounts& accounts;
    const io::WallClock& clock;
    RandomSource& random;
  };
  Settings(api::Registry& registry, Parts parts);

  /// Whose start token it is; nullopt: it is none, or has expired.
  void starter(const std::string& token, api::Done<std::optional<std::string>> done);

 private:
  void get(api::Call<SettingsQuery> call, api::Answer<UserSettings> answer);
  void change(api::Call<SettingsQuery, UserSettings> call, api::Answer<> answer);
  void give_token(const std::string& user_id, std::optional<std::uint32_t> ttl, api::Answer<StartToken> answer);

  Parts parts_;
  store::Directory directory_;
  store::History history_;
};

}  // namespace sealhall::v2
