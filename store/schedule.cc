#include "store/schedule.h"

#include <utility>

namespace sealhall::store {
namespace {

const std::string meeting_columns =
    "m.id, m.account_id, m.owner_id, m.uuid, m.type, m.start_at, m.ends_at, m.duration, m.timezone, m.waiting_room, "
    "m.join_before_host, m.personal, m.approval, m.sequence, m.revision, m.created_at, m.updated_at, m.ended_at, "
    "m.details_sealed, m.topic, m.passcode";
const std::string next_column =
    "COALESCE((SELECT MIN(o.start_at) FROM meeting_occurrences o WHERE o.meeting_id=m.id AND o.deleted=0 AND "
    "o.start_at + o.duration * 60000000 > $2), (SELECT MAX(o.start_at) FROM meeting_occurrences o WHERE "
    "o.meeting_id=m.id AND o.deleted=0), m.start_at)";

ScheduledMeeting meeting_in(const Rows& r, std::size_t i) {
  ScheduledMeeting m;
  m.id = r.text(i, 0);
  m.account_id = r.text(i, 1);
  m.owner_id = r.text(i, 2);
  m.uuid = r.text(i, 3);
  m.type = static_cast<MeetingType>(r.integer(i, 4));
  m.start_at = r.optional_time(i, 5);
  m.ends_at = r.optional_time(i, 6);
  m.duration = static_cast<std::uint32_t>(r.integer(i, 7));
  m.timezone = r.text(i, 8);
  m.waiting_room = r.boolean(i, 9);
  m.join_before_host = r.boolean(i, 10);
  m.personal = r.boolean(i, 11);
  m.approval = static_cast<std::uint32_t>(r.integer(i, 12));
  m.sequence = static_cast<std::uint32_t>(r.integer(i, 13));
  m.revision = r.integer(i, 14);
  m.created_at = r.time(i, 15);
  m.updated_at = r.time(i, 16);
  m.ended_at = r.optional_time(i, 17);
  m.details_sealed = r.bytes(i, 18);
  m.plain_topic = r.text(i, 19);
  m.plain_passcode = r.optional_text(i, 20);
  if (r.columns() > 21) m.next_start = r.optional_time(i, 21);
  return m;
}

MeetingOccurrence occurrence_in(const Rows& r, std::size_t i) {
  return {r.time(i, 0),    r.time(i, 1),    static_cast<std::uint32_t>(r.integer(i, 2)),
          r.boolean(i, 3), r.boolean(i, 4), r.bytes(i, 5)};
}

constexpr std::string_view words[] = {"pending", "approved", "denied", "cancelled"};
std::string_view word_of(RegistrantStatus status) { return words[static_cast<std::size_t>(status)]; }
RegistrantStatus status_of(std::string_view word) {
  for (std::size_t i = 0; i < std::size(words); ++i) {
    if (words[i] == word) return static_cast<RegistrantStatus>(i);
  }
  return RegistrantStatus::denied;
}

const std::string guest_columns = "id, account_id, meeting_id, name_sealed, created_by, created_at, expires_at";
GuestLink guest_in(const Rows& r, std::size_t i) {
  return {r.text(i, 0), r.text(i, 1), r.text(i, 2), r.bytes(i, 3), r.text(i, 4), r.time(i, 5), r.optional_time(i, 6)};
}

const std::string registrant_columns = "id, meeting_id, email_hash, status, created_at, details_sealed";
MeetingRegistrant registrant_in(const Rows& r, std::size_t i) {
  return {r.text(i, 0), r.text(i, 1), r.text(i, 2), status_of(r.text(i, 3)), r.time(i, 4), r.bytes(i, 5)};
}

const std::string template_columns = "id, account_id, owner_id, created_at, details_sealed";
MeetingTemplate template_in(const Rows& r, std::size_t i) {
  return {r.text(i, 0), r.text(i, 1), r.text(i, 2), r.time(i, 3), r.bytes(i, 4)};
}

Statement insert(const ScheduledMeeting& m) {
  return {.sql =
              "INSERT INTO meetings(id, account_id, owner_id, uuid, type, start_at, ends_at, duration, timezone, "
              "waiting_room, join_before_host, personal, approval, sequence, created_at, updated_at, details_sealed, "
              "topic) VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,'')",
          .values = {m.id, m.account_id, m.owner_id, m.uuid, static_cast<std::int64_t>(m.type), m.start_at, m.ends_at,
                     m.duration, m.timezone, m.waiting_room, m.join_before_host, m.personal, m.approval, m.sequence,
                     m.created_at, m.updated_at, m.details_sealed}};
}
void add_occurrences(std::vector<Statement>& to, const std::string& id, std::vector<MeetingOccurrence> occurrences) {
  for (MeetingOccurrence& o : occurrences) {
    Value details = o.details_sealed.empty() ? Value{nullptr} : Value{std::move(o.details_sealed)};
    to.push_back({.sql = "INSERT INTO meeting_occurrences(meeting_id, original_start, start_at, duration, deleted, "
                         "changed, details_sealed) VALUES($1,$2,$3,$4,$5,$6,$7)",
                  .values = {id, o.original_start, o.start_at, o.duration, o.deleted, o.changed, std::move(details)}});
  }
}
void add_hosts(std::vector<Statement>& to, const std::string& id, std::vector<std::string> hosts) {
  for (std::string& host : hosts) {
    to.push_back({.sql = "INSERT INTO meeting_hosts(meeting_id, user_id) VALUES($1,$2) ON CONFLICT DO NOTHING",
                  .values = {id, std::move(host)}});
  }
}

/// The rows of a window, then the number of all.
template <class T, class Make>
Done<Rows> listed(Engine& engine, Statement count, Make make, Done<Listed<T>> done) {
  return [&engine, count = std::move(count), make, done = std::move(done)](expected<Rows, StoreError> rows) mutable {
    if (!rows) return done(unexpected(rows.error()));
    Listed<T> out;
    for (std::size_t i = 0; i < rows->size(); ++i) out.rows.push_back(make(*rows, i));
    engine.read(std::move(count), [out = std::move(out), done = std::move(done)](auto counted) mutable {
      if (!counted) return done(unexpected(counted.error()));
      out.total = counted->empty() ? 0 : static_cast<std::uint64_t>(counted->integer(0, 0));
      done(std::move(out));
    });
  };
}

/// What `list` reads. $1 is the owner, $2 now.
struct Listing {
  std::string where;
  std::string order;
};
Listing listing(const Schedule::Query& query) {
  Listing out{"m.owner_id=$1 AND m.deleted_at IS NULL", "m.created_at DESC, m.id"};
  // Ids of the first version have 16 characters.
  if (query.numbered_only) out.where += " AND LENGTH(m.id) <= 15";
  switch (query.which) {
    case Schedule::Which::scheduled:
      out.where += " AND m.ended_at IS NULL AND (m.personal=0 OR m.type<>3) AND $2 >= 0";
      out.order = "next_start NULLS LAST, m.id";
      break;
    case Schedule::Which::upcoming:
      out.where += " AND m.ended_at IS NULL AND m.ends_at > $2";
      out.order = "next_start NULLS LAST, m.id";
      break;
    case Schedule::Which::previous:
      out.where += " AND (m.ended_at IS NOT NULL OR m.ends_at <= $2)";
      out.order = "m.ends_at DESC NULLS LAST, m.id";
      break;
    case Schedule::Which::all:
      out.where += " AND $2 >= 0";
      break;
  }
  return out;
}

}  // namespace

void Schedule::create(ScheduledMeeting meeting, std::vector<MeetingOccurrence> occurrences,
                      std::vector<std::string> hosts, Done<void> done) {
  std::vector<Statement> statements{insert(meeting)};
  add_occurrences(statements, meeting.id, std::move(occurrences));
  add_hosts(statements, meeting.id, std::move(hosts));
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Schedule::create_personal(ScheduledMeeting meeting, Done<void> done) {
  engine_.write({insert(meeting),
                 {.sql = "INSERT INTO personal_meetings(user_id, meeting_id) VALUES($1,$2)",
                  .values = {meeting.owner_id, meeting.id}}},
                only_done(std::move(done)));
}

void Schedule::update(ScheduledMeeting m, std::optional<std::vector<MeetingOccurrence>> occurrences,
                      std::optional<std::vector<std::string>> hosts, Done<void> done) {
  std::vector<Statement> statements;
  statements.push_back(
      {.sql = "UPDATE meetings SET type=$3, start_at=$4, ends_at=$5, duration=$6, timezone=$7, waiting_room=$8, "
              "join_before_host=$9, approval=$10, sequence=$11, updated_at=$12, details_sealed=$13, topic='', "
              "passcode=NULL, revision=revision+1 WHERE id=$1 AND revision=$2 AND deleted_at IS NULL",
       .values = {m.id, m.revision, static_cast<std::int64_t>(m.type), m.start_at, m.ends_at, m.duration, m.timezone,
                  m.waiting_room, m.join_before_host, m.approval, m.sequence, m.updated_at, m.details_sealed},
       .none = StoreError::not_found});
  if (occurrences) {
    statements.push_back({.sql = "DELETE FROM meeting_occurrences WHERE meeting_id=$1", .values = {m.id}});
    add_occurrences(statements, m.id, std::move(*occurrences));
  }
  if (hosts) {
    statements.push_back({.sql = "DELETE FROM meeting_hosts WHERE meeting_id=$1", .values = {m.id}});
    add_hosts(statements, m.id, std::move(*hosts));
  }
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Schedule::meeting(std::string id, Done<std::optional<ScheduledMeeting>> done) {
  engine_.read({.sql = "SELECT " + meeting_columns + " FROM meetings m WHERE m.id=$1 AND m.deleted_at IS NULL",
                .values = {std::move(id)}},
               first_row(&meeting_in, std::move(done)));
}

void Schedule::meeting_by_uuid(std::string uuid, Done<std::optional<ScheduledMeeting>> done) {
  engine_.read({.sql = "SELECT " + meeting_columns + " FROM meetings m WHERE m.uuid=$1 AND m.deleted_at IS NULL",
                .values = {std::move(uuid)}},
               first_row(&meeting_in, std::move(done)));
}

void Schedule::occurrences(std::string meeting_id, Done<std::vector<MeetingOccurrence>> done) {
  engine_.read({.sql = "SELECT original_start, start_at, duration, deleted, changed, details_sealed FROM "
                       "meeting_occurrences WHERE meeting_id=$1 ORDER BY original_start",
                .values = {std::move(meeting_id)}},
               every_row(&occurrence_in, std::move(done)));
}

void Schedule::hosts(std::string meeting_id, Done<std::vector<std::string>> done) {
  engine_.read({.sql = "SELECT user_id FROM meeting_hosts WHERE meeting_id=$1 ORDER BY user_id",
                .values = {std::move(meeting_id)}},
               every_row([](const Rows& r, std::size_t i) { return r.text(i, 0); }, std::move(done)));
}

void Schedule::list(Query query, Done<Listed<ScheduledMeeting>> done) {
  const Listing what = listing(query);
  Statement count{.sql = "SELECT COUNT(*) FROM meetings m WHERE " + what.where, .values = {query.owner_id, query.now}};
  engine_.read({.sql = "SELECT " + meeting_columns + ", " + next_column + " AS next_start FROM meetings m WHERE " +
                       what.where + " ORDER BY " + what.order + " LIMIT $3 OFFSET $4",
                .values = {query.owner_id, query.now, query.limit, query.offset}},
               listed<ScheduledMeeting>(engine_, std::move(count), &meeting_in, std::move(done)));
}

void Schedule::unsealed(std::uint32_t limit, Done<std::vector<ScheduledMeeting>> done) {
  engine_.read({.sql = "SELECT " + meeting_columns +
                       " FROM meetings m WHERE m.details_sealed IS NULL ORDER BY m.created_at, m.id LIMIT $1",
                .values = {limit}},
               every_row(&meeting_in, std::move(done)));
}

void Schedule::seal(std::string id, Bytes details_sealed, Done<void> done) {
  engine_.write({{.sql = "UPDATE meetings SET details_sealed=$2, topic='', passcode=NULL WHERE id=$1 AND "
                         "details_sealed IS NULL",
                  .values = {std::move(id), std::move(details_sealed)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Schedule::set_uuid(std::string id, std::string uuid, Done<void> done) {
  engine_.write({{.sql = "UPDATE meetings SET uuid=$2 WHERE id=$1", .values = {std::move(id), std::move(uuid)}}},
                only_done(std::move(done)));
}

void Schedule::end(std::string id, UnixMicros when, Done<void> done) {
  engine_.write({{.sql = "UPDATE meetings SET ended_at=$2 WHERE id=$1 AND ended_at IS NULL AND deleted_at IS NULL",
                  .values = {std::move(id), when},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Schedule::remove(std::string id, UnixMicros when, Done<void> done) {
  engine_.write({{.sql = "UPDATE meetings SET deleted_at=$2, revision=revision+1 WHERE id=$1 AND deleted_at IS NULL",
                  .values = {std::move(id), when},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Schedule::recover(std::string id, UnixMicros since, Done<void> done) {
  engine_.write({{.sql = "UPDATE meetings SET deleted_at=NULL, revision=revision+1 WHERE id=$1 AND deleted_at >= $2",
                  .values = {std::move(id), since},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Schedule::deleted(std::string id, Done<std::optional<ScheduledMeeting>> done) {
  engine_.read({.sql = "SELECT " + meeting_columns + " FROM meetings m WHERE m.id=$1 AND m.deleted_at IS NOT NULL",
                .values = {std::move(id)}},
               first_row(&meeting_in, std::move(done)));
}

void Schedule::add_registrants(std::vector<MeetingRegistrant> registrants, Done<void> done) {
  std::vector<Statement> statements;
  for (MeetingRegistrant& r : registrants) {
    statements.push_back(
        {.sql = "INSERT INTO meeting_registrants(id, meeting_id, email_hash, status, created_at, details_sealed) "
                "VALUES($1,$2,$3,$4,$5,$6)",
         .values = {std::move(r.id), std::move(r.meeting_id), std::move(r.email_hash), word_of(r.status), r.created_at,
                    std::move(r.details_sealed)}});
  }
  engine_.write(std::move(statements), only_done(std::move(done)));
}

void Schedule::registrant(std::string meeting_id, std::string id, Done<std::optional<MeetingRegistrant>> done) {
  engine_.read({.sql = "SELECT " + registrant_columns + " FROM meeting_registrants WHERE meeting_id=$1 AND id=$2",
                .values = {std::move(meeting_id), std::move(id)}},
               first_row(&registrant_in, std::move(done)));
}

void Schedule::registrant_by_email(std::string meeting_id, std::string email_hash,
                                   Done<std::optional<MeetingRegistrant>> done) {
  engine_.read(
      {.sql = "SELECT " + registrant_columns + " FROM meeting_registrants WHERE meeting_id=$1 AND email_hash=$2",
       .values = {std::move(meeting_id), std::move(email_hash)}},
      first_row(&registrant_in, std::move(done)));
}

void Schedule::registrants(std::string meeting_id, std::optional<RegistrantStatus> status, std::uint32_t limit,
                           std::uint32_t offset, Done<Listed<MeetingRegistrant>> done) {
  const std::string where = " FROM meeting_registrants WHERE meeting_id=$1 AND (CAST($2 AS TEXT) IS NULL OR status=$2)";
  const Value wanted = status ? Value{word_of(*status)} : Value{nullptr};
  Statement count{.sql = "SELECT COUNT(*)" + where, .values = {meeting_id, wanted}};
  engine_.read({.sql = "SELECT " + registrant_columns + where + " ORDER BY created_at, id LIMIT $3 OFFSET $4",
                .values = {meeting_id, wanted, limit, offset}},
               listed<MeetingRegistrant>(engine_, std::move(count), &registrant_in, std::move(done)));
}

void Schedule::set_status(std::string meeting_id, std::vector<std::string> ids, RegistrantStatus status,
                          Done<std::vector<MeetingRegistrant>> done) {
  std::vector<Statement> statements;
  for (std::string& id : ids) {
    statements.push_back({.sql = "UPDATE meeting_registrants SET status=$3 WHERE meeting_id=$1 AND id=$2 AND "
                                 "status<>$3 RETURNING " +
                                 registrant_columns,
                          .values = {meeting_id, std::move(id), word_of(status)}});
  }
  engine_.write(std::move(statements), [done = std::move(done)](auto results) mutable {
    if (!results) return done(unexpected(results.error()));
    std::vector<MeetingRegistrant> changed;
    for (const Rows& rows : *results) {
      if (!rows.empty()) changed.push_back(registrant_in(rows, 0));
    }
    done(std::move(changed));
  });
}

void Schedule::remove_registrant(std::string meeting_id, std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM meeting_registrants WHERE meeting_id=$1 AND id=$2",
                  .values = {std::move(meeting_id), std::move(id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Schedule::add_guest_link(GuestLink g, std::size_t most, Done<void> done) {
  engine_.write({{.sql = "SELECT 1 FROM meetings WHERE id=$1 AND "
                         "(SELECT COUNT(*) FROM guest_links WHERE meeting_id=$1)<$2",
                  .values = {g.meeting_id, static_cast<std::int64_t>(most)},
                  .none = StoreError::taken},
                 {.sql = "INSERT INTO guest_links(" + guest_columns + ") VALUES($1,$2,$3,$4,$5,$6,$7)",
                  .values = {std::move(g.id), std::move(g.account_id), std::move(g.meeting_id),
                             std::move(g.name_sealed), std::move(g.created_by), g.created_at, g.expires_at}}},
                only_done(std::move(done)));
}

void Schedule::guest_link(std::string meeting_id, std::string id, Done<std::optional<GuestLink>> done) {
  engine_.read({.sql = "SELECT " + guest_columns + " FROM guest_links WHERE meeting_id=$1 AND id=$2",
                .values = {std::move(meeting_id), std::move(id)}},
               first_row(&guest_in, std::move(done)));
}

void Schedule::guest_links(std::string meeting_id, Done<std::vector<GuestLink>> done) {
  engine_.read({.sql = "SELECT " + guest_columns + " FROM guest_links WHERE meeting_id=$1 ORDER BY created_at, id",
                .values = {std::move(meeting_id)}},
               every_row(&guest_in, std::move(done)));
}

void Schedule::remove_guest_link(std::string meeting_id, std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM guest_links WHERE meeting_id=$1 AND id=$2",
                  .values = {std::move(meeting_id), std::move(id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Schedule::add_template(MeetingTemplate t, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO meeting_templates(id, account_id, owner_id, created_at, details_sealed) "
                         "VALUES($1,$2,$3,$4,$5)",
                  .values = {std::move(t.id), std::move(t.account_id), std::move(t.owner_id), t.created_at,
                             std::move(t.details_sealed)}}},
                only_done(std::move(done)));
}

void Schedule::templates(std::string owner_id, Done<std::vector<MeetingTemplate>> done) {
  engine_.read({.sql = "SELECT " + template_columns +
                       " FROM meeting_templates WHERE owner_id=$1 ORDER BY created_at, id LIMIT 200",
                .values = {std::move(owner_id)}},
               every_row(&template_in, std::move(done)));
}

void Schedule::find_template(std::string owner_id, std::string id, Done<std::optional<MeetingTemplate>> done) {
  engine_.read({.sql = "SELECT " + template_columns + " FROM meeting_templates WHERE owner_id=$1 AND id=$2",
                .values = {std::move(owner_id), std::move(id)}},
               first_row(&template_in, std::move(done)));
}

void Schedule::remove_template(std::string owner_id, std::string id, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM meeting_templates WHERE owner_id=$1 AND id=$2",
                  .values = {std::move(owner_id), std::move(id)},
                  .none = StoreError::not_found}},
                only_done(std::move(done)));
}

void Schedule::personal_of(std::string user_id, Done<std::optional<ScheduledMeeting>> done) {
  engine_.read({.sql = "SELECT " + meeting_columns +
                       " FROM meetings m JOIN personal_meetings p ON p.meeting_id=m.id WHERE p.user_id=$1",
                .values = {std::move(user_id)}},
               first_row(&meeting_in, std::move(done)));
}

}  // namespace sealhall::store
