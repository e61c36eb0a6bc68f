// For tests of this API: a pretended house with rooms, and a pretended outside.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "server/bbb/house.h"
#include "server/hooks/transport.h"

namespace sealhall::bbb::testing {

class Rooms final : public House {
 public:
  struct Room {
    RoomWanted wanted;
    RoomNow now;
    bool ended = false;
  };
  std::map<std::string, Room> rooms;
  std::vector<RoomRecording> recorded;
  std::vector<std::string> deleted;
  bool away = false;

  void make_room(RoomWanted wanted, HouseDone<std::string> done) override {
    if (away) return done(unexpected(HouseError::away));
    const std::string id = "room" + std::to_string(rooms.size() + 1);
    rooms[id].wanted = std::move(wanted);
    done(id);
  }
  void end_room(const std::string&, const std::string& id, HouseDone<void> done) override {
    if (away) return done(unexpected(HouseError::away));
    rooms[id].ended = true;
    rooms[id].now.people.clear();
    done({});
  }
  RoomNow now(const std::string& id) const override { return rooms.at(id).now; }
  void link(RoomPass pass, HouseDone<std::string> done) override {
    done("https://meet.example/j/" + pass.room_id + "?as=" +
         (pass.moderator ? "host"
          : pass.waits   ? "asks"
                         : "guest") +
         "&name=" + pass.name);
  }
  void recordings(const std::string&, std::vector<std::string> ids,
                  HouseDone<std::vector<RoomRecording>> done) override {
    std::vector<RoomRecording> out;
    for (const RoomRecording& r : recorded) {
      if (std::ranges::find(ids, r.room_id) != ids.end() && std::ranges::find(deleted, r.id) == deleted.end())
        out.push_back(r);
    }
    done(std::move(out));
  }
  void show_recording(const std::string&, const std::string& id, bool shown, HouseDone<std::string> done) override {
    for (RoomRecording& r : recorded) {
      if (r.id != id) continue;
      r.play_url = shown ? "https://meet.example/r/" + id : "";
      return done(r.play_url);
    }
    done(unexpected(HouseError::not_found));
  }
  void delete_recording(const std::string&, const std::string& id, HouseDone<void> done) override {
    deleted.push_back(id);
    done({});
  }
};

class Outside final : public hooks::HookTransport {
 public:
  int status = 200;
  std::vector<std::string> called;
  std::vector<std::string> bodies;
  void send(hooks::HookRequest request, std::move_only_function<void(hooks::HookAnswer)> done) override {
    called.push_back(request.method + " " + request.url);
    bodies.push_back(request.body);
    done({status, {}, {}});
  }
};

inline std::string hex_hash(crypto::HashAlgorithm algorithm, const std::string& text) {
  std::array<std::uint8_t, crypto::max_hash_size> out{};
  crypto::digest(algorithm, {as_bytes(text)}, out);
  return to_hex(ByteView{out}.first(crypto::hash_size(algorithm)));
}

}  // namespace sealhall::bbb::testing
