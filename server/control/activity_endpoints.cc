// Tested in activity_endpoints_test.cc
#include "server/control/activity_endpoints.h"

#include <charconv>
#include <utility>

#include "server/api/text.h"
#include "server/schedule/sealing.h"

namespace sealhall::control::activity_shapes {

struct ChatQuery {
  std::string meeting_id;
  std::optional<std::string> query;  ///< without: everything
  std::optional<std::uint32_t> limit;
};
struct ChatLine {
  std::uint64_t message = 0;
  std::string name;
  std::string text;
  std::string sent_at;
  std::vector<std::string> files;
};
struct ChatLines {
  std::vector<ChatLine> messages;
};
struct BanPath {
  std::string meeting_id;
  std::string ban;
};
struct BansPath {
  std::string meeting_id;
};
struct Ban {
  std::string ban;   ///< names it, for lifting
  std::string kind;  ///< "account" or "device"
  std::optional<std::string> user_id;
};
struct BanList {
  std::vector<Ban> bans;
};
struct ReportQuery {
  std::optional<bool> open;  ///< only those that nobody has dealt with; usually true
  api::PageQuery page;
};
struct Report {
  std::string id;
  std::string meeting_id;
  std::string by;
  std::vector<std::string> about;
  std::string text;
  std::string reported_at;
  std::optional<std::string> resolved_by;
  std::optional<std::string> resolved_at;
};
struct ReportList {
  api::Page page;
  std::vector<Report> reports;
};
struct ReportPath {
  std::string report_id;
};
struct ReportChange {
  bool resolved = true;
};
BOOST_DESCRIBE_STRUCT(ChatQuery, (), (meeting_id, query, limit))
BOOST_DESCRIBE_STRUCT(ChatLine, (), (message, name, text, sent_at, files))
BOOST_DESCRIBE_STRUCT(ChatLines, (), (messages))
BOOST_DESCRIBE_STRUCT(BanPath, (), (meeting_id, ban))
BOOST_DESCRIBE_STRUCT(BansPath, (), (meeting_id))
BOOST_DESCRIBE_STRUCT(Ban, (), (ban, kind, user_id))
BOOST_DESCRIBE_STRUCT(BanList, (), (bans))
BOOST_DESCRIBE_STRUCT(ReportQuery, (), (open, page))
BOOST_DESCRIBE_STRUCT(Report, (), (id, meeting_id, by, about, text, reported_at, resolved_by, resolved_at))
BOOST_DESCRIBE_STRUCT(ReportList, (), (page, reports))
BOOST_DESCRIBE_STRUCT(ReportPath, (), (report_id))
BOOST_DESCRIBE_STRUCT(ReportChange, (), (resolved))

}  // namespace sealhall::control::activity_shapes

namespace sealhall::control {
namespace {

using namespace activity_shapes;
using api::Access;
using api::Answer;
using api::Call;
using enum api::Permission;

constexpr std::string_view tag = "Meetings";

std::string time_of(std::uint64_t ms) { return api::rfc3339(UnixMicros{static_cast<std::int64_t>(ms) * 1000}); }

/// "<log>.<number>"; nullopt for any other text.
std::optional<std::pair<std::string, std::int64_t>> report_in(const std::string& id) {
  const std::size_t dot = id.rfind('.');
  if (dot == std::string::npos) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data() + dot + 1, id.data() + id.size(), number);
  if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
  return std::pair{id.substr(0, dot), number};
}

Report view_of(const ActivityKeeper::OpenReport& r) {
  Report out{r.row.log_id + "." + std::to_string(r.row.record.number),
             r.row.meeting_id,
             r.report.by,
             r.report.about,
             r.report.text,
             r.report.at_ms > 0 ? time_of(r.report.at_ms) : api::rfc3339(r.row.record.changed_at),
             {},
             {}};
  if (r.row.resolved_at) {
    out.resolved_by = r.row.resolved_by;
    out.resolved_at = api::rfc3339(*r.row.resolved_at);
  }
  return out;
}

void add_chat(api::Registry& registry, ActivityEndpointParts parts) {
  registry.add(
      {.method = "GET",
       .path = "/api/meetings/{meeting_id}/chat",
       .tag = tag,
       .summary = "Read and search the chat of a meeting",
       .access = Access::owner("meeting_id", meetings_read, "meeting:read:chat"),
       .description = "Messages to everybody of all times that it was held, newest first. What was private, or "
                      "among hosts, is not in it."},
      [parts](Call<ChatQuery> call, Answer<ChatLines> answer) {
        constexpr std::uint32_t most = 1000;
        const std::uint32_t limit = std::min(call.query.limit.value_or(100), most);
        parts.keeper.search(call.subject.account_id, call.subject.id, call.query.query.value_or(""), limit,
                            [answer = std::move(answer)](auto found) mutable {
                              if (!found) return answer(schedule::from_vault(found.error()));
                              ChatLines out;
                              for (const wire::ChatMessage& m : *found) {
                                ChatLine line{m.message, m.name, m.text, time_of(m.sent_at_ms), {}};
                                for (const wire::ChatFile& f : m.files) line.files.push_back(f.name);
                                out.messages.push_back(std::move(line));
                              }
                              answer(out);
                            });
      });
}

void add_bans(api::Registry& registry, ActivityEndpointParts parts) {
  registry.add({"GET", "/api/meetings/{meeting_id}/bans", tag, "Who may never come into a meeting again",
                Access::owner("meeting_id", meetings_read, "meeting:read:bans")},
               [parts](Call<BansPath> call, Answer<BanList> answer) {
                 parts.keeper.bans(call.subject.account_id, call.subject.id,
                                   std::move(answer).from([](const std::vector<std::string>& keys) {
                                     BanList list;
                                     for (const std::string& key : keys) {
                                       const std::size_t colon = key.find(':');
                                       Ban ban{key, key.substr(0, colon), {}};
                                       if (ban.kind == "account") ban.user_id = key.substr(colon + 1);
                                       list.bans.push_back(std::move(ban));
                                     }
                                     return list;
                                   }));
               });
  registry.add({"DELETE", "/api/meetings/{meeting_id}/bans/{ban}", tag, "Let somebody come into a meeting again",
                Access::owner("meeting_id", meetings_write, "meeting:delete:ban")},
               [parts](Call<BanPath> call, Answer<> answer) {
                 parts.keeper.lift(call.subject.account_id, call.subject.id, call.query.ban,
                                   [parts, meeting = call.subject.id, ban = call.query.ban,
                                    answer = std::move(answer)](auto lifted) mutable {
                                     if (!lifted && lifted.error() == store::StoreError::not_found) {
                                       return answer(api::ApiError{404, "There is no such ban."});
                                     }
                                     if (!lifted) return answer(api::from_store(lifted.error()));
                                     parts.meetings.lift_ban(meeting, ban);
                                     answer();
                                   });
               });
}

void add_reports(api::Registry& registry, ActivityEndpointParts parts) {
  constexpr std::string_view reports = "Reports of abuse";
  registry.add({.method = "GET",
                .path = "/api/abuse-reports",
                .tag = reports,
                .summary = "What people reported in meetings of the account",
                .access = Access::permission(audit_read),
                .description = "open=false lists also those that were dealt with."},
               [parts](Call<ReportQuery> call, Answer<ReportList> answer) {
                 const auto window = api::window_of(call.query.page);
                 if (!window) return answer(window.error());
                 // One more than the page shows that there is a next one.
                 parts.keeper.reports(call.caller.account_id, call.query.open.value_or(true), window->limit + 1,
                                      window->offset,
                                      [window = *window, answer = std::move(answer)](auto found) mutable {
                                        if (!found) return answer(schedule::from_vault(found.error()));
                                        const std::size_t seen = std::min<std::size_t>(found->size(), window.limit);
                                        ReportList list{window.page(window.offset + found->size()), {}};
                                        for (std::size_t i = 0; i < seen; ++i) {
                                          list.reports.push_back(view_of((*found)[i]));
                                        }
                                        answer(list);
                                      });
               });
  registry.add({"PATCH", "/api/abuse-reports/{report_id}", reports,
                "Say that a report was dealt with, or that it was not", Access::permission(audit_read)},
               [parts](Call<ReportPath, ReportChange> call, Answer<> answer) {
                 const auto named = report_in(call.query.report_id);
                 auto settled = [answer = std::move(answer)](expected<void, store::StoreError> done) mutable {
                   if (!done && done.error() == store::StoreError::not_found) {
                     return answer(api::ApiError{404, "There is no such report."});
                   }
                   if (!done) return answer(api::from_store(done.error()));
                   answer();
                 };
                 if (!named) return settled(unexpected(store::StoreError::not_found));
                 parts.keeper.set_resolved(call.caller.account_id, named->first, named->second,
                                           call.body.resolved ? std::optional{call.caller.user_id} : std::nullopt,
                                           std::move(settled));
               });
}

}  // namespace

void add_activity_endpoints(api::Registry& registry, ActivityEndpointParts parts) {
  add_chat(registry, parts);
  add_bans(registry, parts);
  add_reports(registry, parts);
}

}  // namespace sealhall::control
