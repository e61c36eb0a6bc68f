// The v2 endpoints about meetings that were held: /past_meetings, /report, /metrics. They answer from what control
// wrote down (store/history.h).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/wire/records.h"
#include "io/net/clock.h"
#include "server/api/registry.h"
#include "server/v2/past_shapes.h"
#include "server/vault/vault.h"
#include "store/history.h"
#include "store/log_search.h"
#include "store/profiles.h"
#include "store/quality.h"
#include "store/sign_ins.h"

namespace sealhall::v2 {

/// Lives as long as the registry.
class Past {
 public:
  struct Parts {
    store::Engine& engine;
    vault::Vault& vault;
    const io::WallClock& clock;
    /// Everything that was kept of one log of a meeting.
    std::function<void(const std::string& account_id, const std::string& log_id,
                       vault::Done<std::vector<wire::Record>> done)>
        records;
  };
  /// Also resolves {past_meeting_id} (has ended) and {run_id} (runs, or has ended): a uuid, or a number for the newest.
  Past(api::Registry& registry, Parts parts);

 private:
  template <class Query = api::None, class Request = api::None>
  using Call = api::Call<Query, Request>;
  template <class Response = api::None>
  using Answer = api::Answer<Response>;

  /// A running with its content opened; what can never be opened is as empty.
  struct OpenRun {
    store::RunSummary summary;
    RunContent content;
  };
  struct OpenVisit {
    store::MeetingVisit visit;
    std::string name;
  };
  struct Range {
    UnixMicros from{};
    UnixMicros to{};  ///< exclusive
    std::string from_text;
    std::string to_text;
  };

  void open_runs(std::vector<store::RunSummary> runs, api::Done<std::vector<OpenRun>> done);
  void open_run(const api::Subject& subject, api::Done<OpenRun> done);
  void open_visits(const std::string& account_id, const std::string& uuid, std::vector<store::MeetingVisit> visits,
                   api::Done<std::vector<OpenVisit>> done);
  /// A page of those who were there.
  void list_visits(const api::Subject& subject, api::Window window,
                   api::Done<std::pair<api::Page, std::vector<OpenVisit>>> done);
  expected<Range, api::ApiError> range_of(const std::optional<std::string>& from,
                                          const std::optional<std::string>& to) const;
  void resolve(api::Registry& registry, std::string_view parameter, bool also_running, api::ApiError missing);
  [[nodiscard]] PastMeeting view_of(const OpenRun& run) const;
  [[nodiscard]] PastParticipant view_of(const OpenVisit& visit) const;

  // past_meetings.cc
  void add_past_endpoints(api::Registry& registry);
  void get(Call<PastPath> call, Answer<PastMeeting> answer);
  void instances(Call<PastPath> call, Answer<PastInstances> answer);
  void participants(Call<PastQuery> call, Answer<PastParticipantList> answer);
  void polls(Call<PastPath> call, Answer<PastAnswers> answer);
  void questions(Call<PastPath> call, Answer<PastAnswers> answer);
  struct Kept {
    std::vector<wire::Record> records;
    std::vector<OpenVisit> people;
  };
  void kept(const api::Subject& subject, api::Done<Kept> done);
  // reports.cc
  void add_report_endpoints(api::Registry& registry);
  void report_users(Call<ReportUsersQuery> call, Answer<ReportUserList> answer);
  void report_meetings(Call<ReportMeetingsQuery> call, Answer<ReportMeetingList> answer);
  void daily(Call<DailyQuery> call, Answer<DailyReport> answer);
  void operation_lines(Call<LogQuery> call, Answer<OperationLines> answer);
  void activity_lines(Call<ActivityQuery> call, Answer<ActivityLines> answer);
  void storage(Call<ReportRange> call, Answer<StorageReport> answer);
  // dashboard.cc
  void add_dashboard_endpoints(api::Registry& registry);
  void dashboard(Call<DashboardQuery> call, Answer<DashboardList> answer);
  void dashboard_meeting(Call<RunQuery> call, Answer<DashboardMeeting> answer);
  void dashboard_participants(Call<RunQuery> call, Answer<DashboardParticipants> answer);
  void qos(Call<RunQuery> call, Answer<QosList> answer);
  void qos_of_one(Call<RunPersonQuery> call, Answer<QosParticipant> answer);

  Parts parts_;
  store::History history_;
  store::Quality quality_;
  store::Profiles profiles_;
  store::SignIns logs_;
  store::LogSearch search_;
};

/// Begun ones counted.
std::uint32_t minutes_in(std::int64_t microseconds) noexcept;
/// nullopt for what is no number.
std::optional<std::uint64_t> meeting_number(std::string_view text);

}  // namespace sealhall::v2
