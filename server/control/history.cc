// Tested in history_test.cc
// What was held, within control: where the keeper learns about a meeting, and where reports read what was said.
#include <utility>

#include "server/control/control.h"

namespace sealhall::control {

void Control::describe(const std::string& meeting_id, std::function<void(std::optional<v2::RunContent>)> done) {
  scheduling_->service().load(meeting_id, [done = std::move(done)](auto meeting) {
    if (!meeting) return done(std::nullopt);
    v2::RunContent content;
    content.topic = meeting->details.topic;
    content.timezone = meeting->row.timezone;
    content.type = static_cast<std::uint32_t>(meeting->row.type);
    for (const auto& f : meeting->details.tracking_fields) {
      content.tracking_fields.push_back({f.field, f.value.value_or("")});
    }
    done(std::move(content));
  });
}

void Control::add_v2_past() {
  v2_past_ = std::make_unique<v2::Past>(
      *registry_, v2::Past::Parts{.engine = *engine_,
                                  .vault = vault(),
                                  .clock = clock_,
                                  .records = [this](const std::string& account, const std::string& log, auto done) {
                                    keeper_->records(account, log, std::move(done));
                                  }});
  v2_settings_ =
      std::make_unique<v2::Settings>(*registry_, v2::Settings::Parts{*engine_, people_->accounts(), clock_, random_});
  v2_polls_ = std::make_unique<v2::Polls>(*registry_, v2::Polls::Parts{*engine_, vault(), random_});
  keeper_->use([this](const std::string& account, const std::string& meeting, auto done) {
    v2_polls_->prepared(account, meeting, std::move(done));
  });
}

}  // namespace sealhall::control
