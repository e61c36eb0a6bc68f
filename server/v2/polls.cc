// Tested in server/control/v2_polls_test.cc
#include "server/v2/polls.h"

#include <algorithm>
#include <utility>

#include "io/log/log.h"
#include "server/api/tokens.h"
#include "server/schedule/sealing.h"

namespace sealhall::v2 {
namespace {

constexpr std::size_t most_polls = 50;  // of a meeting; hosts can make others in it
constexpr std::size_t large_body = 256U << 10;

vault::SealContext context_of(const std::string& account_id, const std::string& meeting_id, const std::string& id) {
  return {account_id, "meeting", meeting_id + "/poll/" + id, "body"};
}

expected<PollView, api::ApiError> view_of(PollBody body) {
  if (body.poll_type.value_or(1) != 1) return unexpected(api::wrong_field("poll_type", "1: a poll."));
  if (!body.title) return unexpected(api::wrong_field("title", "This is needed."));
  PollView out;
  out.title = std::move(*body.title);
  out.anonymous = body.anonymous.value_or(false);
  for (std::size_t i = 0; i < body.questions.size(); ++i) {
    PollQuestionBody& q = body.questions[i];
    const std::string at = "questions." + std::to_string(i);
    if (!q.type) q.type = "single";
    if (*q.type != "single" && *q.type != "multiple") {
      return unexpected(api::wrong_field(at + ".type", "single or multiple."));
    }
    constexpr std::size_t longest = 200;
    for (const std::string& a : q.answers) {
      if (a.empty() || a.size() > longest) {
        return unexpected(api::wrong_field(at + ".answers", "Each 1 to 200 bytes."));
      }
    }
  }
  out.questions = std::move(body.questions);
  return out;
}

wire::PollRecord draft_of(std::int64_t number, const PollView& view) {
  wire::PollRecord out;
  out.poll.poll = static_cast<std::uint64_t>(number);
  out.poll.title = view.title;
  out.poll.anonymous = view.anonymous;
  for (const PollQuestionBody& q : view.questions) {
    out.poll.questions.push_back({q.name, q.type == "multiple", q.answers});
  }
  return out;
}

api::ApiError no_poll() { return {404, "There is no such poll.", {}, std::nullopt, api::codes::no_meeting}; }

}  // namespace

struct Polls::Saving {
  api::Subject meeting;
  std::vector<PollView> left;  ///< the next at the end
  BatchPollList made;
  api::Done<BatchPollList> done;
};

Polls::Polls(api::Registry& registry, Parts parts) : parts_(parts), history_(parts.engine) {
  using api::Access;
  using api::Answer;
  using api::Call;
  using enum api::Permission;
  constexpr std::string_view tag = "Polls";
  registry.add({"GET", "/v2/meetings/{meeting_id}/polls", tag, "List polls that were prepared",
                Access::owner("meeting_id", meetings_read, "meeting:read:list_polls")},
               [this](Call<PollsPath> call, Answer<PollList> answer) {
                 all(call.subject.account_id, call.subject.id, std::move(answer).from([](std::vector<Opened> polls) {
                   PollList list{polls.size(), {}};
                   for (Opened& p : polls) list.polls.push_back(std::move(p.view));
                   return list;
                 }));
               });
  registry.add(
      {.method = "POST",
       .path = "/v2/meetings/{meeting_id}/polls",
       .tag = tag,
       .summary = "Prepare a poll",
       .access = Access::owner("meeting_id", meetings_write, "meeting:write:poll"),
       .status = 201,
       .body_limit = large_body,
       .description = "It is a draft for the hosts the next time that the meeting begins. What people voted is "
                      "under past_meetings afterwards."},
      [this](Call<PollsPath, PollBody> call, Answer<PollView> answer) {
        auto view = view_of(std::move(call.body));
        if (!view) return answer(view.error());
        save(call.subject, std::move(*view), true, std::move(answer).from([](PollView v) { return v; }));
      });
  registry.add({"POST", "/v2/meetings/{meeting_id}/batch_polls", tag, "Prepare several polls",
                Access::owner("meeting_id", meetings_write, "meeting:write:batch_polls"), 201, large_body},
               [this](Call<PollsPath, BatchPollBody> call, Answer<BatchPollList> answer) {
                 auto saving = std::make_shared<Saving>();
                 saving->meeting = call.subject;
                 for (PollBody& body : call.body.polls) {
                   auto view = view_of(std::move(body));
                   if (!view) return answer(view.error());
                   saving->left.push_back(std::move(*view));
                 }
                 std::ranges::reverse(saving->left);
                 saving->done = std::move(answer).from([](BatchPollList list) { return list; });
                 save_next(std::move(saving));
               });
  registry.add({"GET", "/v2/meetings/{meeting_id}/polls/{poll_id}", tag, "Get a poll that was prepared",
                Access::owner("meeting_id", meetings_read, "meeting:read:poll")},
               [this](Call<PollPath> call, Answer<PollView> answer) {
                 all(call.subject.account_id, call.subject.id,
                     std::move(answer).from(
                         [id = call.query.poll_id](std::vector<Opened> polls) -> expected<PollView, api::ApiError> {
                           for (Opened& p : polls) {
                             if (p.view.id == id) return std::move(p.view);
                           }
                           return unexpected(no_poll());
                         }));
               });
  registry.add({"PUT", "/v2/meetings/{meeting_id}/polls/{poll_id}", tag, "Change a poll that was prepared",
                Access::owner("meeting_id", meetings_write, "meeting:update:poll"), 204, large_body},
               [this](Call<PollPath, PollBody> call, Answer<> answer) {
                 auto view = view_of(std::move(call.body));
                 if (!view) return answer(view.error());
                 view->id = call.query.poll_id;
                 save(call.subject, std::move(*view), false, std::move(answer).done());
               });
  registry.add({"DELETE", "/v2/meetings/{meeting_id}/polls/{poll_id}", tag, "Delete a poll that was prepared",
                Access::owner("meeting_id", meetings_write, "meeting:delete:poll")},
               [this](Call<PollPath> call, Answer<> answer) {
                 history_.remove_poll(call.subject.id, call.query.poll_id,
                                      [answer = std::move(answer)](auto done) mutable {
                                        if (!done && done.error() == store::StoreError::not_found)
                                          return answer(no_poll());
                                        if (!done) return answer(api::from_store(done.error()));
                                        answer();
                                      });
               });
}

void Polls::all(const std::string& account_id, const std::string& meeting_id, api::Done<std::vector<Opened>> done) {
  history_.polls(meeting_id, [this, account_id, meeting_id, done = std::move(done)](auto rows) mutable {
    if (!rows) return done(unexpected(api::from_store(rows.error())));
    std::vector<vault::SealedItem> items;
    for (const store::History::Poll& row : *rows) {
      items.push_back({context_of(account_id, meeting_id, row.id), row.body_sealed});
    }
    parts_.vault.open_all(std::move(items), [rows = std::move(*rows), done = std::move(done)](auto opened) mutable {
      std::vector<Opened> out;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (!opened[i] && opened[i].error() == vault::VaultError::unavailable) {
          return done(unexpected(schedule::from_vault(opened[i].error())));
        }
        auto view = opened[i] ? api::from_json<PollView>(as_text(*opened[i])) : unexpected(no_poll());
        if (!view) continue;  // shredded
        view->id = rows[i].id;
        out.push_back({rows[i].number, std::move(*view)});
      }
      done(std::move(out));
    });
  });
}

void Polls::save(const api::Subject& meeting, PollView poll, bool is_new, api::Done<PollView> done) {
  history_.polls(meeting.id, [this, account = meeting.account_id, meeting_id = meeting.id, poll = std::move(poll),
                              is_new, done = std::move(done)](auto rows) mutable {
    if (!rows) return done(unexpected(api::from_store(rows.error())));
    if (is_new && rows->size() >= most_polls) {
      return done(unexpected(api::ApiError{400, "A meeting has at most 50 prepared polls."}));
    }
    if (is_new) poll.id = api::random_text(parts_.random, 16);
    const std::string json = api::to_json(poll);
    const std::string id = poll.id;
    parts_.vault.seal(context_of(account, meeting_id, id), "meeting/" + meeting_id, Bytes(json.begin(), json.end()),
                      [this, meeting_id, poll = std::move(poll), is_new, done = std::move(done)](auto sealed) mutable {
                        if (!sealed) return done(unexpected(schedule::from_vault(sealed.error())));
                        store::History::Poll row{poll.id, meeting_id, 0, std::move(*sealed)};
                        auto stored = [poll = std::move(poll), done = std::move(done)](auto written) mutable {
                          if (!written && written.error() == store::StoreError::not_found) {
                            return done(unexpected(no_poll()));
                          }
                          if (!written) return done(unexpected(api::from_store(written.error())));
                          done(std::move(poll));
                        };
                        if (is_new) return history_.add_poll(std::move(row), std::move(stored));
                        history_.change_poll(std::move(row), std::move(stored));
                      });
  });
}

void Polls::save_next(std::shared_ptr<Saving> saving) {
  if (saving->left.empty()) return saving->done(std::move(saving->made));
  PollView next = std::move(saving->left.back());
  saving->left.pop_back();
  const api::Subject& meeting = saving->meeting;
  save(meeting, std::move(next), true, [this, saving](auto made) {
    if (!made) return saving->done(unexpected(made.error()));
    saving->made.polls.push_back(std::move(*made));
    save_next(saving);
  });
}

void Polls::prepared(const std::string& account_id, const std::string& meeting_id,
                     std::function<void(std::vector<wire::PollRecord>)> done) {
  all(account_id, meeting_id, [done = std::move(done)](auto polls) {
    std::vector<wire::PollRecord> out;
    if (!polls) io::log::warning("prepared polls cannot be read", {{"reason", polls.error().message}});
    if (polls) {
      for (const Opened& p : *polls) out.push_back(draft_of(p.number, p.view));
    }
    done(std::move(out));
  });
}

}  // namespace sealhall::v2
