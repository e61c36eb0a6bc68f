// Scheduled meetings with their occurrences, alternative hosts, registrants and templates. Content is sealed before it
// comes here (server/schedule); what stands in the open is what the store must sort and find by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

enum class MeetingType : std::uint8_t { instant = 1, once = 2, recurring_any_time = 3, recurring = 8 };

struct ScheduledMeeting {
  std::string id;  ///< 11 digits; meetings of the first version have a text
  std::string account_id;
  std::string owner_id;
  std::string uuid;  ///< of the running now, or of the next
  MeetingType type = MeetingType::once;
  std::optional<UnixMicros> start_at{};  ///< of the first occurrence
  std::optional<UnixMicros> ends_at{};   ///< when the last occurrence is over
  std::uint32_t duration = 0;            ///< minutes
  std::string timezone = "UTC";
  bool waiting_room = false;
  bool join_before_host = true;
  bool personal = false;
  std::uint32_t approval = 2;  ///< 0 registration with immediate approval, 1 with approval by the host, 2 none
  std::uint32_t sequence = 0;  ///< of the invitations (RFC 5545 section 3.8.7.4)
  std::int64_t revision = 0;   ///< counts changes, so that two at once do not undo each other
  UnixMicros created_at{};
  UnixMicros updated_at{};
  std::optional<UnixMicros> ended_at{};
  Bytes details_sealed{};
  /// Of meetings that the first version made, until they are sealed.
  std::string plain_topic{};
  std::optional<std::string> plain_passcode{};
  /// Filled by `list` only: the occurrence that is next or runs, or the last one.
  std::optional<UnixMicros> next_start{};
};

struct MeetingOccurrence {
  UnixMicros original_start{};  ///< its name for ever
  UnixMicros start_at{};
  std::uint32_t duration = 0;  ///< minutes
  bool deleted = false;
  bool changed = false;    ///< not as the series says
  Bytes details_sealed{};  ///< what differs in content; empty: nothing
};

enum class RegistrantStatus : std::uint8_t { pending, approved, denied, cancelled };

struct MeetingRegistrant {
  std::string id;
  std::string meeting_id;
  std::string email_hash;  ///< keyed, so that the store gives no address away
  RegistrantStatus status = RegistrantStatus::pending;
  UnixMicros created_at{};
  Bytes details_sealed{};
};

struct MeetingTemplate {
  std::string id;
  std::string account_id;
  std::string owner_id;
  UnixMicros created_at{};
  Bytes details_sealed{};
};

/// A link of one guest. Its token is made of the meeting's secret and this id.
struct GuestLink {
  std::string id;
  std::string account_id;
  std::string meeting_id;
  Bytes name_sealed{};
  std::string created_by;
  UnixMicros created_at{};
  std::optional<UnixMicros> expires_at{};  ///< absent: as long as the meeting is there
};

template <class T>
struct Listed {
  std::vector<T> rows;
  std::uint64_t total = 0;  ///< without the window
};

class Schedule {
 public:
  /// The engine must outlive this.
  explicit Schedule(Engine& engine) noexcept : engine_(engine) {}

  /// Error: taken (the id), not_found (the owner, the account or a host).
  void create(ScheduledMeeting meeting, std::vector<MeetingOccurrence> occurrences, std::vector<std::string> hosts,
              Done<void> done);
  /// The same as the personal meeting of its owner. Error: taken also when the owner has one.
  void create_personal(ScheduledMeeting meeting, Done<void> done);
  /// Writes everything but id, owner, uuid and created_at, as long as the row still has `revision`; the row then has
  /// the next. Given lists replace the ones before. Error: not_found when somebody was quicker or it is gone.
  void update(ScheduledMeeting meeting, std::optional<std::vector<MeetingOccurrence>> occurrences,
              std::optional<std::vector<std::string>> hosts, Done<void> done);
  /// nullopt for one that is not there or deleted.
  void meeting(std::string id, Done<std::optional<ScheduledMeeting>> done);
  /// By the uuid of the running now, or the next.
  void meeting_by_uuid(std::string uuid, Done<std::optional<ScheduledMeeting>> done);
  /// Ascending by original start.
  void occurrences(std::string meeting_id, Done<std::vector<MeetingOccurrence>> done);
  /// User ids of the alternative hosts.
  void hosts(std::string meeting_id, Done<std::vector<std::string>> done);

  enum class Which : std::uint8_t {
    scheduled,  ///< every one that has not ended for good, earliest next occurrence first
    upcoming,   ///< those of them that have an occurrence that is not over
    previous,   ///< whose last occurrence is over, or that ended; latest first
    all,        ///< newest first, also ended
  };
  struct Query {
    std::string owner_id;
    Which which = Which::scheduled;
    bool numbered_only = true;  ///< without those of the first version, whose ids are no numbers
    UnixMicros now{};
    std::uint32_t limit = 30;
    std::uint32_t offset = 0;
  };
  void list(Query query, Done<Listed<ScheduledMeeting>> done);
  /// Those with plain text in them, at most `limit`.
  void unsealed(std::uint32_t limit, Done<std::vector<ScheduledMeeting>> done);
  /// Replaces the plain text of one. Error: not_found when it has none.
  void seal(std::string id, Bytes details_sealed, Done<void> done);

  /// The uuid of a running that begins.
  void set_uuid(std::string id, std::string uuid, Done<void> done);
  /// Nobody joins any more. Error: not_found, also when it has ended before.
  void end(std::string id, UnixMicros when, Done<void> done);
  /// Error: not_found.
  void remove(std::string id, UnixMicros when, Done<void> done);
  /// Undoes `remove`. Error: not_found when it was not deleted, or before `since`.
  void recover(std::string id, UnixMicros since, Done<void> done);
  /// A deleted one, for `recover`.
  void deleted(std::string id, Done<std::optional<ScheduledMeeting>> done);

  /// Error: taken (the address has registered), not_found (the meeting).
  void add_registrants(std::vector<MeetingRegistrant> registrants, Done<void> done);
  void registrant(std::string meeting_id, std::string id, Done<std::optional<MeetingRegistrant>> done);
  void registrant_by_email(std::string meeting_id, std::string email_hash, Done<std::optional<MeetingRegistrant>> done);
  /// Oldest first.
  void registrants(std::string meeting_id, std::optional<RegistrantStatus> status, std::uint32_t limit,
                   std::uint32_t offset, Done<Listed<MeetingRegistrant>> done);
  /// Those of `ids` that belong to the meeting; gives back those that changed.
  void set_status(std::string meeting_id, std::vector<std::string> ids, RegistrantStatus status,
                  Done<std::vector<MeetingRegistrant>> done);
  /// Error: not_found.
  void remove_registrant(std::string meeting_id, std::string id, Done<void> done);

  /// Error: taken, when the meeting has `most` already.
  void add_guest_link(GuestLink link, std::size_t most, Done<void> done);
  void guest_link(std::string meeting_id, std::string id, Done<std::optional<GuestLink>> done);
  /// Oldest first.
  void guest_links(std::string meeting_id, Done<std::vector<GuestLink>> done);
  /// Error: not_found.
  void remove_guest_link(std::string meeting_id, std::string id, Done<void> done);

  void add_template(MeetingTemplate saved, Done<void> done);
  void templates(std::string owner_id, Done<std::vector<MeetingTemplate>> done);
  void find_template(std::string owner_id, std::string id, Done<std::optional<MeetingTemplate>> done);
  /// Error: not_found.
  void remove_template(std::string owner_id, std::string id, Done<void> done);

  /// The personal meeting of a user; nullopt when none was made yet.
  void personal_of(std::string user_id, Done<std::optional<ScheduledMeeting>> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
