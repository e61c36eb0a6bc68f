// Tested in service_test.cc
#include "server/schedule/sealing.h"

#include <memory>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "server/schedule/time_text.h"

namespace sealhall::schedule {
namespace {

constexpr const char* kind = "meeting";

vault::SealContext context(const std::string& account_id, const std::string& meeting_id, std::string field) {
  return {account_id, kind, meeting_id, std::move(field)};
}
Bytes bytes_of(std::string_view text) { return {as_bytes(text).begin(), as_bytes(text).end()}; }

template <class T>
T parsed(ByteView bytes) {
  return api::from_json<T>(as_text(bytes)).value_or(T{});
}

}  // namespace

api::ApiError from_vault(vault::VaultError error) {
  using enum vault::VaultError;
  switch (error) {
    case unavailable:
      return {503, "The key service is away. Please try again in a moment.", {}, 5};
    case shredded:
      return {410, "The key of this was destroyed; it cannot be read any more."};
    case refused:
      return {403, "The key service refuses this."};
    case too_large:
      return {413, "This is too large."};
    case full:
      return {507, "The server has no room left on its disk."};
    case failed:
      return {503, "The server cannot do this right now. Please try again.", {}, 5};
    case not_authentic:
    case bad_context:
      break;
  }
  return {500, "This could not be read. The log of the server says why."};
}

std::string occurrence_field(sys_seconds original_start) {
  return "occurrence/" + std::to_string(original_start.time_since_epoch().count());
}

shapes::Details plain_details(const store::ScheduledMeeting& row) {
  shapes::Details details;
  details.topic = row.plain_topic;
  details.passcode = row.plain_passcode;
  details.settings.waiting_room = row.waiting_room;
  details.settings.join_before_host = row.join_before_host;
  // Only until it is sealed: links of such meetings carry the passcode itself, as they did when they were given out.
  details.link_secret = to_base64url(crypto::sha256(as_bytes(row.id + row.plain_passcode.value_or(""))));
  return details;
}

void Sealing::seal(const std::string& account_id, const std::string& meeting_id, std::string field, std::string json,
                   api::Done<Bytes> done) {
  vault_.seal(context(account_id, meeting_id, std::move(field)), "meeting/" + meeting_id, bytes_of(json),
              [done = std::move(done)](auto sealed) mutable {
                if (!sealed) return done(unexpected(from_vault(sealed.error())));
                done(std::move(*sealed));
              });
}

void Sealing::seal_all(const std::string& account_id, const std::string& meeting_id,
                       std::vector<std::pair<std::string, std::string>> fields, api::Done<std::vector<Bytes>> done) {
  struct State {
    std::vector<Bytes> out;
    std::size_t open = 0;
    std::optional<api::ApiError> error;
    api::Done<std::vector<Bytes>> done;
  };
  auto state = std::make_shared<State>(State{std::vector<Bytes>(fields.size()), fields.size(), {}, std::move(done)});
  if (fields.empty()) return state->done(std::move(state->out));
  for (std::size_t i = 0; i < fields.size(); ++i) {
    seal(account_id, meeting_id, std::move(fields[i].first), std::move(fields[i].second), [state, i](auto sealed) {
      if (sealed) {
        state->out[i] = std::move(*sealed);
      } else {
        state->error = sealed.error();
      }
      if (--state->open > 0) return;
      if (state->error) return state->done(unexpected(*state->error));
      state->done(std::move(state->out));
    });
  }
}

void Sealing::open(const std::string& account_id, const std::string& meeting_id, std::string field, Bytes sealed,
                   api::Done<std::string> done) {
  vault_.open(context(account_id, meeting_id, std::move(field)), std::move(sealed),
              [done = std::move(done)](auto opened) mutable {
                if (!opened) return done(unexpected(from_vault(opened.error())));
                done(std::string{as_text(*opened)});
              });
}

void Sealing::open_meeting(Meeting meeting, std::vector<store::MeetingOccurrence> occurrences,
                           api::Done<Meeting> done) {
  std::vector<vault::SealedItem> items;
  const store::ScheduledMeeting& row = meeting.row;
  const bool plain = row.details_sealed.empty();
  if (plain) {
    meeting.details = plain_details(row);
  } else {
    items.push_back({context(row.account_id, row.id, "details"), row.details_sealed});
  }
  for (store::MeetingOccurrence& o : occurrences) {
    const sys_seconds original = moment_at(o.original_start);
    meeting.occurrences.push_back({.original_start = original,
                                   .start = moment_at(o.start_at),
                                   .duration = o.duration,
                                   .deleted = o.deleted,
                                   .changed = o.changed});
    if (!o.details_sealed.empty())
      items.push_back({context(row.account_id, row.id, occurrence_field(original)), std::move(o.details_sealed)});
  }
  if (items.empty()) return done(std::move(meeting));
  std::vector<std::string> fields;
  for (const auto& item : items) fields.push_back(item.context.field);
  vault_.open_all(std::move(items), [meeting = std::move(meeting), fields = std::move(fields),
                                     done = std::move(done)](auto opened) mutable {
    for (std::size_t i = 0; i < opened.size(); ++i) {
      if (!opened[i]) return done(unexpected(from_vault(opened[i].error())));
      if (fields[i] == "details") {
        meeting.details = parsed<shapes::Details>(*opened[i]);
        continue;
      }
      for (Occurrence& o : meeting.occurrences) {
        if (occurrence_field(o.original_start) == fields[i]) o.details = parsed<shapes::OccurrenceDetails>(*opened[i]);
      }
    }
    done(std::move(meeting));
  });
}

void Sealing::open_details(std::vector<store::ScheduledMeeting> rows, api::Done<std::vector<shapes::Details>> done) {
  std::vector<shapes::Details> out(rows.size());
  std::vector<vault::SealedItem> items;
  std::vector<std::size_t> where;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].details_sealed.empty()) {
      out[i] = plain_details(rows[i]);
      continue;
    }
    items.push_back({context(rows[i].account_id, rows[i].id, "details"), rows[i].details_sealed});
    where.push_back(i);
  }
  vault_.open_all(std::move(items),
                  [out = std::move(out), where = std::move(where), done = std::move(done)](auto opened) mutable {
                    for (std::size_t i = 0; i < opened.size(); ++i) {
                      if (opened[i]) {
                        out[where[i]] = parsed<shapes::Details>(*opened[i]);
                      } else if (opened[i].error() == vault::VaultError::unavailable) {
                        return done(unexpected(from_vault(opened[i].error())));
                      }
                    }
                    done(std::move(out));
                  });
}

void Sealing::seal_meeting(Meeting meeting,
                           api::Done<std::pair<store::ScheduledMeeting, std::vector<store::MeetingOccurrence>>> done) {
  std::vector<std::pair<std::string, std::string>> fields{{"details", api::to_json(meeting.details)}};
  std::vector<store::MeetingOccurrence> rows;
  std::vector<std::size_t> with_content;
  for (const Occurrence& o : meeting.occurrences) {
    const auto& d = o.details;
    if (d.topic || d.agenda || d.settings) {
      fields.emplace_back(occurrence_field(o.original_start), api::to_json(d));
      with_content.push_back(rows.size());
    }
    rows.push_back({.original_start = to_micros(o.original_start),
                    .start_at = to_micros(o.start),
                    .duration = o.duration,
                    .deleted = o.deleted,
                    .changed = o.changed});
  }
  const std::string account = meeting.row.account_id;
  const std::string id = meeting.row.id;
  seal_all(account, id, std::move(fields),
           [row = std::move(meeting.row), rows = std::move(rows), with_content = std::move(with_content),
            done = std::move(done)](auto sealed) mutable {
             if (!sealed) return done(unexpected(sealed.error()));
             row.details_sealed = std::move((*sealed)[0]);
             for (std::size_t i = 0; i < with_content.size(); ++i)
               rows[with_content[i]].details_sealed = std::move((*sealed)[i + 1]);
             done(std::pair{std::move(row), std::move(rows)});
           });
}

}  // namespace sealhall::schedule
