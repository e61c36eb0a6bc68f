// Tested in console_test.cc
// The recordings of a whole account, a line each: by host and time, in the trash or not.
#include <map>
#include <tuple>
#include <utility>

#include "server/api/text.h"
#include "server/control/console.h"
#include "server/recording/views.h"

namespace sealhall::control {
namespace shapes {

struct AccountQuery {
  std::optional<std::string> host;  ///< an id or an address
  std::optional<std::string> from;  ///< RFC 3339, or a day
  std::optional<std::string> to;    ///< the same; a day is included
  std::optional<bool> trash;
  api::PageQuery page;
};
struct AccountRecording {
  std::string id;
  std::string meeting_id;
  std::string topic;
  std::string host_id;
  std::optional<std::string> host;  ///< the login; absent when that person is gone
  std::string started_at;
  std::uint64_t duration_ms = 0;
  std::uint64_t size = 0;  ///< bytes, with files that are in the trash by themselves
  std::string state;       ///< "recording", "processing", "completed", "failed"
  bool shared = false;
  bool legal_hold = false;
  std::optional<std::string> delete_at;
  std::optional<std::string> trashed_at;
};
struct AccountList {
  api::Page page;
  std::vector<AccountRecording> recordings;
};

BOOST_DESCRIBE_STRUCT(AccountQuery, (), (host, from, to, trash, page))
BOOST_DESCRIBE_STRUCT(AccountRecording, (),
                      (id, meeting_id, topic, host_id, host, started_at, duration_ms, size, state, shared, legal_hold,
                       delete_at, trashed_at))
BOOST_DESCRIBE_STRUCT(AccountList, (), (page, recordings))

}  // namespace shapes

namespace {

using api::Answer;
using api::Call;

constexpr std::int64_t one_day = 86'400'000'000;

shapes::AccountRecording view_of(const recordings::OpenedRecording& opened,
                                 const std::map<std::string, std::string>& logins) {
  const store::Recording& row = opened.row;
  shapes::AccountRecording out;
  out.id = row.id;
  out.meeting_id = row.meeting_id;
  out.topic = opened.topic;
  out.host_id = row.host_id;
  if (const auto host = logins.find(row.host_id); host != logins.end()) out.host = host->second;
  out.started_at = api::rfc3339(row.started_at);
  out.duration_ms = row.duration_ms;
  for (const auto* files : {&opened.files, &opened.trashed}) {  // what is in the trash takes its room, too
    for (const auto& file : *files) out.size += file.row.size;
  }
  out.state = recordings::word_of(row.state);
  out.shared = row.share == store::ShareState::link;
  out.legal_hold = row.legal_hold;
  out.delete_at = recordings::time_text(row.delete_at);
  out.trashed_at = recordings::time_text(row.trashed_at);
  return out;
}

struct Wanted {
  std::string account;
  std::string host;  ///< "" for everybody
  UnixMicros from{};
  UnixMicros to{INT64_MAX};
  bool trash = false;
  api::Window window;
};

}  // namespace

void Console::add_recordings(api::Registry& registry) {
  registry.add(
      {"GET", "/api/account/recordings", "Recordings", "The recordings of the account, newest first",
       api::Access::permission(api::Permission::recordings_read)},
      [this](Call<shapes::AccountQuery> call, Answer<shapes::AccountList> answer) {
        const auto window = api::window_of(call.query.page);
        if (!window) return answer(window.error());
        auto wanted = std::make_shared<Wanted>();
        wanted->account = call.caller.account_id;
        wanted->trash = call.query.trash.value_or(false);
        wanted->window = *window;
        for (const auto& [text, name, into] :
             {std::tuple{&call.query.from, "from", &wanted->from}, std::tuple{&call.query.to, "to", &wanted->to}}) {
          if (!*text || (*text)->empty()) continue;
          const auto time = api::parse_time(**text);
          if (!time) return answer(wrong_field(name, "It is a day like 2026-11-28, or a time."));
          *into = *time;
        }
        // The last day belongs to it.
        if (call.query.to && call.query.to->size() == 10) {
          wanted->to = UnixMicros{static_cast<std::int64_t>(wanted->to) + one_day};
        }
        profiles_.logins(wanted->account, [this, wanted, host = call.query.host.value_or(""),
                                           answer = std::move(answer)](auto logins) mutable {
          if (!logins) return answer(api::from_store(logins.error()));
          for (const auto& [id, login] : *logins) {
            if (id == host || login == host) wanted->host = id;
          }
          // Nobody of this account: nothing of theirs.
          if (!host.empty() && wanted->host.empty()) return answer(shapes::AccountList{wanted->window.page(0), {}});
          list_recordings(wanted->account, wanted->host, wanted->from, wanted->to, wanted->trash, wanted->window,
                          std::move(answer).from([wanted, logins = std::move(*logins)](const OpenedPage& found) {
                            shapes::AccountList list{wanted->window.page(found.total), {}};
                            for (const auto& opened : found.opened) list.recordings.push_back(view_of(opened, logins));
                            return list;
                          }));
        });
      });
}

void Console::list_recordings(const std::string& account, const std::string& host, UnixMicros from, UnixMicros to,
                              bool trash, api::Window window, api::Done<OpenedPage> done) {
  auto& library = parts_.recording.library();
  library.store().count_of_host(
      account, host, from, to, trash,
      [&library, account, host, from, to, trash, window, done = std::move(done)](auto count) mutable {
        if (!count) return done(unexpected(api::from_store(count.error())));
        library.store().of_host(account, host, from, to, trash, window.limit, window.offset,
                                [&library, total = *count, done = std::move(done)](auto rows) mutable {
                                  if (!rows) return done(unexpected(api::from_store(rows.error())));
                                  open_what_opens(library, std::move(*rows), total, std::move(done));
                                });
      });
}

/// One whose keys were destroyed, or that is damaged, is listed without its topic: it is here that somebody finds it.
void Console::open_what_opens(recordings::Library& library, std::vector<store::Recording> rows, std::uint64_t total,
                              api::Done<OpenedPage> done) {
  struct All {
    OpenedPage page;
    std::size_t left = 0;
    std::optional<ApiError> away;
    api::Done<OpenedPage> done;
  };
  if (rows.empty()) return done(OpenedPage{total, {}});
  const auto all = std::make_shared<All>();
  all->page.total = total;
  all->page.opened.resize(rows.size());
  all->left = rows.size();
  all->done = std::move(done);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    all->page.opened[i].row = rows[i];
    library.open(std::move(rows[i]), [all, i](expected<recordings::OpenedRecording, ApiError> opened) {
      if (opened) {
        all->page.opened[i] = std::move(*opened);
      } else if (opened.error().status == 503) {
        all->away = opened.error();
      }
      if (--all->left != 0) return;
      if (all->away) return all->done(unexpected(*all->away));
      all->done(std::move(all->page));
    });
  }
}

}  // namespace sealhall::control
