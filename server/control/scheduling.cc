// Tested in scheduling_test.cc
#include "server/control/scheduling.h"

#include "io/log/log.h"
#include "server/api/registry.h"

namespace sealhall::control {

Scheduling::Scheduling(Parts parts)
    : rows_(parts.engine),
      assistants_(parts.engine),
      profiles_(parts.engine),
      people_(parts.store),
      service_({.store = rows_,
                .people = people_,
                .vault = parts.vault,
                .events = parts.events,
                .mailer = parts.mailer != nullptr ? *parts.mailer : no_mail_,
                .clock = parts.clock,
                .random = parts.random,
                .public_url = std::move(parts.public_url),
                .running = std::move(parts.running),
                .end_running = std::move(parts.end_running),
                .starter = std::move(parts.starter),
                .policies_of =
                    [accounts = parts.accounts](const std::string& account, const std::string& user,
                                                api::Done<MeetingPolicies> done) {
                      if (accounts == nullptr) return done(MeetingPolicies{});
                      accounts->meeting_policies_of(account, user, std::move(done));
                    },
                .assists =
                    [this](const std::string& assistant, const std::string& owner, api::Done<bool> done) {
                      assistants_.assists(assistant, owner, [done = std::move(done)](auto yes) mutable {
                        if (!yes) return done(unexpected(api::from_store(yes.error())));
                        done(*yes);
                      });
                    },
                .required_fields =
                    [this](const std::string& account, api::Done<std::vector<std::string>> done) {
                      profiles_.fields(account, [done = std::move(done)](auto fields) mutable {
                        if (!fields) return done(unexpected(api::from_store(fields.error())));
                        std::vector<std::string> names;
                        for (const store::TrackingField& f : *fields) {
                          if (f.required) names.push_back(f.field);
                        }
                        done(std::move(names));
                      });
                    },
                .organisation = std::move(parts.organisation)}) {}

void Scheduling::seal_old() {
  service_.seal_old([this](auto sealed) {
    if (!sealed) {
      io::log::warning("meetings of an earlier version are not sealed yet", {{"reason", sealed.error().message}});
    } else if (*sealed > 0) {
      io::log::info("meetings of an earlier version were sealed", {{"meetings", *sealed}});
      seal_old();
    }
  });
}

}  // namespace sealhall::control
