// Tested in live_recordings_test.cc
#include "server/recording/house.h"

#include <filesystem>
#include <utility>

#include "io/log/log.h"

namespace sealhall::recordings {

House::House(const Parts& parts, HouseOptions options)
    : parts_(parts), folder_(options.live.folder), store_(parts.engine) {
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

void House::add_endpoints(api::Registry& registry, Invite invite, WaitingRoom waiting_room) {
  add_recording_endpoints(registry, {*library_, *live_, *composing_, parts_.running, parts_.may_share,
                                     std::move(invite), std::move(waiting_room)});
}

void House::take_up() {
  store_.unfinished([this](auto found) {
    if (!found) return io::log::error("recordings that were left unfinished cannot be read");
    for (const store::Recording& row : *found) take_up_one(row);
  });
  archive_->start(local_recordings());
}

std::vector<std::string> House::local_recordings() const {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.is_directory(error)) found.push_back(entry.path().filename());
  }
  return found;
}

/// Nobody records it any more: its meeting ended with the process before us.
void House::take_up_one(const store::Recording& row) {
  if (row.state == store::RecordingState::processing) return composing_->add(row.id);
  store_.parts(row.id, [this, id = row.id](auto parts) {
    if (parts) {
      for (const store::RecordingPart& part : *parts) {
        if (!part.ended_at)
          store_.end_part(id, part.part, parts_.clock.now(), part.recorded_ms, part.bytes, [](auto) {});
      }
    }
    store_.end(id, parts_.clock.now(), [this, id](auto ended) {
      if (!ended) return io::log::error("a recording that was left unfinished cannot be ended");
      io::log::info("a recording that was cut off is taken up", {{"recording", io::loggable(id)}});
      composing_->add(id);
    });
  });
}

}  // namespace sealhall::recordings
