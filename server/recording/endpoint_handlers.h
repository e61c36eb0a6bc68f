// What the endpoints of recording do. For endpoints.cc only.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/text.h"
#include "server/api/tokens.h"
#include "server/recording/endpoint_shapes.h"
#include "server/recording/endpoints.h"
#include "server/recording/views.h"

namespace sealhall::recordings::handlers {

using namespace shapes;
using api::Access;
using api::Answer;
using api::ApiError;
using api::Call;
using api::None;
using Row = store::Recording;
using Rows = std::vector<store::Recording>;

inline ApiError no_recording() {
  return {404, "There is no recording of this meeting.", {}, std::nullopt, api::codes::no_recording};
}
inline ApiError wrong_action() { return api::wrong_field("action", "This action is not known."); }

/// A uuid may come encoded once more (trap 2).
inline std::string undo_encoding(std::string id) {
  if (id.find('%') == std::string::npos) return id;
  return io::percent_decode(id).value_or(id);
}

/// Does `what` to one after the other; the first error ends it.
inline void each(std::shared_ptr<Rows> rows, std::size_t at, std::function<void(const Row&, Done<void>)> what,
                 Answer<None> answer) {
  if (at == rows->size()) return answer();
  const Row& row = rows->at(at);
  what(row, [rows, at, what, answer = std::move(answer)](auto result) mutable {
    if (!result) return answer(result.error());
    each(rows, at + 1, what, std::move(answer));
  });
}

class Endpoints {
 public:
  explicit Endpoints(const EndpointParts& parts) : p_(parts) {}

  // ---- of a meeting (rows 35, 37, 38)
  void get_meeting(Call<MeetingPath> call, Answer<MeetingRecording> answer) {
    const Row* row = newest(call.subject, false);
    if (row == nullptr) return answer(no_recording());
    const bool token =
        call.query.include_fields && call.query.include_fields->find("download_access_token") != std::string::npos;
    p_.library.open(*row, [this, token, answer = std::move(answer)](auto opened) mutable {
      if (!opened) return answer(opened.error());
      MeetingRecording view = view_of(*opened, p_.library);
      if (!token) return answer(view);
      p_.library.make_token(opened->row, store::TokenKind::program, p_.library.token_time(),
                            [view = std::move(view), answer = std::move(answer)](auto made) mutable {
                              if (!made) return answer(made.error());
                              view.download_access_token = std::move(*made);
                              answer(view);
                            });
    });
  }
  void delete_meeting(Call<MeetingPath> call, Answer<None> answer) {
    const std::string action = call.query.action.value_or("trash");
    if (action != "trash" && action != "delete") return answer(wrong_action());
    auto rows = std::make_shared<Rows>();
    for (const Row& row : call.subject.as<Rows>()) {
      if (action == "delete" || !row.trashed_at) rows->push_back(row);
    }
    if (rows->empty()) return answer(no_recording());
    each(
        rows, 0,
        [this, action](const Row& row, Done<void> done) {
          action == "trash" ? p_.library.trash(row, std::move(done)) : p_.library.destroy(row, std::move(done));
        },
        std::move(answer));
  }
  void delete_file(Call<MeetingFilePath> call, Answer<None> answer) {
    const std::string action = call.query.action.value_or("trash");
    if (action != "trash" && action != "delete") return answer(wrong_action());
    with_file(std::move(call), std::move(answer), [this, action](const Row& row, const auto& file, Answer<None> then) {
      if (action == "delete") return p_.library.destroy_file(row, file, std::move(then).done());
      p_.library.trash_file(row, file, std::move(then).done());
    });
  }
  void set_file_status(Call<MeetingFilePath, StatusAction> call, Answer<None> answer) {
    if (call.body.action != "recover") return answer(wrong_action());
    with_file(std::move(call), std::move(answer), [this](const Row&, const auto& file, Answer<None> then) {
      p_.library.restore_file(file, std::move(then).done());
    });
  }
  /// Calls `go` with the file and its recording when it is one of this meeting.
  template <class FileCall, class Go>
  void with_file(FileCall call, Answer<None> answer, Go go) {
    p_.library.store().file(call.query.file_id, [rows = call.subject.template as<Rows>(), answer = std::move(answer),
                                                 go = std::move(go)](auto file) mutable {
      if (!file) return answer(api::from_store(file.error()));
      const auto row = std::ranges::find_if(rows, [&](const Row& r) { return *file && r.id == (*file)->recording_id; });
      if (row == rows.end()) return answer(no_recording());
      go(*row, **file, std::move(answer));
    });
  }
  void set_status(Call<MeetingPath, StatusAction> call, Answer<None> answer) {
    if (call.body.action != "recover") return answer(wrong_action());
    auto rows = std::make_shared<Rows>();
    for (const Row& row : call.subject.as<Rows>()) {
      if (row.trashed_at) rows->push_back(row);
    }
    if (rows->empty()) return answer(no_recording());
    each(
        rows, 0, [this](const Row& row, Done<void> done) { p_.library.restore(row, std::move(done)); },
        std::move(answer));
  }
  void get_settings(Call<MeetingPath> call, Answer<RecordingSettings> answer) {
    const Row* row = newest(call.subject, false);
    if (row == nullptr) return answer(no_recording());
    p_.library.open(*row, std::move(answer).from([](const OpenedRecording& opened) {
      RecordingSettings view;
      view.share_recording = opened.row.share == store::ShareState::link ? "publicly" : "none";
      view.viewer_download = opened.row.viewer_download;
      view.password = opened.share_passcode.value_or("");
      view.topic = opened.topic;
      return view;
    }));
  }
  void change_settings(Call<MeetingPath, ChangeSettings> call, Answer<None> answer) {
    const Row* row = newest(call.subject, false);
    if (row == nullptr) return answer(no_recording());
    const ChangeSettings& wish = call.body;
    const bool shared = wish.share_recording ? *wish.share_recording != "none" : row->share == store::ShareState::link;
    if (wish.share_recording && *wish.share_recording != "none" && *wish.share_recording != "publicly") {
      return answer(api::wrong_field("share_recording", "It can be \"publicly\" or \"none\"."));
    }
    if (wish.recording_authentication.value_or(false)) {
      return answer(api::wrong_field("recording_authentication",
                                     "Viewers cannot be asked to sign in here; a passcode can be asked for."));
    }
    if (!shared && !wish.viewer_download && !wish.password) return p_.library.unshare(*row, std::move(answer).done());
    if (!shared && wish.share_recording) return p_.library.unshare(*row, std::move(answer).done());
    const ShareWish how{wish.password, row->share_until, wish.viewer_download.value_or(row->viewer_download)};
    if_shareable(*row, std::move(answer),
                 [this, row = *row, how](Answer<None> a) { p_.library.share(row, how, std::move(a).done()); });
  }

  // ---- of a user (row 36)
  void list_user(Call<UserPath> call, Answer<RecordingList> answer) {
    const auto window = api::window_of(call.query.page);
    if (!window) return answer(window.error());
    const auto day = [](const std::optional<std::string>& text, UnixMicros otherwise) -> std::optional<UnixMicros> {
      return text ? api::parse_time(*text) : std::optional{otherwise};
    };
    constexpr std::int64_t one_day = 86'400'000'000;
    const auto now = static_cast<std::int64_t>(p_.library.clock().now());
    const auto from = day(call.query.from, UnixMicros{now - 30 * one_day});
    auto to = day(call.query.to, UnixMicros{now + 1});  // exclusive
    if (!from) return answer(api::wrong_field("from", "It is a day like 2026-11-28."));
    if (!to) return answer(api::wrong_field("to", "It is a day like 2026-11-28."));
    // The last day belongs to it.
    if (call.query.to && call.query.to->size() == 10) to = UnixMicros{static_cast<std::int64_t>(*to) + one_day};
    RecordingList list;
    list.from = api::day_of(*from);
    list.to = call.query.to && call.query.to->size() == 10 ? *call.query.to : api::day_of(*to);
    read_page(call.subject.account_id, call.subject.id, *from, *to, call.query.trash.value_or(false), *window,
              [this, list = std::move(list), answer = std::move(answer)](auto found) mutable {
                if (!found) return answer(found.error());
                list.page = found->page;
                for (const auto& opened : found->opened) list.meetings.push_back(view_of(opened, p_.library));
                answer(list);
              });
  }
  void list_own(Call<OwnQuery> call, Answer<OwnList> answer) {
    const auto window = api::window_of(call.query.page);
    if (!window) return answer(window.error());
    read_page(call.caller.account_id, call.caller.user_id, UnixMicros{0}, UnixMicros{INT64_MAX},
              call.query.trash.value_or(false), *window, [this, answer = std::move(answer)](auto found) mutable {
                if (!found) return answer(found.error());
                OwnList list;
                list.page = found->page;
                for (const auto& opened : found->opened) list.recordings.push_back(own_view_of(opened, p_.library));
                answer(list);
              });
  }

  // ---- our own
  void get_own(Call<RecordingPath> call, Answer<Recording> answer) {
    p_.library.open(call.subject.as<Row>(), std::move(answer).from([this](const OpenedRecording& opened) {
      return own_view_of(opened, p_.library);
    }));
  }
  void change_own(Call<RecordingPath, Keep> call, Answer<None> answer) {
    const Row& row = call.subject.as<Row>();
    std::optional<UnixMicros> delete_at = row.delete_at;
    if (call.body.delete_at) {
      delete_at = call.body.delete_at->empty() ? std::nullopt : api::parse_time(*call.body.delete_at);
      if (!call.body.delete_at->empty() && !delete_at)
        return answer(api::wrong_field("delete_at", "It is a time like 2026-11-28T10:00:00Z, or empty."));
    }
    p_.library.keep(row, call.body.legal_hold.value_or(row.legal_hold), delete_at, std::move(answer).done());
  }
  void delete_own(Call<RecordingPath> call, Answer<None> answer) {
    const std::string action = call.query.action.value_or("trash");
    const Row& row = call.subject.as<Row>();
    if (action == "trash") return p_.library.trash(row, std::move(answer).done());
    if (action == "delete") return p_.library.destroy(row, std::move(answer).done());
    answer(wrong_action());
  }
  void restore_own(Call<RecordingPath> call, Answer<None> answer) {
    p_.library.restore(call.subject.as<Row>(), std::move(answer).done());
  }
  /// Calls `go` when the policies of the host allow links.
  template <class A, class Go>
  void if_shareable(const Row& row, A answer, Go go) {
    if (!p_.may_share) return go(std::move(answer));
    p_.may_share(row.account_id, row.host_id,
                 [answer = std::move(answer), go = std::move(go)](expected<bool, api::ApiError> may) mutable {
                   if (!may) return answer(may.error());
                   if (!*may)
                     return answer(api::ApiError{403, "Your organisation does not share recordings by links."});
                   go(std::move(answer));
                 });
  }
  void share_own(Call<RecordingPath, Share> call, Answer<Recording> answer) {
    const Row& row = call.subject.as<Row>();
    ShareWish wish{call.body.passcode, row.share_until, call.body.viewer_download.value_or(row.viewer_download)};
    if (call.body.expires_in_hours) {
      const std::int64_t after = std::int64_t{*call.body.expires_in_hours} * 3'600'000'000;
      wish.until = UnixMicros{static_cast<std::int64_t>(p_.library.clock().now()) + after};
    }
    if_shareable(row, std::move(answer), [this, row, wish](Answer<Recording> a) {
      p_.library.share(row, wish, std::move(a).from([this](const OpenedRecording& opened) {
        return own_view_of(opened, p_.library);
      }));
    });
  }
  void unshare_own(Call<RecordingPath> call, Answer<None> answer) {
    p_.library.unshare(call.subject.as<Row>(), std::move(answer).done());
  }

  // ---- by link
  void open_share(Call<SharePath, OpenShare> call, Answer<Shared> answer) {
    p_.library.open_shared(call.query.share_token, call.body.passcode, call.caller.source,
                           [this, answer = std::move(answer)](auto opened) mutable {
                             if (!opened) return answer(opened.error());
                             Shared view;
                             view.topic = opened->topic;
                             view.start_time = api::rfc3339(opened->row.started_at);
                             view.duration = static_cast<std::uint32_t>((opened->row.duration_ms + 59'999) / 60'000);
                             view.download = opened->row.viewer_download;
                             for (const auto& file : opened->files) {
                               if (!is_composed(file.row.kind)) continue;
                               view.files.push_back(view_of(*opened, file, p_.library));
                               if (!view.download) view.files.back().download_url.clear();
                             }
                             // It holds for watching it now, not for passing it on; and no longer than the link.
                             p_.library.make_token(
                                 opened->row, store::TokenKind::viewer, p_.library.viewing_time(opened->row),
                                 [view = std::move(view), answer = std::move(answer)](auto token) mutable {
                                   if (!token) return answer(token.error());
                                   view.access_token = std::move(*token);
                                   answer(view);
                                 });
                           });
  }

  // ---- files
  void file(Call<FilePath> call, Answer<api::Http> answer, bool as_download) {
    const std::string id = call.query.file_id;  // the call moves on
    p_.library.store().file(id,
                            [this, call = std::move(call), answer = std::move(answer), as_download](auto file) mutable {
                              if (!file) return answer(api::from_store(file.error()));
                              if (!*file || (*file)->trashed_at) return answer(api::not_found());
                              may_read(std::move(call), std::move(**file), std::move(answer), as_download);
                            });
  }

  // ---- live (row 33)
  void live_event(Call<LivePath, LiveEvent> call, Answer<None> answer) {
    const auto& meeting = call.subject.as<RunningMeeting>();
    const std::string& method = call.body.method;
    if (method == "recording.start") {
      return p_.live.start(meeting, [answer = std::move(answer)](auto started) mutable {
        if (!started) return answer(started.error());
        answer.status(202);
        answer();
      });
    }
    if (method == "recording.stop") return p_.live.stop(meeting.meeting_id, std::move(answer).done());
    if (method == "recording.pause") return p_.live.pause(meeting.meeting_id, true, std::move(answer).done());
    if (method == "recording.resume") return p_.live.pause(meeting.meeting_id, false, std::move(answer).done());
    if (method == "participant.invite") return invite(meeting.meeting_id, call.body, std::move(answer));
    if (method == "waiting_room.update") return write_up(meeting.meeting_id, call.body, std::move(answer));
    if (method == "participant.invite.callout" || method == "participant.invite.room_system_callout") {
      return answer(api::ApiError{400,
                                  method + " is not enabled: this server calls neither telephones nor room systems.",
                                  {},
                                  std::nullopt,
                                  api::codes::not_enabled});
    }
    answer(api::wrong_field("method",
                            "Known are recording.start, recording.stop, recording.pause, recording.resume, "
                            "participant.invite and waiting_room.update."));
  }
  void write_up(const std::string& meeting_id, const LiveEvent& event, Answer<None> answer) {
    const auto params = event.params.value_or(LiveEventParams{});
    if (!params.waiting_room_title && !params.waiting_room_description)
      return answer(api::wrong_field("params", "It takes waiting_room_title, waiting_room_description or both."));
    if (!p_.waiting_room) return answer(api::not_found());
    p_.waiting_room(meeting_id, {params.waiting_room_title, params.waiting_room_description});
    answer();
  }
  void invite(const std::string& meeting_id, const LiveEvent& event, Answer<None> answer) {
    std::vector<std::string> addresses;
    if (event.params && event.params->contacts) {
      for (const LiveContact& contact : *event.params->contacts) addresses.push_back(contact.email);
    }
    if (addresses.empty()) return answer(api::wrong_field("params.contacts", "Whom? [{\"email\":\"..\"}]"));
    if (!p_.invite) return answer(api::not_found());
    p_.invite(meeting_id, std::move(addresses), [answer = std::move(answer)](auto done) mutable {
      if (!done) return answer(done.error());
      answer.status(202);
      answer();
    });
  }
  void live_status(Call<LivePath> call, Answer<LiveStatus> answer) {
    switch (p_.live.state(call.subject.as<RunningMeeting>().meeting_id)) {
      case LiveState::off:
        return answer(LiveStatus{"off"});
      case LiveState::starting:
        return answer(LiveStatus{"starting"});
      case LiveState::on:
        return answer(LiveStatus{"on"});
      case LiveState::paused:
        return answer(LiveStatus{"paused"});
    }
  }

  // ---- resolvers
  void resolve_meeting(const api::Caller& caller, const std::string& id, Done<std::optional<api::Subject>> done) {
    p_.library.store().of_meeting(caller.account_id, undo_encoding(id), [done = std::move(done)](auto rows) mutable {
      if (!rows) return done(unexpected(api::from_store(rows.error())));
      if (rows->empty()) return done(std::optional<api::Subject>{});
      api::Subject subject{rows->front().meeting_id, rows->front().account_id, rows->front().host_id, {}, {}};
      subject.object = std::move(*rows);
      done(std::optional{std::move(subject)});
    });
  }
  void resolve_user(const api::Caller& caller, const std::string& id, Done<std::optional<api::Subject>> done) {
    const std::string who = id == "me" ? caller.user_id : undo_encoding(id);
    p_.library.store().host(who, [done = std::move(done)](auto host) mutable {
      if (!host) return done(unexpected(api::from_store(host.error())));
      if (!*host) return done(std::optional<api::Subject>{});
      done(std::optional{api::Subject{(*host)->id, (*host)->account_id, (*host)->id, {}, {}}});
    });
  }
  void resolve_recording(const std::string& id, Done<std::optional<api::Subject>> done) {
    p_.library.store().find(id, [done = std::move(done)](auto row) mutable {
      if (!row) return done(unexpected(api::from_store(row.error())));
      if (!*row) return done(std::optional<api::Subject>{});
      api::Subject subject{(*row)->id, (*row)->account_id, (*row)->host_id, {}, {}};
      subject.object = std::move(**row);
      done(std::optional{std::move(subject)});
    });
  }
  void resolve_live(const std::string& id, Done<std::optional<api::Subject>> done) {
    const auto running = p_.running(undo_encoding(id));
    if (!running) return done(std::optional<api::Subject>{});
    done(std::optional{api::Subject{running->meeting_id, running->account_id, running->host_id, {}, *running}});
  }

  [[nodiscard]] Library& library() noexcept { return p_.library; }

 private:
  struct PageOf {
    api::Page page;
    std::vector<OpenedRecording> opened;
  };

  static const Row* newest(const api::Subject& subject, bool trashed) {
    for (const Row& row : subject.as<Rows>()) {
      if (row.trashed_at.has_value() == trashed) return &row;
    }
    return nullptr;
  }

  void read_page(const std::string& account, const std::string& host, UnixMicros from, UnixMicros to, bool trashed,
                 api::Window window, Done<PageOf> done) {
    auto& store = p_.library.store();
    store.count_of_host(
        account, host, from, to, trashed,
        [this, &store, account, host, from, to, trashed, window, done = std::move(done)](auto count) mutable {
          if (!count) return done(unexpected(api::from_store(count.error())));
          store.of_host(account, host, from, to, trashed, window.limit, window.offset,
                        [this, page = window.page(*count), done = std::move(done)](auto rows) mutable {
                          if (!rows) return done(unexpected(api::from_store(rows.error())));
                          p_.library.open_all(std::move(*rows), [page, done = std::move(done)](auto opened) mutable {
                            if (!opened) return done(unexpected(opened.error()));
                            done(PageOf{page, std::move(*opened)});
                          });
                        });
        });
  }

  /// A program's token opens every file of its recording; a viewer's what the link shows, and as the link allows.
  static bool reaches(const store::TokenHolder& holder, const store::RecordingFile& file, bool as_download) {
    if (holder.recording.id != file.recording_id) return false;
    if (holder.kind == store::TokenKind::program) return true;
    return is_composed(file.kind) && (!as_download || holder.recording.viewer_download);
  }
  /// A person or an application with the right to it, or whoever has a token for its recording (trap 9).
  void may_read(Call<FilePath> call, store::RecordingFile file, Answer<api::Http> answer, bool as_download) {
    const std::string id = file.recording_id;
    p_.library.store().find(id, [this, call = std::move(call), file = std::move(file), answer = std::move(answer),
                                 as_download](auto row) mutable {
      if (!row) return answer(api::from_store(row.error()));
      if (!*row) return answer(api::not_found());
      const api::Caller& caller = call.caller;
      const bool known = caller.kind == api::CallerKind::user || caller.kind == api::CallerKind::application;
      const bool own = known && caller.account_id == (*row)->account_id && !(*row)->trashed_at &&
                       ((caller.is_user() && caller.user_id == (*row)->host_id) ||
                        caller.may(api::Permission::recordings_read, "cloud_recording:read:recording"));
      if (own) return serve(std::move(**row), file, call.http, as_download, std::move(answer));
      auto token = call.http.query_value("access_token");
      if (const auto bearer = call.http.bearer_token()) token = std::string{*bearer};
      if (!token) return answer(api::not_found());
      p_.library.store().by_token(api::token_hash(*token), p_.library.clock().now(),
                                  [this, file = std::move(file), http = std::move(call.http),
                                   answer = std::move(answer), as_download](auto found) mutable {
                                    if (!found) return answer(api::from_store(found.error()));
                                    if (!*found || !reaches(**found, file, as_download))
                                      return answer(api::not_found());
                                    serve(std::move((*found)->recording), file, http, as_download, std::move(answer));
                                  });
    });
  }
  void serve(Row row, const store::RecordingFile& file, const io::HttpRequest& http, bool as_download,
             Answer<api::Http> answer) {
    p_.library.serve(row, file, http, as_download,
                     [answer = std::move(answer)](io::HttpResponse response) mutable { answer(std::move(response)); });
  }

  EndpointParts p_;
};

}  // namespace sealhall::recordings::handlers
