#include "server/control/activity_keeper.h"

#include <algorithm>
#include <utility>

#include "core/base/ascii.h"
#include "io/log/log.h"
#include "server/api/tokens.h"
#include "server/control/file_store.h"

namespace sealhall::control {
namespace {

/// What is said in a breakout room ("ID/room-2") is shredded together with its meeting.
std::string scope_of(const std::string& meeting_id) { return "meeting/" + meeting_id.substr(0, meeting_id.find('/')); }

vault::SealContext context_of(const store::ActivityLog& log, const std::string& kind, std::int64_t number) {
  return {log.account_id, "activity", log.id + "/" + kind + "/" + std::to_string(number), "body"};
}

}  // namespace

bool contains_words(std::string_view text, std::string_view words) {
  const auto lower = [](char c) { return ascii_lower(c); };
  return !std::ranges::search(text, words, {}, lower, lower).empty() || words.empty();
}

std::shared_ptr<ActivityKeeper::Log> ActivityKeeper::fresh(const std::string& account_id,
                                                           const std::string& meeting_id) {
  auto log = std::make_shared<Log>();
  log->log = {api::random_text(random_, 16), account_id, meeting_id, clock_.now(), clock_.now(), std::nullopt};
  return log;
}

void ActivityKeeper::begin(const std::string& account_id, const std::string& meeting_id,
                           std::function<void(Begun)> done) {
  auto begun = std::make_shared<Begun>();
  begun->log = fresh(account_id, meeting_id);
  const std::weak_ptr<bool> alive = alive_;
  if (prepared_) {
    done = [=, this, done = std::move(done)](Begun ready) {
      if (alive.expired() || ready.away) return done(std::move(ready));
      prepared_(account_id, meeting_id, [ready, done](std::vector<wire::PollRecord> polls) mutable {
        const std::size_t kept = ready.records.size();
        for (wire::PollRecord& poll : polls) {
          const auto same = [&](const wire::Record& record) {
            const auto* other = std::get_if<wire::PollRecord>(&record);
            return other != nullptr && other->poll.poll == poll.poll.poll;
          };
          const auto end = ready.records.begin() + static_cast<std::ptrdiff_t>(kept);
          if (std::none_of(ready.records.begin(), end, same)) ready.records.emplace_back(std::move(poll));
        }
        done(std::move(ready));
      });
    };
  }
  store_.bans(account_id, meeting_id, [=, this, done = std::move(done)](auto bans) mutable {
    if (alive.expired()) return;
    // Without them the banned would come in for as long as this instance runs.
    if (!bans) {
      begun->away = true;
      return done(std::move(*begun));
    }
    begun->banned = std::move(*bans);
    add_banning(meeting_id, begun->banned);
    store_.unfinished(account_id, meeting_id, [=, this, done = std::move(done)](auto found) mutable {
      if (alive.expired()) return;
      begun->away = !found && vault_ != nullptr;
      if (!found || !*found || vault_ == nullptr) return done(std::move(*begun));
      if (ending_.contains((*found)->id)) {
        write_end((*found)->id);  // the first time may have been in vain
        return done(std::move(*begun));
      }
      const auto now = static_cast<std::int64_t>(clock_.now());
      if (now - static_cast<std::int64_t>((*found)->changed_at) > goes_on_within.count()) {
        store_.end((*found)->id, (*found)->changed_at, [](auto) {});
        return done(std::move(*begun));
      }
      begun->log->log = std::move(**found);
      begun->log->written = true;
      store_.records(begun->log->log.id, [=, this, done = std::move(done)](auto records) mutable {
        if (alive.expired()) return;
        begun->away = !records;
        if (!records) return done(std::move(*begun));
        open_all(begun->log->log, std::move(*records),
                 [begun, done = std::move(done)](std::vector<wire::Record> opened, std::uint32_t lost, bool away) {
                   begun->records = std::move(opened);
                   begun->lost = lost;
                   begun->away = away;
                   done(std::move(*begun));
                 });
      });
    });
  });
}

void ActivityKeeper::open_all(const store::ActivityLog& log, std::vector<store::ActivityRecord> records,
                              std::function<void(std::vector<wire::Record>, std::uint32_t, bool)> done) {
  std::vector<vault::SealedItem> items;
  items.reserve(records.size());
  for (store::ActivityRecord& record : records) {
    items.push_back({context_of(log, record.kind, record.number), std::move(record.body_sealed)});
  }
  vault_->open_all(std::move(items), [done = std::move(done)](std::vector<expected<Bytes, vault::VaultError>> opened) {
    std::vector<wire::Record> out;
    std::uint32_t lost = 0;
    for (const auto& bytes : opened) {
      if (!bytes && bytes.error() != vault::VaultError::shredded && bytes.error() != vault::VaultError::not_authentic)
        return done({}, 0, true);
      auto record = bytes ? wire::decode_record(as_text(*bytes)) : unexpected(wire::WireError{});
      if (record) {
        out.push_back(std::move(*record));
      } else {
        ++lost;
      }
    }
    if (lost > 0) io::log::warning("records of a meeting cannot be opened", {{"count", lost}});
    done(std::move(out), lost, false);
  });
}

void ActivityKeeper::keep(const std::shared_ptr<Log>& log, const wire::Record& record, Kept done) {
  if (vault_ == nullptr) return done(false);
  auto waiting = std::make_shared<Log::Waiting>();
  waiting->record = {
      std::string{wire::kind_of(record)}, static_cast<std::int64_t>(wire::number_of(record)), clock_.now(), {}};
  if (const auto* message = std::get_if<wire::ChatMessage>(&record)) {
    for (const wire::ChatFile& file : message->files) waiting->blobs.push_back(FileStore::blob_of(file.file));
  }
  waiting->done = std::move(done);
  log->waiting.push_back(waiting);
  const std::string text = wire::encode(record);
  vault_->seal(context_of(log->log, waiting->record.kind, waiting->record.number), scope_of(log->log.meeting_id),
               Bytes(text.begin(), text.end()),
               [this, alive = std::weak_ptr<bool>{alive_}, log, waiting](expected<Bytes, vault::VaultError> sealed) {
                 if (alive.expired()) return;
                 if (sealed) {
                   waiting->record.body_sealed = std::move(*sealed);
                 } else {
                   io::log::warning("a record of a meeting cannot be sealed",
                                    {{"error", static_cast<int>(sealed.error())}});
                 }
                 waiting->sealed = true;
                 waiting->failed = !sealed;
                 flush(log);
               });
}

/// Sealing may end in another order than it began; an older version must never replace a newer one.
void ActivityKeeper::flush(const std::shared_ptr<Log>& log) {
  while (!log->waiting.empty() && log->waiting.front()->sealed) {
    const auto next = log->waiting.front();
    log->waiting.pop_front();
    if (next->failed) {
      next->done(false);
      continue;
    }
    log->written = true;
    store_.put(
        log->log, std::move(next->record),
        [next](expected<void, store::StoreError> kept) {
          if (!kept)
            io::log::error("a record of a meeting cannot be stored", {{"error", store::name_of(kept.error())}});
          next->done(kept.has_value());
        },
        next->blobs);
  }
  if (log->over && log->waiting.empty()) end(log);
}

/// A record that is still being sealed makes the log only when that is done: `flush` comes back here then.
void ActivityKeeper::end(const std::shared_ptr<Log>& log) {
  log->over = true;
  if (!log->written && log->waiting.empty()) {
    ending_.erase(log->log.id);  // nothing of it has come into the store
    return;
  }
  ending_.try_emplace(log->log.id, clock_.now());
  if (log->written) write_end(log->log.id);
}

void ActivityKeeper::write_end(const std::string& log_id) {
  store_.end(log_id, ending_.at(log_id), [this, alive = std::weak_ptr<bool>{alive_}, log_id](auto ended) {
    if (!ended) io::log::error("the end of a meeting cannot be stored", {{"error", store::name_of(ended.error())}});
    if (!alive.expired() && ended) ending_.erase(log_id);
  });
}

void ActivityKeeper::ban(const std::shared_ptr<Log>& log, const std::string& who) {
  std::pair being{log->log.meeting_id, who};
  banning_.insert(being);
  store_.ban(log->log.account_id, log->log.meeting_id, who, clock_.now(),
             [this, alive = std::weak_ptr<bool>{alive_}, being = std::move(being)](auto kept) {
               if (!alive.expired() && kept) banning_.erase(being);
               if (!kept) io::log::error("a ban cannot be stored", {{"error", store::name_of(kept.error())}});
             });
}

void ActivityKeeper::add_banning(const std::string& meeting_id, std::vector<std::string>& banned) const {
  for (const auto& [meeting, who] : banning_) {
    if (meeting == meeting_id && std::ranges::find(banned, who) == banned.end()) banned.push_back(who);
  }
}

void ActivityKeeper::bans(const std::string& account_id, const std::string& meeting_id,
                          store::Done<std::vector<std::string>> done) {
  store_.bans(account_id, meeting_id,
              [this, alive = std::weak_ptr<bool>{alive_}, meeting_id,
               done = std::move(done)](expected<std::vector<std::string>, store::StoreError> found) mutable {
                if (found && !alive.expired()) add_banning(meeting_id, *found);  // who is listed can be let in again
                done(std::move(found));
              });
}

void ActivityKeeper::lift(const std::string& account_id, const std::string& meeting_id, const std::string& who,
                          store::Done<void> done) {
  store_.unban(account_id, meeting_id, who,
               [this, alive = std::weak_ptr<bool>{alive_}, being = std::pair{meeting_id, who},
                done = std::move(done)](expected<void, store::StoreError> lifted) mutable {
                 const bool not_there = !lifted && lifted.error() == store::StoreError::not_found;
                 // One that the store did not take is known here only.
                 const bool was_here = (lifted || not_there) && !alive.expired() && banning_.erase(being) != 0;
                 if (not_there && was_here) return done({});
                 done(std::move(lifted));
               });
}

void ActivityKeeper::records(const std::string& account_id, const std::string& log_id,
                             vault::Done<std::vector<wire::Record>> done) {
  if (vault_ == nullptr) return done(unexpected(vault::VaultError::unavailable));
  store_.records(log_id,
                 [this, alive = std::weak_ptr<bool>{alive_}, account_id, log_id,
                  done = std::make_shared<vault::Done<std::vector<wire::Record>>>(std::move(done))](auto found) {
                   if (alive.expired()) return;
                   if (!found) return (*done)(unexpected(vault::VaultError::failed));
                   store::ActivityLog log;
                   log.id = log_id;
                   log.account_id = account_id;
                   open_all(log, std::move(*found), [done](std::vector<wire::Record> opened, std::uint32_t, bool away) {
                     if (away) return (*done)(unexpected(vault::VaultError::unavailable));
                     (*done)(std::move(opened));
                   });
                 });
}

void ActivityKeeper::reports(const std::string& account_id, bool open, std::uint32_t limit, std::uint32_t offset,
                             vault::Done<std::vector<OpenReport>> done) {
  if (vault_ == nullptr) return done(unexpected(vault::VaultError::unavailable));
  store_.reports(account_id, open, limit, offset, [this, account_id, done = std::move(done)](auto found) mutable {
    if (!found) return done(unexpected(vault::VaultError::failed));
    std::vector<vault::SealedItem> items;
    for (const store::AbuseReport& r : *found) {
      store::ActivityLog log;
      log.id = r.log_id;
      log.account_id = account_id;
      items.push_back({context_of(log, r.record.kind, r.record.number), r.record.body_sealed});
    }
    vault_->open_all(std::move(items), [found = std::move(*found), done = std::move(done)](auto opened) mutable {
      std::vector<OpenReport> out;
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (!opened[i] && opened[i].error() == vault::VaultError::unavailable) {
          return done(unexpected(opened[i].error()));
        }
        OpenReport one{std::move(found[i]), {}};
        auto record = opened[i] ? wire::decode_record(as_text(*opened[i])) : unexpected(wire::WireError{});
        if (record && std::holds_alternative<wire::ReportRecord>(*record)) {
          one.report = std::get<wire::ReportRecord>(std::move(*record));
        }
        out.push_back(std::move(one));
      }
      done(std::move(out));
    });
  });
}

// ---- search -------------------------------------------------------------------------------------------------------

struct ActivityKeeper::Search {
  std::vector<store::ActivityLog> logs;  ///< the next one is the last
  std::optional<std::int64_t> before;    ///< in that log
  std::string words;
  std::size_t limit = 0;
  std::vector<wire::ChatMessage> found;
  vault::Done<std::vector<wire::ChatMessage>> done;
  bool stepping = false;  ///< what answers at once must not go deeper and deeper
  bool again = false;
};

void ActivityKeeper::search(const std::string& account_id, const std::string& meeting_id, std::string words,
                            std::uint32_t limit, vault::Done<std::vector<wire::ChatMessage>> done) {
  if (vault_ == nullptr) return done(unexpected(vault::VaultError::unavailable));
  constexpr std::uint32_t most_logs = 1000;
  auto search = std::make_shared<Search>();
  search->words = std::move(words);
  search->limit = limit;
  search->done = std::move(done);
  store_.logs(account_id, meeting_id, most_logs, 0, [this, alive = std::weak_ptr<bool>{alive_}, search](auto logs) {
    if (alive.expired()) return;
    if (!logs) return search->done(unexpected(vault::VaultError::failed));
    search->logs = std::move(*logs);
    std::ranges::reverse(search->logs);
    search_next(search);
  });
}

void ActivityKeeper::search_next(const std::shared_ptr<Search>& search) {
  search->again = true;
  if (search->stepping) return;
  search->stepping = true;
  while (std::exchange(search->again, false)) search_step(search);
  search->stepping = false;
}

void ActivityKeeper::search_step(const std::shared_ptr<Search>& search) {
  constexpr std::uint32_t page = 500;
  constexpr std::int64_t beyond = std::int64_t{1} << 53;
  if (search->logs.empty() || search->found.size() >= search->limit) return search->done(std::move(search->found));
  const store::ActivityLog log = search->logs.back();
  store_.page(log.id, "chat", search->before.value_or(beyond), page,
              [this, alive = std::weak_ptr<bool>{alive_}, search, log](auto records) {
                if (alive.expired()) return;
                if (!records) return search->done(unexpected(vault::VaultError::failed));
                if (records->size() < page) {
                  search->logs.pop_back();
                  search->before.reset();
                } else {
                  search->before = records->back().number;
                }
                open_all(log, std::move(*records),
                         [this, search](std::vector<wire::Record> opened, std::uint32_t, bool away) {
                           if (away) return search->done(unexpected(vault::VaultError::unavailable));
                           for (wire::Record& record : opened) {
                             auto* message = std::get_if<wire::ChatMessage>(&record);
                             if (message == nullptr || message->deleted || message->scope != wire::ChatScope::everyone)
                               continue;
                             if (search->found.size() < search->limit && contains_words(message->text, search->words)) {
                               search->found.push_back(std::move(*message));
                             }
                           }
                           search_next(search);
                         });
              });
}

}  // namespace sealhall::control
