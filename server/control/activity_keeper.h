// Between a live meeting and what survives it: seals records before they reach the store, in the order in which the
// meeting made them, and opens them again when a meeting goes on or somebody searches.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/wire/records.h"
#include "io/net/clock.h"
#include "server/vault/vault.h"
#include "store/activity.h"

namespace sealhall::control {

class ActivityKeeper {
 public:
  /// A log that was not ended goes on if it was written to within this time: then the server was killed in the middle.
  static constexpr Duration goes_on_within = std::chrono::hours{12};
  /// Called once for a record: true when it is durable.
  using Kept = std::function<void(bool kept)>;

  /// One instance of a meeting, kept by whoever runs it.
  struct Log {
    store::ActivityLog log;
    struct Waiting {
      store::ActivityRecord record;
      std::vector<std::string> blobs;  ///< that it names
      Kept done;
      bool sealed = false;
      bool failed = false;
    };
    std::deque<std::shared_ptr<Waiting>> waiting;  ///< oldest first: written in this order
    bool written = false;                          ///< something of it is in the store
    bool over = false;                             ///< what still waits is written, and it is ended all the same
  };
  struct Begun {
    std::shared_ptr<Log> log;
    std::vector<wire::Record> records;  ///< of the instance that goes on
    std::vector<std::string> banned;
    std::uint32_t lost = 0;  ///< records that can never be opened
    bool away = false;       ///< the store or the key service did not answer: ask again, begin nothing
  };

  /// All outlive the keeper. Without a vault nothing is kept: every record is refused.
  ActivityKeeper(store::Engine& engine, vault::Vault* vault, const io::WallClock& clock, RandomSource& random)
      : store_(engine), vault_(vault), clock_(clock), random_(random) {}

  /// Polls that were prepared before the meeting, numbered from 1: they are added to what `begin` gives, where that has
  /// none of the same number. Answers always.
  using Prepared = std::function<void(const std::string& account_id, const std::string& meeting_id,
                                      std::function<void(std::vector<wire::PollRecord>)> done)>;
  void use(Prepared prepared) { prepared_ = std::move(prepared); }

  /// A log that continues nothing.
  std::shared_ptr<Log> fresh(const std::string& account_id, const std::string& meeting_id);
  /// Answers always. Whoever began a new instance beside one that could only not be read would give out its numbers a
  /// second time, and so overwrite what was acknowledged: `away` says to wait.
  void begin(const std::string& account_id, const std::string& meeting_id, std::function<void(Begun)> done);
  void keep(const std::shared_ptr<Log>& log, const wire::Record& record, Kept done);
  /// The meeting is over for good.
  void end(const std::shared_ptr<Log>& log);
  void ban(const std::shared_ptr<Log>& log, const std::string& who);
  /// With `lift` gone from the store it is also gone for a meeting that begins now. Error: not_found.
  void bans(const std::string& account_id, const std::string& meeting_id, store::Done<std::vector<std::string>> done);
  void lift(const std::string& account_id, const std::string& meeting_id, const std::string& who,
            store::Done<void> done);
  /// Reports of abuse of the account, opened; newest first. What can never be opened has no text.
  struct OpenReport {
    store::AbuseReport row;
    wire::ReportRecord report;
  };
  void reports(const std::string& account_id, bool open, std::uint32_t limit, std::uint32_t offset,
               vault::Done<std::vector<OpenReport>> done);
  /// By whom it was dealt with; nullopt: by nobody after all. Error: not_found.
  void set_resolved(const std::string& account_id, const std::string& log_id, std::int64_t number,
                    std::optional<std::string> by, store::Done<void> done) {
    if (!by) return store_.reopen_report(account_id, log_id, number, std::move(done));
    store_.resolve_report(account_id, log_id, number, std::move(*by), clock_.now(), std::move(done));
  }

  /// Everything that was kept in one log. Error: unavailable (ask again later), failed.
  void records(const std::string& account_id, const std::string& log_id, vault::Done<std::vector<wire::Record>> done);

  /// Messages to everybody in all chats of the meeting that contain `words` (without case), newest first, at most
  /// `limit`. What was private, or among hosts, is found by nobody.
  void search(const std::string& account_id, const std::string& meeting_id, std::string words, std::uint32_t limit,
              vault::Done<std::vector<wire::ChatMessage>> done);

 private:
  void open_all(const store::ActivityLog& log, std::vector<store::ActivityRecord> records,
                std::function<void(std::vector<wire::Record>, std::uint32_t lost, bool away)> done);
  void flush(const std::shared_ptr<Log>& log);
  void write_end(const std::string& log_id);
  /// Those whom the store may not know.
  void add_banning(const std::string& meeting_id, std::vector<std::string>& banned) const;
  struct Search;
  void search_next(const std::shared_ptr<Search>& search);
  void search_step(const std::shared_ptr<Search>& search);

  store::Activity store_;
  vault::Vault* vault_;
  const io::WallClock& clock_;
  RandomSource& random_;
  Prepared prepared_;
  // On their way to the store, where a reader does not see them yet; or it did not take them, then they count here.
  std::map<std::string, UnixMicros> ending_;               ///< ids of logs, and when they ended
  std::set<std::pair<std::string, std::string>> banning_;  ///< meeting, who
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// `text` contains `words`, both without ASCII case.
bool contains_words(std::string_view text, std::string_view words);

}  // namespace sealhall::control
