// Recording in control: the recorder's and the composer's connections, and what meetings have to do with it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/control/accounts.h"
#include "server/control/live_meetings.h"
#include "server/control/peer.h"
#include "server/events.h"
#include "server/recording/house.h"

namespace sealhall::control {

class RecordingLink {
 public:
  struct Parts {
    io::Loop& loop;
    store::Engine& engine;
    vault::Vault& vault;
    EventBus& events;
    const io::WallClock& clock;
    RandomSource& random;
    LiveMeetings& meetings;
    Accounts& accounts;  ///< whose policies count
    store::Blobs& blobs;
  };
  struct Address {
    std::string data_directory;
    io::Endpoint listen;  ///< where we listen
    std::string ca_file;  ///< empty: the certificate is somebody else's and has the name in `public_url`
    std::string public_url;
    bool move_recordings = false;  ///< finished ones go from this disk into the blob store
  };
  RecordingLink(const Parts& parts, const Address& address);

  void add_endpoints(api::Registry& registry, recordings::Invite invite, recordings::WaitingRoom waiting_room) {
    house_->add_endpoints(registry, std::move(invite), std::move(waiting_room));
  }
  [[nodiscard]] recordings::LiveState state(const std::string& meeting_id) const {
    return house_->live().state(meeting_id);
  }
  [[nodiscard]] bool has_recorder() const noexcept { return recorder_ != nullptr; }
  [[nodiscard]] bool has_composer() const noexcept { return composer_ != nullptr; }
  [[nodiscard]] recordings::Library& library() noexcept { return house_->library(); }
  /// Whether the policies of that host let recordings be shared by a link.
  void may_share(const std::string& account, const std::string& host, recordings::Done<bool> done);
  [[nodiscard]] recordings::Archive& archive() noexcept { return house_->archive(); }
  void take_up() { house_->take_up(); }
  void recorder_came(std::shared_ptr<Peer> peer);
  void composer_came(std::shared_ptr<Peer> peer);

  /// A host in the meeting wants it; `refused` is called with a sentence when it cannot be.
  void asked(const std::string& meeting_id, wire::HostAction action,
             std::move_only_function<void(std::string)> refused);
  /// For a meeting that is to be recorded from its beginning, without anybody asking.
  void record_by_itself(const std::string& meeting_id);
  void meeting_over(const std::string& meeting_id) { house_->live().meeting_ended(meeting_id); }
  [[nodiscard]] bool admits(std::string_view token, const std::string& meeting_id) const {
    return house_->live().admits(token, meeting_id);
  }

 private:
  [[nodiscard]] std::optional<recordings::RunningMeeting> running(const std::string& meeting) const;
  LiveMeetings& meetings_;
  Accounts& accounts_;
  std::unique_ptr<recordings::House> house_;
  std::shared_ptr<Peer> recorder_;
  std::shared_ptr<Peer> composer_;
};

}  // namespace sealhall::control
