// Tested in server/control/v2_people_test.cc
#include <algorithm>
#include <utility>

#include "server/v2/people.h"

namespace sealhall::v2 {
namespace {

std::string lines(const std::vector<std::string>& values) {
  std::string out;
  for (std::string value : values) {
    std::ranges::replace(value, '\n', ' ');
    out += (out.empty() ? "" : "\n") + value;
  }
  return out;
}

TrackingField view_of(const store::TrackingField& f) {
  TrackingField out{f.id, f.field, f.required, f.visible, {}};
  std::string_view rest = f.recommended_values;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    out.recommended_values.emplace_back(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  return out;
}

}  // namespace

void People::add_field_endpoints(api::Registry& registry) {
  using api::Access;
  using enum api::Permission;
  constexpr std::string_view tag = "Tracking fields";
  registry.resolve("field_id",
                   [this](const api::Caller&, std::string id, api::Done<std::optional<api::Subject>> done) {
                     profiles_.field(std::move(id), [done = std::move(done)](auto field) mutable {
                       if (!field) return done(unexpected(api::from_store(field.error())));
                       if (!*field) return done(std::optional<api::Subject>{});
                       done(api::Subject{(*field)->id, (*field)->account_id, "", {}, **field});
                     });
                   },
                   {404, "There is no such tracking field."});
  const auto list = [this](Call<> call, Answer<TrackingFieldList> answer) {
    profiles_.fields(call.caller.account_id,
                     std::move(answer).from([](const std::vector<store::TrackingField>& fields) {
                       TrackingFieldList found;
                       for (const auto& field : fields) found.tracking_fields.push_back(view_of(field));
                       found.total_records = fields.size();
                       return found;
                     }));
  };
  registry.add({"GET", "/v2/tracking_fields", tag, "List tracking fields",
                Access::permission(settings_read, "tracking_field:read:list_tracking_fields")},
               list);
  // Whoever plans a meeting has to know what is asked of them.
  registry.add({"GET", "/api/me/tracking-fields", tag, "What my organisation asks of every meeting that is planned",
                Access::signed_in()},
               list);
  registry.add({"POST", "/v2/tracking_fields", tag, "Create a tracking field",
                Access::permission(settings_write, "tracking_field:write:tracking_field"), 201},
               [this](Call<api::None, ChangeTrackingField> call, Answer<TrackingField> answer) {
                 const ChangeTrackingField& body = call.body;
                 if (!body.field) return answer(api::wrong_field("field", "This is needed."));
                 store::TrackingField field{new_id(),
                                            call.caller.account_id,
                                            *body.field,
                                            body.required.value_or(false),
                                            body.visible.value_or(true),
                                            lines(body.recommended_values.value_or(std::vector<std::string>{})),
                                            parts_.clock.now()};
                 profiles_.add_field(field, std::move(answer).from([this, caller = call.caller, field] {
                   log(caller, "add", "tracking field", field.id);
                   return view_of(field);
                 }));
               });
  registry.add({"GET", "/v2/tracking_fields/{field_id}", tag, "Get a tracking field",
                Access::owner("field_id", settings_read, "tracking_field:read:tracking_field")},
               [](Call<FieldPath> call, Answer<TrackingField> answer) {
                 answer(view_of(call.subject.as<store::TrackingField>()));
               });
  registry.add({"PATCH", "/v2/tracking_fields/{field_id}", tag, "Change a tracking field",
                Access::owner("field_id", settings_write, "tracking_field:update:tracking_field")},
               [this](Call<FieldPath, ChangeTrackingField> call, Answer<> answer) {
                 auto field = call.subject.as<store::TrackingField>();
                 const ChangeTrackingField& body = call.body;
                 if (body.field) field.field = *body.field;
                 if (body.required) field.required = *body.required;
                 if (body.visible) field.visible = *body.visible;
                 if (body.recommended_values) field.recommended_values = lines(*body.recommended_values);
                 profiles_.change_field(std::move(field), logged(call.caller, "change", "tracking field",
                                                                 call.subject.id, std::move(answer)));
               });
  registry.add({"DELETE", "/v2/tracking_fields/{field_id}", tag, "Delete a tracking field",
                Access::owner("field_id", settings_write, "tracking_field:delete:tracking_field")},
               [this](Call<FieldPath> call, Answer<> answer) {
                 profiles_.remove_field(
                     call.subject.account_id, call.subject.id,
                     logged(call.caller, "remove", "tracking field", call.subject.id, std::move(answer)));
               });
}

}  // namespace sealhall::v2
