// Who may schedule meetings for somebody else: assistants, and those for whom they schedule.
#pragma once

#include <string>
#include <vector>

#include "core/base/time.h"
#include "store/engine.h"

namespace sealhall::store {

class Assistants {
 public:
  struct Entry {
    std::string id;
    std::string login;
    std::string personal_meeting;  ///< its number; "" without one
  };

  /// The engine must outlive this.
  explicit Assistants(Engine& engine) noexcept : engine_(engine) {}

  /// All or none; who is one already stays one. Error: not_found (one of them).
  void add(std::string user_id, std::vector<std::string> assistants, UnixMicros now, Done<void> done);
  /// Error: not_found (no such assistant of theirs).
  void remove(std::string user_id, std::string assistant_id, Done<void> done);
  void remove_all(std::string user_id, Done<void> done);
  /// Of nobody any more.
  void stop_assisting(std::string assistant_id, Done<void> done);
  /// By address; whoever is disabled is left out.
  void of(std::string user_id, Done<std::vector<Entry>> done);
  /// For whom somebody schedules.
  void served_by(std::string assistant_id, Done<std::vector<Entry>> done);
  /// Both being of one account and neither disabled.
  void assists(std::string assistant_id, std::string user_id, Done<bool> done);

 private:
  Engine& engine_;
};

}  // namespace sealhall::store
