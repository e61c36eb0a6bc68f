// Tested in live_recordings_test.cc
#include "server/recording/house.h"

#include <filesystem>
#include <utility>

#include "io/log/log.h"

namespace sealhall::recordings {

House::House(const Parts& parts, HouseOptions options)
    : parts_(parts),
      folder_(options.live.folder),
      store_(parts.engine),
      retry_(options.compose.retry),
      again_(parts.loop) {
  live_ = std::make_unique<LiveRecordings>(
      LiveRecordings::Parts{parts.loop, store_, parts.vault, parts.clock, parts.random}, options.live,
      LiveRecordings::Events{
          .happened = [this](const std::string& id, std::string_view what) { library_->publish(id, what); },
          .over =
              [this](const std::string& id) {
                library_->publish(id, "stopped");
                composing_->add(id);
              }});
  composing_ = std::make_unique<ComposeQueue>(
      ComposeQueue::Parts{parts.loop, store_, parts.vault, parts.random}, options.compose,
      ComposeQueue::Events{
          .folder = [this](const std::string& id, std::uint32_t part) { return live_->part_folder(id, part); },
          .finished =
              [this](const std::string& id, bool composed) {
                if (composed) library_->publish(id, "completed");
                archive_->wake();
              }});
  archive_ = std::make_unique<Archive>(Archive::Parts{parts.loop, store_, parts.blobs}, options.archive,
                                       [this](const std::string& id) { return folder_ + "/" + id; });
  library_ = std::make_unique<Library>(
      Library::Parts{parts.loop, store_, parts.vault, parts.events, parts.clock, parts.random, *composing_, *archive_},
      options.library, [this](const std::string& id, std::uint32_t part) { return live_->part_folder(id, part); });
}

House::~House() { *alive_ = false; }

void House::add_endpoints(api::Registry& registry, Invite invite, WaitingRoom waiting_room) {
  add_recording_endpoints(registry, {*library_, *live_, *composing_, parts_.running, parts_.may_share,
                                     std::move(invite), std::move(waiting_room)});
}

void House::take_up() {
  look_for_unfinished();
  archive_->start(local_recordings());
}

void House::look_for_unfinished() {
  store_.unfinished([this, alive = alive_](auto found) {
    if (!*alive) return;
    if (!found) return look_again("recordings that were left unfinished cannot be read; it is tried again");
    for (const store::Recording& row : *found) take_up_one(row);
  });
}

/// All of them: to those that were taken up already it does nothing.
void House::look_again(const char* why) {
  io::log::error(why);
  again_.after(retry_, [this] { look_for_unfinished(); });
}

std::vector<std::string> House::local_recordings() const {
  std::vector<std::string> found;
  std::error_code error;
  std::error_code ignored;
  // Not a range-for: its ++ throws when the disk cannot be read.
  for (std::filesystem::directory_iterator entry{folder_, error}, end; !error && entry != end; entry.increment(error)) {
    if (entry->is_directory(ignored)) found.push_back(entry->path().filename());
  }
  return found;
}

/// Nobody records it any more: its meeting ended with the process before us. Unless it was begun by this one, before
/// the store could be read.
void House::take_up_one(const store::Recording& row) {
  if (row.state == store::RecordingState::processing) return composing_->add(row.id);
  if (live_->has(row.id)) return;
  store_.parts(row.id, [this, alive = alive_, id = row.id](auto parts) {
    if (!*alive) return;
    if (parts) {
      for (const store::RecordingPart& part : *parts) {
        if (!part.ended_at)
          store_.end_part(id, part.part, parts_.clock.now(), part.recorded_ms, part.bytes, [](auto) {});
      }
    }
    store_.end(id, parts_.clock.now(), [this, alive, id](auto ended) {
      if (!*alive) return;
      // Not recording any more: an attempt of which nobody knew how it went has done it.
      if (!ended && ended.error() != store::StoreError::not_found)
        return look_again("a recording that was left unfinished cannot be ended; it is tried again");
      io::log::info("a recording that was cut off is taken up", {{"recording", io::loggable(id)}});
      composing_->add(id);
    });
  });
}

}  // namespace sealhall::recordings
