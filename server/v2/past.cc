// Tested in server/control/history_test.cc
#include "server/v2/past.h"

#include <charconv>
#include <utility>

#include "server/api/text.h"
#include "server/schedule/meeting_ids.h"
#include "server/schedule/sealing.h"

namespace sealhall::v2 {
namespace {

constexpr std::int64_t minute = 60'000'000;
constexpr std::int64_t day = 24 * 60 * minute;

/// What will never be readable again is told apart from what is not readable now.
bool is_gone(vault::VaultError error) {
  return error == vault::VaultError::shredded || error == vault::VaultError::not_authentic;
}

std::string text_of(const expected<Bytes, vault::VaultError>& opened) {
  return opened ? std::string{as_text(*opened)} : std::string{};
}

}  // namespace

std::uint32_t minutes_in(std::int64_t microseconds) noexcept {
  return microseconds <= 0 ? 0 : static_cast<std::uint32_t>((microseconds + minute - 1) / minute);
}

std::optional<std::uint64_t> meeting_number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

Past::Past(api::Registry& registry, Parts parts)
    : parts_(std::move(parts)),
      history_(parts_.engine),
      quality_(parts_.engine),
      profiles_(parts_.engine),
      logs_(parts_.engine),
      search_(parts_.engine) {
  const auto missing = [](const char* sentence) {
    return api::ApiError{404, sentence, {}, std::nullopt, api::codes::no_meeting};
  };
  resolve(registry, "past_meeting_id", false, missing("There is no such meeting that was held and has ended."));
  resolve(registry, "run_id", true, missing("There is no such meeting that runs or was held."));
  add_past_endpoints(registry);
  add_report_endpoints(registry);
  add_dashboard_endpoints(registry);
}

void Past::resolve(api::Registry& registry, std::string_view parameter, bool also_running, api::ApiError missing) {
  registry.resolve(
      parameter,
      [this, also_running](const api::Caller&, std::string id, api::Done<std::optional<api::Subject>> done) {
        auto found = [also_running, done = std::move(done)](auto run) mutable {
          if (!run) return done(unexpected(api::from_store(run.error())));
          if (!*run || (!also_running && !(*run)->run.ended_at)) return done(std::optional<api::Subject>{});
          api::Subject subject{(*run)->run.uuid, (*run)->run.account_id, (*run)->run.host_id, {}, {}};
          subject.object = std::move(**run);
          done(std::optional{std::move(subject)});
        };
        const UnixMicros now = parts_.clock.now();
        // What could be a number or a name of the first version is one; a uuid has another length.
        if (const auto uuid = id.size() >= 24 ? schedule::parse_meeting_uuid(id) : std::nullopt) {
          return history_.find(*uuid, now, std::move(found));
        }
        if (!also_running) return history_.newest(std::move(id), false, now, std::move(found));
        history_.newest(id, true, now, [this, id, now, found = std::move(found)](auto run) mutable {
          if (!run || *run) return found(std::move(run));
          history_.newest(std::move(id), false, now, std::move(found));
        });
      },
      std::move(missing));
}

void Past::open_runs(std::vector<store::RunSummary> runs, api::Done<std::vector<OpenRun>> done) {
  std::vector<vault::SealedItem> items;
  for (const store::RunSummary& s : runs) {
    items.push_back({run_context(s.run.account_id, s.run.uuid), s.run.details_sealed});
  }
  parts_.vault.open_all(std::move(items), [runs = std::move(runs), done = std::move(done)](auto opened) mutable {
    std::vector<OpenRun> out;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      OpenRun one{std::move(runs[i]), {}};
      if (!opened[i] && !is_gone(opened[i].error()) && !one.summary.run.details_sealed.empty()) {
        return done(unexpected(schedule::from_vault(opened[i].error())));
      }
      if (auto content = api::from_json<RunContent>(text_of(opened[i]))) one.content = std::move(*content);
      out.push_back(std::move(one));
    }
    done(std::move(out));
  });
}

void Past::open_run(const api::Subject& subject, api::Done<OpenRun> done) {
  open_runs({subject.as<store::RunSummary>()}, [done = std::move(done)](auto runs) mutable {
    if (!runs) return done(unexpected(runs.error()));
    done(std::move(runs->front()));
  });
}

void Past::open_visits(const std::string& account_id, const std::string& uuid, std::vector<store::MeetingVisit> visits,
                       api::Done<std::vector<OpenVisit>> done) {
  std::vector<vault::SealedItem> items;
  for (const store::MeetingVisit& v : visits) {
    items.push_back({visit_context(account_id, uuid, v.visit), v.name_sealed});
  }
  parts_.vault.open_all(std::move(items), [visits = std::move(visits), done = std::move(done)](auto opened) mutable {
    std::vector<OpenVisit> out;
    for (std::size_t i = 0; i < visits.size(); ++i) {
      if (!opened[i] && !is_gone(opened[i].error()) && !visits[i].name_sealed.empty()) {
        return done(unexpected(schedule::from_vault(opened[i].error())));
      }
      out.push_back({std::move(visits[i]), text_of(opened[i])});
    }
    done(std::move(out));
  });
}

void Past::list_visits(const api::Subject& subject, api::Window window,
                       api::Done<std::pair<api::Page, std::vector<OpenVisit>>> done) {
  history_.visits(
      subject.id, window.limit, window.offset,
      [this, account = subject.account_id, uuid = subject.id, window, done = std::move(done)](auto found) mutable {
        if (!found) return done(unexpected(api::from_store(found.error())));
        const api::Page page = window.page(found->total);
        open_visits(account, uuid, std::move(found->rows), [page, done = std::move(done)](auto open) mutable {
          if (!open) return done(unexpected(open.error()));
          done(std::pair{page, std::move(*open)});
        });
      });
}

expected<Past::Range, api::ApiError> Past::range_of(const std::optional<std::string>& from,
                                                    const std::optional<std::string>& to) const {
  const auto start_of = [](UnixMicros t) { return static_cast<std::int64_t>(t) / day * day; };
  const auto read = [&](const std::optional<std::string>& text, std::int64_t otherwise) -> std::optional<std::int64_t> {
    if (!text || text->empty()) return otherwise;
    const auto time = api::parse_time(*text);
    if (!time || static_cast<std::int64_t>(*time) < 0) return std::nullopt;
    return start_of(*time);
  };
  const auto last = read(to, start_of(parts_.clock.now()));
  if (!last) return unexpected(api::wrong_field("to", "A day: 2026-11-24."));
  constexpr std::int64_t usual = 30 * day;
  const auto first = read(from, *last - usual);
  if (!first) return unexpected(api::wrong_field("from", "A day: 2026-11-24."));
  if (*first > *last) return unexpected(api::wrong_field("from", "This is after `to`."));
  return Range{UnixMicros{*first}, UnixMicros{*last + day}, api::day_of(UnixMicros{*first}),
               api::day_of(UnixMicros{*last})};
}

PastMeeting Past::view_of(const OpenRun& open) const {
  const store::RunSummary& s = open.summary;
  const UnixMicros end = s.run.ended_at.value_or(parts_.clock.now());
  PastMeeting out;
  out.uuid = s.run.uuid;
  out.id = meeting_number(s.run.meeting_id);
  out.host_id = s.run.host_id;
  out.type = open.content.type;
  out.topic = open.content.topic;
  out.user_name = s.host_name;
  out.user_email = s.host_login;
  out.start_time = api::rfc3339(s.run.started_at);
  if (s.run.ended_at) out.end_time = api::rfc3339(*s.run.ended_at);
  out.duration = minutes_in(static_cast<std::int64_t>(end) - static_cast<std::int64_t>(s.run.started_at));
  out.total_minutes = minutes_in(s.stay_us);
  out.participants_count = static_cast<std::uint32_t>(s.people);
  out.tracking_fields = open.content.tracking_fields;
  return out;
}

PastParticipant Past::view_of(const OpenVisit& open) const {
  const store::MeetingVisit& v = open.visit;
  const UnixMicros end = v.left_at.value_or(parts_.clock.now());
  PastParticipant out;
  out.id = v.user_id;
  out.user_id = std::to_string(v.participant);
  out.name = open.name;
  out.user_email = v.login;
  out.join_time = api::rfc3339(v.joined_at);
  if (v.left_at) out.leave_time = api::rfc3339(*v.left_at);
  constexpr std::int64_t second = 1'000'000;
  out.duration =
      static_cast<std::uint32_t>((static_cast<std::int64_t>(end) - static_cast<std::int64_t>(v.joined_at)) / second);
  if (!v.registrant_id.empty()) out.registrant_id = v.registrant_id;
  out.internal_user = !v.login.empty();
  return out;
}

}  // namespace sealhall::v2
