// The house as learning platforms use it (server/bbb): their meetings are meetings of ours.
#pragma once

#include <functional>
#include <string>

#include "io/net/clock.h"
#include "server/bbb/house.h"
#include "server/bbb/service.h"
#include "server/control/live_meetings.h"
#include "server/recording/library.h"
#include "server/schedule/service.h"
#include "store/store.h"

namespace sealhall::control {

class PlatformRooms final : public bbb::House {
 public:
  struct Parts {
    store::Store& store;
    schedule::Service& schedule;
    LiveMeetings& meetings;
    recordings::Library& library;
    const io::WallClock& clock;
    /// Whether a host's recordings may be shared by a link.
    std::function<void(const std::string& account_id, const std::string& host_id, api::Done<bool>)> may_share;
  };
  explicit PlatformRooms(const Parts& parts) : parts_(parts) {}

  void make_room(bbb::RoomWanted wanted, bbb::HouseDone<std::string> done) override;
  void end_room(const std::string& account_id, const std::string& room_id, bbb::HouseDone<void> done) override;
  [[nodiscard]] bbb::RoomNow now(const std::string& room_id) const override;
  void link(bbb::RoomPass pass, bbb::HouseDone<std::string> done) override;
  void recordings(const std::string& account_id, std::vector<std::string> room_ids,
                  bbb::HouseDone<std::vector<bbb::RoomRecording>> done) override;
  void show_recording(const std::string& account_id, const std::string& recording_id, bool shown,
                      bbb::HouseDone<std::string> done) override;
  void delete_recording(const std::string& account_id, const std::string& recording_id,
                        bbb::HouseDone<void> done) override;

 private:
  /// One of the account that is not in the trash. Error: not_found.
  void find(const std::string& account_id, const std::string& recording_id, bbb::HouseDone<store::Recording> done);
  Parts parts_;
};

/// The limits of the platform count where they are narrower than what the policies say.
void obey(const bbb::BbbService::Limits& limits, meeting::Settings& settings);

}  // namespace sealhall::control
