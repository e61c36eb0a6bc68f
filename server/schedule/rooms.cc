// Tested in service_test.cc
// Breakout rooms that were planned with a meeting: the addresses in the plan become people whom the meeting knows.
#include "server/schedule/choice.h"
#include "server/schedule/service.h"

namespace sealhall::schedule {

/// One address after the other; a plan has at most `most_planned`.
struct Service::RoomFinder {
  Service& service;
  Meeting meeting;
  std::vector<std::pair<std::size_t, std::string>> wanted;  ///< room and address, the next one last
  std::vector<store::Meeting::PlannedRoom> rooms;
  api::Done<std::vector<store::Meeting::PlannedRoom>> done;

  static void next(const std::shared_ptr<RoomFinder>& self) {
    if (self->wanted.empty()) return self->done(std::move(self->rooms));
    const auto [room, address] = std::move(self->wanted.back());
    self->wanted.pop_back();
    self->service.parts_.people.by_email(self->meeting.row.account_id, address,
                                         [self, room, address](auto person) mutable {
                                           if (!person) return self->done(unexpected(person.error()));
                                           if (*person) self->rooms[room].people.push_back((*person)->id);
                                           if (!self->meeting.wants_registration()) return next(self);
                                           find_registration(self, room, registration_keys(self->meeting, address));
                                         });
  }
  /// Guests who registered with that address.
  static void find_registration(const std::shared_ptr<RoomFinder>& self, std::size_t room,
                                std::vector<std::string> keys) {
    if (keys.empty()) return next(self);
    const std::string key = std::move(keys.back());
    keys.pop_back();
    self->service.parts_.store.registrant_by_email(self->meeting.row.id, key,
                                                   [self, room, keys = std::move(keys)](auto row) mutable {
                                                     if (!row)
                                                       return self->done(unexpected(api::from_store(row.error())));
                                                     if (*row) self->rooms[room].people.push_back((*row)->id);
                                                     find_registration(self, room, std::move(keys));
                                                   });
  }
};

void Service::planned_rooms(const Meeting& meeting, const shapes::Settings& settings,
                            api::Done<std::vector<store::Meeting::PlannedRoom>> done) {
  const auto& plan = settings.breakout_room;
  if (!plan || !plan->enable.value_or(false) || !plan->rooms) return done(std::vector<store::Meeting::PlannedRoom>{});
  auto finder = std::make_shared<RoomFinder>(RoomFinder{*this, meeting, {}, {}, std::move(done)});
  for (const shapes::BreakoutRoom& room : *plan->rooms) {
    for (const std::string& address : room.participants.value_or(std::vector<std::string>{}))
      finder->wanted.emplace_back(finder->rooms.size(), address);
    finder->rooms.push_back({room.name, {}});
  }
  RoomFinder::next(finder);
}

}  // namespace sealhall::schedule
