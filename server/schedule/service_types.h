// What goes into the scheduling service and comes out of it, besides the shapes of the API.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/meeting_policies.h"
#include "server/schedule/links.h"
#include "server/schedule/shapes.h"
#include "store/schedule.h"
#include "store/store.h"

namespace sealhall::schedule {

/// Who asks.
struct Actor {
  std::string account_id;
  std::string user_id;
  bool for_others = false;  ///< may make and change meetings of others
};

struct GetOptions {
  bool previous_occurrences = false;
  std::optional<std::string> occurrence{};
  bool for_host = false;  ///< with a start link for the owner
};

struct InviteLink {
  std::string name;
  std::string join_url;
};
struct TemplateEntry {
  std::string id;
  std::string name;
  std::uint32_t type = 2;
};

/// A template, opened.
struct TemplateContent {
  std::string id;
  shapes::TemplateDetails saved;
};

/// A registrant, opened.
struct Guest {
  store::MeetingRegistrant row;
  shapes::RegistrantBody body;
};
/// What somebody gets who registers.
struct Registered {
  std::string id;
  std::string meeting_id;
  std::string topic;
  std::string email;
  std::optional<std::string> start_time{};
  std::optional<std::string> join_url{};              ///< once approved
  std::vector<shapes::OccurrenceView> occurrences{};  ///< that were chosen
};
struct RegistrantInfo {
  std::string id;
  shapes::RegistrantBody body;
  store::RegistrantStatus status = store::RegistrantStatus::pending;
  std::string create_time;
  std::optional<std::string> join_url{};
};
struct RegistrantPage {
  std::vector<RegistrantInfo> registrants;
  std::uint64_t total = 0;
};
/// A registrant as callers name one: by id, by address, or both.
struct RegistrantName {
  std::string id;
  std::string email;
};

/// A guest with a link of their own.
struct GuestLink {
  std::string id;
  std::string name;
  std::string join_url;
  UnixMicros created_at{};
  std::optional<UnixMicros> expires_at{};
};

/// What is cancelled, and who hears of it. People who were invited do, as it stands in their calendars,
/// where `email_notification` is on.
struct Cancelling {
  std::optional<std::string> occurrence{};  ///< that one only
  bool registrants_hear = true;
};

/// What comes to the door of a meeting.
struct Knock {
  std::optional<std::string> passcode{};          ///< the passcode, or its token from a link
  std::optional<std::string> registrant_token{};  ///< tk=
  std::optional<std::string> start_token{};       ///< zak=
  std::optional<std::string> user_id{};           ///< somebody who is signed in
};
enum class DoorAnswer : std::uint8_t {
  open,
  ended,
  too_early,  ///< before the start, and people may not come so early
  register_first,
  sign_in_first,
};
struct Door {
  DoorAnswer answer = DoorAnswer::open;
  std::string message{};  ///< what to tell who may not come in
  store::Meeting meeting{};
  std::string uuid{};
  std::optional<std::string> passcode{};  ///< the passcode where the token was right, otherwise what was said
  bool may_host = false;
  std::optional<std::string> user_id{};  ///< who starts by a start link is that person
  std::optional<std::string> name{};     ///< of a registrant, or of who starts
  std::optional<std::string> registrant_id{};
  std::optional<Visitor> visitor{};  ///< whom a program vouches for; `may_host` and `name` are set with it
  MeetingPolicies policies{};        ///< of the host
};

struct SimpleMeeting {
  std::optional<std::string> topic{};
  std::optional<std::string> passcode{};
  std::optional<bool> waiting_room{};
  std::optional<bool> join_before_host{};
};

}  // namespace sealhall::schedule
