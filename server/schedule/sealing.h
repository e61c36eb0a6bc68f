// Content in and out of the store: sealed by the vault on the way in, opened on the way out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/api/caller.h"
#include "server/schedule/meeting.h"
#include "server/vault/vault.h"

namespace sealhall::schedule {

api::ApiError from_vault(vault::VaultError error);

/// Everything of one meeting is sealed under the scope "meeting/<id>", so that it can be shredded together.
class Sealing {
 public:
  explicit Sealing(vault::Vault& vault) noexcept : vault_(vault) {}

  void seal(const std::string& account_id, const std::string& meeting_id, std::string field, std::string json,
            api::Done<Bytes> done);
  /// Several at once, in order; all or an error.
  void seal_all(const std::string& account_id, const std::string& meeting_id,
                std::vector<std::pair<std::string, std::string>> fields, api::Done<std::vector<Bytes>> done);
  void open(const std::string& account_id, const std::string& meeting_id, std::string field, Bytes sealed,
            api::Done<std::string> done);

  /// What of the meeting the row holds sealed (or, from the first version, in the open). Occurrences come along.
  void open_meeting(Meeting meeting, std::vector<store::MeetingOccurrence> occurrences, api::Done<Meeting> done);
  /// The details of many, in order. What does not open any more has the topic "".
  void open_details(std::vector<store::ScheduledMeeting> rows, api::Done<std::vector<shapes::Details>> done);
  /// Fills `row.details_sealed` and gives the occurrences as rows.
  void seal_meeting(Meeting meeting,
                    api::Done<std::pair<store::ScheduledMeeting, std::vector<store::MeetingOccurrence>>> done);

 private:
  vault::Vault& vault_;
};

/// Details of a meeting that the first version made.
shapes::Details plain_details(const store::ScheduledMeeting& row);
/// "occurrence/<original start in seconds>": the field name of an occurrence's content.
std::string occurrence_field(sys_seconds original_start);

}  // namespace sealhall::schedule
