// Tested in calls_test.cc
#include <algorithm>
#include <memory>

#include "server/bbb/calls.h"

namespace sealhall::bbb {

/// A recording as a platform sees it.
struct Calls::Shown {
  RoomRecording recording;
  std::string external_id;
  std::string internal_id;
  std::string name;
  bool published = true;
  std::map<std::string, std::string> metadata;

  [[nodiscard]] std::string_view state() const noexcept {
    if (recording.processing) return "processing";
    return published ? "published" : "unpublished";
  }
};

void Calls::shown_recordings(std::string account_id, HouseDone<std::vector<Shown>> done) {
  service_.history(account_id, [this, account_id, done = std::move(done)](auto history) mutable {
    if (!history) return done(unexpected(history.error()));
    std::vector<std::string> rooms;
    for (const Room& room : *history) rooms.push_back(room.row.meeting_id);
    if (rooms.empty()) return done(std::vector<Shown>{});
    service_.notes(account_id, [this, account_id, rooms = std::move(rooms), history = std::move(*history),
                                done = std::move(done)](auto notes) mutable {
      if (!notes) return done(unexpected(notes.error()));
      service_.house().recordings(
          account_id, std::move(rooms),
          [this, account_id, history = std::move(history), notes = std::move(*notes),
           done = std::move(done)](auto recordings) mutable {
            if (!recordings) return done(unexpected(recordings.error()));
            std::vector<Shown> out;
            for (RoomRecording& recording : *recordings) {
              const auto room =
                  std::ranges::find_if(history, [&](const Room& r) { return r.row.meeting_id == recording.room_id; });
              if (room == history.end()) continue;
              Shown shown{
                  std::move(recording),  room->options.external_id, room->row.internal_id, room->options.name, true,
                  room->options.metadata};
              if (const auto note = notes.find(shown.recording.id); note != notes.end()) {
                shown.published = note->second.published;
                shown.metadata = note->second.metadata;
              }
              out.push_back(std::move(shown));
            }
            give_addresses(account_id, std::move(out), 0, std::move(done));
          });
    });
  });
}

/// What is published has an address by which everybody who has it can watch; it gets one when it is first looked at.
void Calls::give_addresses(std::string account_id, std::vector<Shown> all, std::size_t from,
                           HouseDone<std::vector<Shown>> done) {
  while (from < all.size() &&
         (!all[from].published || all[from].recording.processing || !all[from].recording.play_url.empty()))
    ++from;
  if (from == all.size()) return done(std::move(all));
  const std::string id = all[from].recording.id;
  service_.house().show_recording(
      account_id, id, true,
      [this, account_id, from, all = std::move(all), done = std::move(done)](auto address) mutable {
        // A policy may forbid links, and it may have been deleted meanwhile: then it is listed without an address.
        if (!address && address.error() == HouseError::away) return done(unexpected(HouseError::away));
        if (address) all[from].recording.play_url = std::move(*address);
        give_addresses(std::move(account_id), std::move(all), from + 1, std::move(done));
      });
}

void Calls::get_recordings(Call call, Done done) {
  const std::string account_id = call.account_id;
  shown_recordings(account_id, [p = std::move(call.parameters), done = std::move(done)](auto all) mutable {
    if (!all) return done(failed(all.error()));
    const auto meetings = list_of(p.find("meetingID").value_or(""));
    const auto ids = list_of(p.find("recordID").value_or(""));
    auto states = list_of(p.find("state").value_or(""));
    if (states.empty()) states = {"published", "unpublished"};
    const auto has = [](const std::vector<std::string>& list, std::string_view what) {
      return std::ranges::find(list, what) != list.end();
    };
    const auto wanted = [&](const Shown& r) {
      if (!meetings.empty() && !has(meetings, r.external_id)) return false;
      if (!ids.empty() && !has(ids, r.recording.id)) return false;
      if (!has(states, "any") && !has(states, r.state())) return false;
      for (const auto& [name, value] : p) {
        if (!name.starts_with("meta_") || value.empty()) continue;
        const auto meta = r.metadata.find(name.substr(5));
        if (meta == r.metadata.end() || meta->second != value) return false;
      }
      return true;
    };
    std::erase_if(*all, [&](const Shown& r) { return !wanted(r); });
    Xml xml = Xml::success();
    xml.open("recordings");
    for (const Shown& r : *all) {
      xml.open("recording")
          .element("recordID", r.recording.id)
          .element("meetingID", r.external_id)
          .element("internalMeetingID", r.internal_id)
          .element("name", r.name)
          .element("isBreakout", false)
          .element("published", r.published)
          .element("state", r.state())
          .element("startTime", millis(r.recording.started_at))
          .element("endTime", millis(r.recording.ended_at))
          .element("rawSize", r.recording.bytes)
          .element("size", r.recording.bytes)
          .open("metadata");
      for (const auto& [name, value] : r.metadata) xml.element(name, value);
      xml.close().open("playback");
      if (r.published && !r.recording.play_url.empty()) {
        xml.open("format")
            .element("type", "video")
            .element("url", r.recording.play_url)
            .element("processingTime", 0)
            .element("length", (r.recording.duration_ms + 59'999) / 60'000)
            .element("size", r.recording.bytes)
            .close();
      }
      xml.close().close();
    }
    xml.close();
    if (all->empty()) xml.message("noRecordings", "There are no recordings for the meeting(s).");
    done({xml.finish(), {}});
  });
}

/// Changes each recording that is named, one after the other; answers `<element>value</element>`.
void Calls::each_recording(Call call, std::move_only_function<void(const Shown&, HouseDone<void>)> change,
                           std::string element, std::string value, Done done) {
  const auto ids = list_of(call.parameters.find("recordID").value_or(""));
  if (ids.empty()) return done(failed("missingParamRecordID", "You must specify one or more recordID."));
  shown_recordings(call.account_id, [ids, change = std::move(change), element = std::move(element),
                                     value = std::move(value), done = std::move(done)](auto all) mutable {
    if (!all) return done(failed(all.error()));
    std::erase_if(*all, [&](const Shown& r) { return std::ranges::find(ids, r.recording.id) == ids.end(); });
    if (all->empty()) return done(failed("notFound", "We could not find recordings"));
    struct Work {
      std::vector<Shown> left;
      std::move_only_function<void(const Shown&, HouseDone<void>)> change;
      std::string element;
      std::string value;
      Done done;
      static void next(const std::shared_ptr<Work>& work) {
        if (work->left.empty()) {
          Xml xml = Xml::success();
          return work->done({xml.element(work->element, work->value).finish(), {}});
        }
        const Shown one = std::move(work->left.back());
        work->left.pop_back();
        work->change(one, [work](auto changed) {
          if (!changed) return work->done(failed(changed.error()));
          next(work);
        });
      }
    };
    Work::next(std::make_shared<Work>(
        Work{std::move(*all), std::move(change), std::move(element), std::move(value), std::move(done)}));
  });
}

void Calls::publish_recordings(Call call, Done done) {
  const auto publish = call.parameters.find("publish");
  if (!publish) return done(failed("missingParamPublish", "You must specify one a publish value true or false."));
  const bool published = call.parameters.flag("publish");
  const std::string account_id = call.account_id;
  each_recording(
      std::move(call),
      [this, account_id, published](const Shown& r, HouseDone<void> changed) {
        // What is hidden first loses its address: when the second step fails, it is not shown to anybody.
        service_.house().show_recording(
            account_id, r.recording.id, published,
            [this, account_id, id = r.recording.id, note = BbbService::RecordingNote{published, r.metadata},
             changed = std::move(changed)](auto shown) mutable {
              if (!shown) return changed(unexpected(shown.error()));
              service_.put_note(account_id, id, std::move(note), std::move(changed));
            });
      },
      "published", published ? "true" : "false", std::move(done));
}

void Calls::delete_recordings(Call call, Done done) {
  const std::string account_id = call.account_id;
  each_recording(
      std::move(call),
      [this, account_id](const Shown& r, HouseDone<void> changed) {
        service_.house().delete_recording(account_id, r.recording.id, std::move(changed));
      },
      "deleted", "true", std::move(done));
}

void Calls::update_recordings(Call call, Done done) {
  std::map<std::string, std::string> changes;
  for (const auto& [name, value] : call.parameters) {
    if (!name.starts_with("meta_") || !is_element_name(std::string_view{name}.substr(5))) continue;
    std::string key = name.substr(5);
    std::ranges::transform(key, key.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    changes[key] = value;
  }
  const std::string account_id = call.account_id;
  each_recording(
      std::move(call),
      [this, account_id, changes = std::move(changes)](const Shown& r, HouseDone<void> changed) {
        auto metadata = r.metadata;
        for (const auto& [name, value] : changes) {
          if (value.empty()) {
            metadata.erase(name);
          } else {
            metadata[name] = value;
          }
        }
        service_.put_note(account_id, r.recording.id, {r.published, std::move(metadata)}, std::move(changed));
      },
      "updated", "true", std::move(done));
}

}  // namespace sealhall::bbb
