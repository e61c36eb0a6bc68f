// The house as learning platforms use it (server/bbb): their meetings are meetings of ours.
#pragma once

#include <string>

#include "core/base/random.h"
#include "io/net/clock.h"
#include "server/bbb/house.h"
#include "server/control/live_meetings.h"
#include "store/store.h"

namespace sealhall::control {

class PlatformRooms final : public bbb::House {
 public:
  struct Parts {
    store::Store& store;
    LiveMeetings& meetings;
    const io::WallClock& clock;
    RandomSource& random;
    std::string public_url;  ///< without a slash at the end
  };
  explicit PlatformRooms(Parts parts) : parts_(std::move(parts)) {}

  void make_room(bbb::RoomWanted wanted, bbb::HouseDone<std::string> done) override;
  void end_room(const std::string& account_id, const std::string& room_id, bbb::HouseDone<void> done) override;
  [[nodiscard]] bbb::RoomNow now(const std::string& room_id) const override;
  void link(bbb::RoomPass pass, bbb::HouseDone<std::string> done) override;
  void recordings(const std::string& account_id, std::vector<std::string> room_ids,
                  bbb::HouseDone<std::vector<bbb::RoomRecording>> done) override;
  void delete_recording(const std::string& account_id, const std::string& recording_id,
                        bbb::HouseDone<void> done) override;

 private:
  Parts parts_;
};

}  // namespace sealhall::control
