// The meetings that platforms made: which are open, when they end by themselves, and that their end is told. The open
// ones are held in memory as they are in the store.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "io/net/clock.h"
#include "io/net/timer.h"
#include "server/bbb/house.h"
#include "server/bbb/options.h"
#include "server/hooks/transport.h"
#include "server/vault/vault.h"
#include "store/bbb.h"

namespace sealhall::bbb {

struct Room {
  store::BbbMeeting row;  ///< without `details_sealed`
  Options options;
  std::optional<UnixMicros> empty_since = std::nullopt;
  bool ending = false;
};
using RoomPtr = std::shared_ptr<Room>;

struct Secret {
  std::string text;
  std::string owner_id;
};

class BbbService {
 public:
  struct Parts {
    io::Loop& loop;
    store::Bbb& store;
    vault::Vault& vault;
    House& house;
    hooks::HookTransport& transport;
    const io::WallClock& clock;
    RandomSource& random;
  };
  explicit BbbService(Parts parts);
  ~BbbService();
  BbbService(const BbbService&) = delete;
  BbbService& operator=(const BbbService&) = delete;

  /// Reads the open meetings, again and again until the store and the vault answer; then looks after them.
  void start();
  [[nodiscard]] bool ready() const noexcept { return ready_; }
  [[nodiscard]] const io::WallClock& clock() const noexcept { return parts_.clock; }
  [[nodiscard]] RandomSource& random() noexcept { return parts_.random; }
  [[nodiscard]] House& house() noexcept { return parts_.house; }

  /// nullopt: none was made.
  void secret(const std::string& account_id, HouseDone<std::optional<Secret>> done);
  /// A new one; the one before stops working at once. 40 hexadecimal digits.
  void new_secret(const std::string& account_id, const std::string& owner_id, HouseDone<std::string> done);

  [[nodiscard]] RoomPtr find(const std::string& account_id, const std::string& external_id) const;
  [[nodiscard]] std::vector<RoomPtr> open_rooms(const std::string& account_id) const;
  struct Created {
    RoomPtr room;
    bool is_new = true;
  };
  /// The open one with that id, or a new one.
  void create(const std::string& account_id, const std::string& owner_id, Options options, HouseDone<Created> done);
  /// Somebody was given a link.
  void joined(const RoomPtr& room);
  void end(const RoomPtr& room, HouseDone<void> done);
  /// A meeting of the house ended in another way (its host ended it).
  void room_ended(const std::string& account_id, const std::string& room_id);

  /// What people in a room may do: nothing about recording where the platform did not ask for it.
  [[nodiscard]] bool people_may_record(const std::string& room_id) const;
  /// The store notes which recordings can be watched; platforms that want to hear of theirs are told, until they
  /// answer.
  void recordings_ready();
  struct Limits {
    std::uint32_t max_participants = 0;  ///< 0: none
    bool private_chat = true;
    bool public_chat = true;
    bool microphone = true;
    bool camera = true;
    std::string leave_url{};  ///< where people go afterwards; "": nowhere
  };
  /// What the platform that made this room wants of it; nullopt: no platform did.
  [[nodiscard]] std::optional<Limits> limits(const std::string& room_id) const;

  /// Of all times, newest first, at most 500; with its options.
  void history(const std::string& account_id, HouseDone<std::vector<Room>> done);
  struct RecordingNote {
    bool published = true;
    std::map<std::string, std::string> metadata;
  };
  /// By recording id, what platforms said of recordings.
  void notes(const std::string& account_id, HouseDone<std::map<std::string, RecordingNote>> done);
  void put_note(const std::string& account_id, const std::string& recording_id, RecordingNote note,
                HouseDone<void> done);

  /// Ends what is over and tells what ended. Called every few seconds by itself; tests call it.
  void poll();

 private:
  using Key = std::pair<std::string, std::string>;  ///< account, hash of the external id
  void load();
  void loaded(std::vector<store::BbbMeeting>& rows, std::vector<expected<Bytes, vault::VaultError>>& details);
  void add_row(const RoomPtr& room, HouseDone<Created> done);
  void tell(const RoomPtr& room);
  // ready.cc
  struct Ready {
    store::BbbReady row;
    std::string url;
    std::string external_id;
  };
  using ReadyPtr = std::shared_ptr<Ready>;
  void load_ready();
  /// Whose meeting it was and what to call; the row is done with when there is nothing to tell.
  void take_ready(const store::BbbReady& row);
  void tell_ready(const ReadyPtr& ready);
  void told_ready(const ReadyPtr& ready, bool success);
  void poll_ready();
  void told(const RoomPtr& room, bool success);
  [[nodiscard]] UnixMicros after(Duration d) const;
  template <class F>
  auto alive(F f) {
    return [weak = std::weak_ptr<int>{life_}, f = std::move(f)](auto&&... arguments) mutable {
      if (!weak.expired()) f(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  Parts parts_;
  std::shared_ptr<int> life_ = std::make_shared<int>(0);
  bool ready_ = false;
  std::map<Key, RoomPtr> open_;
  std::list<RoomPtr> to_tell_;
  std::list<ReadyPtr> ready_recordings_;
  std::set<std::string> ready_known_;      ///< recordings of it, also those that are being looked at
  bool ready_unread_ = false;              ///< the store or the vault was away
  std::map<std::string, Secret> secrets_;  ///< by account; asked once
  io::Timer timer_;
};

/// How long until a platform that did not answer is told again, after so many attempts; nullopt: it is given up.
std::optional<Duration> told_again_after(std::uint32_t attempts) noexcept;
/// The body that says of a recording that it can be watched: signed_parameters is a JWT (RFC 7519, HS256) of both ids.
std::string ready_body(const std::string& external_id, const std::string& recording_id, const std::string& secret);

/// Whether the key service may answer another time.
bool is_away(vault::VaultError error) noexcept;
/// Where the details of a meeting are sealed for.
vault::SealContext details_of(const store::BbbMeeting& row);

/// How the store calls a platform's id for a meeting.
std::string meeting_key(const std::string& account_id, const std::string& external_id);

}  // namespace sealhall::bbb
