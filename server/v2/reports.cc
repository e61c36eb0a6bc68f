// Tested in server/control/history_test.cc
// /report: who held how many meetings, day by day, and the logs of the account.
#include <chrono>
#include <cstdio>
#include <map>
#include <utility>

#include "server/api/text.h"
#include "server/v2/past.h"

namespace sealhall::v2 {
namespace {

namespace chrono = std::chrono;
constexpr std::int64_t day_us = 86'400'000'000;

std::string megabytes(std::int64_t bytes) {
  char out[40];
  std::snprintf(out, sizeof out, "%.2f MB", static_cast<double>(bytes) / (1024.0 * 1024.0));
  return out;
}

std::string_view word_of(const std::string& kind) {
  if (kind == "in") return "Sign in";
  if (kind == "out") return "Sign out";
  return "Sign in refused";
}

/// Logs do not count how many lines they have: one line more than the page is asked for, and shows that there is a
/// next.
template <class T>
api::Page page_of(const api::Window& window, std::vector<T>& rows) {
  const bool more = rows.size() > window.limit;
  if (more) rows.pop_back();
  return window.page(std::uint64_t{window.offset} + rows.size() + (more ? 1 : 0));
}

}  // namespace

void Past::add_report_endpoints(api::Registry& registry) {
  using api::Access;
  using enum api::Permission;
  constexpr std::string_view tag = "Reports";
  registry.add({"GET", "/v2/report/users", tag, "Report on who held meetings",
                Access::permission(reports_read, "report:read:list_users")},
               this, &Past::report_users);
  registry.add({"GET", "/v2/report/users/{user_id}/meetings", tag, "Report on the meetings that somebody held",
                Access::owner("user_id", reports_read, "report:read:user")},
               this, &Past::report_meetings);
  registry.add({"GET", "/v2/report/daily", tag, "Report day by day",
                Access::permission(reports_read, "report:read:user_activities")},
               this, &Past::daily);
  registry.add({"GET", "/v2/report/operationlogs", tag, "Report on who changed what",
                Access::permission(audit_read, "report:read:operation_logs")},
               this, &Past::operation_lines);
  registry.add({"GET", "/v2/report/activities", tag, "Report on who signed in and out",
                Access::permission(audit_read, "report:read:list_sign_in_sign_out_activities")},
               this, &Past::activity_lines);
  registry.add({.method = "GET",
                .path = "/v2/report/telephone",
                .tag = tag,
                .summary = "Report on calls by telephone",
                .access = Access::permission(reports_read, "report:read:telephone"),
                .description = "Meetings of this server are not reached by telephone yet: the list is empty."},
               [this](Call<ReportUsersQuery> call, Answer<TelephoneReport> answer) {
                 const auto range = range_of(call.query.from, call.query.to);
                 if (!range) return answer(range.error());
                 const auto window = api::window_of(call.query.page);
                 if (!window) return answer(window.error());
                 answer(TelephoneReport{range->from_text, range->to_text, window->page(0), {}});
               });
  registry.add({.method = "GET",
                .path = "/v2/report/cloud_recording",
                .tag = tag,
                .summary = "Report on the room that recordings take",
                .access = Access::permission(reports_read, "report:read:cloud_recording"),
                .description = "For each day the size of what had been recorded by then and is still there."},
               this, &Past::storage);
}

void Past::report_users(Call<ReportUsersQuery> call, Answer<ReportUserList> answer) {
  const auto range = range_of(call.query.from, call.query.to);
  if (!range) return answer(range.error());
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  const std::string type = call.query.type.value_or("active");
  if (type != "active" && type != "inactive") return answer(api::wrong_field("type", "active or inactive."));
  history_.hosts(
      call.caller.account_id, range->from, range->to, type == "active", window->limit, window->offset,
      std::move(answer).from([range = *range, window = *window](const store::Listed<store::HostSummary>& all) {
        ReportUserList list{range.from_text, range.to_text, window.page(all.total), {}};
        for (const store::HostSummary& h : all.rows) {
          ReportUser user;
          user.id = h.user_id;
          user.email = h.login;
          user.user_name = h.name;
          user.meetings = static_cast<std::uint32_t>(h.meetings);
          user.participants = static_cast<std::uint32_t>(h.visits);
          user.meeting_minutes = minutes_in(h.length_us);
          if (h.last_login_at) user.last_login_time = api::rfc3339(*h.last_login_at);
          list.users.push_back(std::move(user));
        }
        return list;
      }));
}

void Past::report_meetings(Call<ReportMeetingsQuery> call, Answer<ReportMeetingList> answer) {
  const auto range = range_of(call.query.from, call.query.to);
  if (!range) return answer(range.error());
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  history_.list({.account_id = call.subject.account_id,
                 .host_id = call.subject.id,
                 .from = range->from,
                 .to = range->to,
                 .now = parts_.clock.now(),
                 .limit = window->limit,
                 .offset = window->offset},
                [this, range = *range, window = *window, answer = std::move(answer)](auto found) mutable {
                  if (!found) return answer(api::from_store(found.error()));
                  const api::Page page = window.page(found->total);
                  open_runs(std::move(found->rows),
                            std::move(answer).from([this, range, page](const std::vector<OpenRun>& runs) {
                              ReportMeetingList list{range.from_text, range.to_text, page, {}};
                              for (const OpenRun& run : runs) list.meetings.push_back(view_of(run));
                              return list;
                            }));
                });
}

void Past::daily(Call<DailyQuery> call, Answer<DailyReport> answer) {
  const auto today = chrono::floor<chrono::days>(
      chrono::sys_time<chrono::microseconds>{chrono::microseconds{static_cast<std::int64_t>(parts_.clock.now())}});
  const chrono::year_month_day now{today};
  const std::uint32_t year = call.query.year.value_or(static_cast<std::uint32_t>(static_cast<int>(now.year())));
  const std::uint32_t month = call.query.month.value_or(static_cast<unsigned>(now.month()));
  if (year < 1970 || year > 9999) return answer(api::wrong_field("year", "Four digits."));
  if (month < 1 || month > 12) return answer(api::wrong_field("month", "1 to 12."));
  const chrono::year_month_day first{chrono::year{static_cast<int>(year)}, chrono::month{month}, chrono::day{1}};
  const auto from = chrono::sys_days{first}.time_since_epoch().count();
  const auto to = chrono::sys_days{first.year() / first.month() / chrono::last}.time_since_epoch().count() + 1;
  history_.days(call.caller.account_id, UnixMicros{from * day_us}, UnixMicros{to * day_us},
                std::move(answer).from([=](const std::vector<store::DaySummary>& days) {
                  DailyReport report{year, month, {}};
                  for (auto day = from; day < to; ++day) {
                    DailyDate date{api::day_of(UnixMicros{day * day_us})};
                    for (const store::DaySummary& d : days) {
                      if (d.day != day) continue;
                      date.new_users = static_cast<std::uint32_t>(d.new_users);
                      date.meetings = static_cast<std::uint32_t>(d.meetings);
                      date.participants = static_cast<std::uint32_t>(d.visits);
                      date.meeting_minutes = minutes_in(d.stay_us);
                    }
                    report.dates.push_back(std::move(date));
                  }
                  return report;
                }));
}

void Past::operation_lines(Call<LogQuery> call, Answer<OperationLines> answer) {
  const auto range = range_of(call.query.from, call.query.to);
  if (!range) return answer(range.error());
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  store::LogQuery query{.account_id = call.caller.account_id, .from = range->from, .to = range->to};
  const std::string category = call.query.category_type.value_or("");
  if (!category.empty() && category != "all") query.about = category;
  query.limit = window->limit;
  query.offset = window->offset;
  search_.operations(
      std::move(query),
      std::move(answer).from([range = *range, window = *window](const store::LogPage<store::Operation>& found) {
        OperationLines list{range.from_text, range.to_text, window.page(found.total), {}};
        for (const auto& [o, login] : found.lines) {
          list.operation_logs.push_back({api::rfc3339(o.at), login.empty() ? o.actor : login, o.category, o.action,
                                         o.category + " " + o.object_id});
        }
        return list;
      }));
}

void Past::activity_lines(Call<ActivityQuery> call, Answer<ActivityLines> answer) {
  const auto range = range_of(call.query.from, call.query.to);
  if (!range) return answer(range.error());
  const auto window = api::window_of(call.query.page);
  if (!window) return answer(window.error());
  const std::string account = call.caller.account_id;
  logs_.sign_in_log(
      account, "", range->from, range->to, window->limit + 1, window->offset,
      [this, account, range = *range, window = *window, answer = std::move(answer)](auto lines) mutable {
        if (!lines) return answer(api::from_store(lines.error()));
        profiles_.logins(account, std::move(answer).from([range, window, lines = std::move(*lines)](
                                                             const std::map<std::string, std::string>& logins) mutable {
          ActivityLines list{range.from_text, range.to_text, page_of(window, lines), {}};
          for (const store::SignInRecord& r : lines) {
            const auto who = logins.find(r.user_id);
            list.activity_logs.push_back({who == logins.end() ? r.user_id : who->second, api::rfc3339(r.at),
                                          std::string{word_of(r.kind)}, r.source, r.client, ""});
          }
          return list;
        }));
      });
}

void Past::storage(Call<ReportRange> call, Answer<StorageReport> answer) {
  const auto range = range_of(call.query.from, call.query.to);
  if (!range) return answer(range.error());
  history_.recorded_bytes(
      call.caller.account_id, range->to,
      std::move(answer).from([range = *range](const std::vector<std::pair<std::int64_t, std::int64_t>>& days) {
        StorageReport report{range.from_text, range.to_text, {}};
        const auto first = static_cast<std::int64_t>(range.from) / day_us;
        const auto end = static_cast<std::int64_t>(range.to) / day_us;
        for (auto day = first; day < end; ++day) {
          std::int64_t bytes = 0;
          for (const auto& [recorded_on, size] : days) bytes += recorded_on <= day ? size : 0;
          StorageDay line;
          line.date = api::day_of(UnixMicros{day * day_us});
          line.usage = megabytes(bytes);
          report.cloud_recording_storage.push_back(std::move(line));
        }
        return report;
      }));
}

}  // namespace sealhall::v2
