// Tested in service_test.cc
// Saved ways to make meetings: what a meeting says of itself, without its passcode, its link and its times.
#include "server/api/tokens.h"
#include "server/schedule/content.h"
#include "server/schedule/service.h"

namespace sealhall::schedule {
namespace {

/// Where a template's content is sealed, beside those of meetings.
std::string place_of(const std::string& id) { return "template/" + id; }

}  // namespace

void Service::open_template(std::string account_id, std::string owner_id, std::string id,
                            api::Done<shapes::TemplateDetails> done) {
  parts_.store.find_template(
      std::move(owner_id), id,
      [this, account_id = std::move(account_id), id, done = std::move(done)](auto saved) mutable {
        if (!saved) return done(unexpected(api::from_store(saved.error())));
        if (!*saved) return done(unexpected(api::ApiError{404, "There is no such template."}));
        sealing_.open(account_id, place_of(id), "details", std::move((*saved)->details_sealed),
                      [done = std::move(done)](auto json) mutable {
                        if (!json) return done(unexpected(json.error()));
                        done(api::from_json<shapes::TemplateDetails>(*json));
                      });
      });
}

void Service::start_from_template(Meeting meeting, std::string template_id, api::Done<Meeting> done) {
  if (template_id.empty()) return done(std::move(meeting));
  const std::string owner = meeting.row.owner_id;
  const std::string account = meeting.row.account_id;
  open_template(account, owner, std::move(template_id),
                [meeting = std::move(meeting), done = std::move(done)](auto saved) mutable {
                  if (!saved && saved.error().status == 404)
                    return done(unexpected(api::wrong_field("template_id", "There is no such template.")));
                  if (!saved) return done(unexpected(saved.error()));
                  const std::string secret = meeting.details.link_secret;
                  meeting.details = std::move(saved->details);
                  meeting.details.link_secret = secret;
                  meeting.details.topic.clear();
                  meeting.row.duration = saved->duration;
                  done(std::move(meeting));
                });
}

void Service::template_content(const Actor& actor, std::string id, api::Done<TemplateContent> done) {
  open_template(actor.account_id, actor.user_id, id, [id, done = std::move(done)](auto saved) mutable {
    if (!saved) return done(unexpected(saved.error()));
    saved->details.settings = with_defaults(std::move(saved->details.settings));
    done(TemplateContent{std::move(id), std::move(*saved)});
  });
}

void Service::remove_template(const Actor& actor, std::string id, api::Done<void> done) {
  const std::string account = actor.account_id;
  parts_.store.find_template(
      actor.user_id, id, [this, account, owner = actor.user_id, id, done = std::move(done)](auto saved) mutable {
        if (!saved) return done(unexpected(api::from_store(saved.error())));
        if (!*saved) return done(unexpected(api::ApiError{404, "There is no such template."}));
        // The key first: a row that is left over can be removed again, a key that is left over is never looked for.
        parts_.vault.shred(account, "meeting/" + place_of(id),
                           [this, owner, id, done = std::move(done)](auto shredded) mutable {
                             if (!shredded) return done(unexpected(from_vault(shredded.error())));
                             parts_.store.remove_template(owner, id, [done = std::move(done)](auto removed) mutable {
                               if (!removed) return done(unexpected(api::from_store(removed.error())));
                               done({});
                             });
                           });
      });
}

void Service::save_template(Actor actor, std::string meeting_id, std::string name, bool with_recurrence,
                            api::Done<TemplateEntry> done) {
  load(std::move(meeting_id),
       [this, actor, name = std::move(name), with_recurrence, done = std::move(done)](auto meeting) mutable {
         if (!meeting) return done(unexpected(meeting.error()));
         if (meeting->row.account_id != actor.account_id) return done(unexpected(no_meeting(meeting->row.id)));
         shapes::TemplateDetails details{name, meeting->details, static_cast<std::uint32_t>(meeting->row.type),
                                         meeting->row.duration};
         details.details.passcode.reset();
         details.details.link_secret.clear();
         details.details.live_stream.reset();  // one key, one meeting at a time
         if (!with_recurrence) details.details.recurrence.reset();
         store::MeetingTemplate row{
             api::random_text(parts_.random, 16), actor.account_id, meeting->row.owner_id, parts_.clock.now(), {}};
         const TemplateEntry entry{row.id, name, details.type};
         const std::string account = row.account_id;
         const std::string place = "template/" + row.id;
         sealing_.seal(account, place, "details", api::to_json(details),
                       [this, row = std::move(row), entry, done = std::move(done)](auto sealed) mutable {
                         if (!sealed) return done(unexpected(sealed.error()));
                         row.details_sealed = std::move(*sealed);
                         parts_.store.add_template(std::move(row), [entry, done = std::move(done)](auto added) mutable {
                           if (!added) return done(unexpected(api::from_store(added.error())));
                           done(entry);
                         });
                       });
       });
}

void Service::templates(std::string account_id, std::string owner_id, api::Done<std::vector<TemplateEntry>> done) {
  parts_.store.templates(std::move(owner_id), [this, account_id, done = std::move(done)](auto rows) mutable {
    if (!rows) return done(unexpected(api::from_store(rows.error())));
    std::vector<vault::SealedItem> items;
    std::vector<TemplateEntry> entries;
    for (store::MeetingTemplate& row : *rows) {
      entries.push_back({row.id, "", 2});
      items.push_back({{account_id, "meeting", "template/" + row.id, "details"}, std::move(row.details_sealed)});
    }
    parts_.vault.open_all(std::move(items),
                          [entries = std::move(entries), done = std::move(done)](auto opened) mutable {
                            std::vector<TemplateEntry> out;
                            for (std::size_t i = 0; i < opened.size(); ++i) {
                              if (!opened[i]) continue;
                              const auto details = api::from_json<shapes::TemplateDetails>(as_text(*opened[i]));
                              if (!details) continue;
                              entries[i].name = details->name;
                              entries[i].type = details->type;
                              out.push_back(std::move(entries[i]));
                            }
                            done(std::move(out));
                          });
  });
}

}  // namespace sealhall::schedule
