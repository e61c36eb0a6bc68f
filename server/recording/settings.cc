// Tested in library_test.cc
#include "server/recording/settings.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sealhall::recordings {

namespace shapes {

enum class RecordingLayout : std::uint8_t { gallery, speaker };
BOOST_DESCRIBE_ENUM(RecordingLayout, gallery, speaker)

struct SettingsPath {
  std::string meeting_id;
};
/// What is absent stays as it is. `inherit` forgets what was said before, so that the account's counts again.
struct ChangeLook {
  std::optional<RecordingLayout> layout;
  std::optional<std::uint32_t> height;
  std::optional<std::uint32_t> retention_days;
  std::optional<bool> inherit;
};
struct Look {
  RecordingLayout layout = RecordingLayout::gallery;
  std::uint32_t height = 720;
  std::uint32_t retention_days = 0;  ///< 0: for ever
};
BOOST_DESCRIBE_STRUCT(SettingsPath, (), (meeting_id))
BOOST_DESCRIBE_STRUCT(ChangeLook, (), (layout, height, retention_days, inherit))
BOOST_DESCRIBE_STRUCT(Look, (), (layout, height, retention_days))

}  // namespace shapes

namespace {

using namespace shapes;
using api::Access;
using api::Answer;
using api::Call;
using api::None;

constexpr std::array<std::uint32_t, 4> heights{360, 540, 720, 1080};
constexpr std::uint32_t most_days = 36'500;

void put_over(Look& look, const store::RecordingSettings& settings) {
  if (settings.speaker) look.layout = *settings.speaker ? RecordingLayout::speaker : RecordingLayout::gallery;
  if (settings.height) look.height = *settings.height;
  if (settings.retention_days) look.retention_days = *settings.retention_days;
}

/// The account's, and over it the meeting's ("" for none).
void show(Library& library, const std::string& account, const std::string& meeting, Answer<Look> answer) {
  library.store().settings(account, "", [&library, account, meeting, answer = std::move(answer)](auto of_all) mutable {
    if (!of_all) return answer(api::from_store(of_all.error()));
    Look look;
    put_over(look, *of_all);
    if (meeting.empty()) return answer(look);
    library.store().settings(account, meeting, [look, answer = std::move(answer)](auto own) mutable {
      if (!own) return answer(api::from_store(own.error()));
      put_over(look, *own);
      answer(look);
    });
  });
}

void change(Library& library, const std::string& account, const std::string& meeting, const ChangeLook& wish,
            Answer<None> answer) {
  if (wish.height && std::ranges::find(heights, *wish.height) == heights.end())
    return answer(api::wrong_field("height", "It is 360, 540, 720 or 1080."));
  if (wish.retention_days && *wish.retention_days > most_days)
    return answer(api::wrong_field("retention_days", "At most 36500; 0 for ever."));
  library.store().settings(
      account, meeting, [&library, account, meeting, wish, answer = std::move(answer)](auto before) mutable {
        if (!before) return answer(api::from_store(before.error()));
        store::RecordingSettings now = wish.inherit.value_or(false) ? store::RecordingSettings{} : *before;
        if (wish.layout) now.speaker = *wish.layout == RecordingLayout::speaker;
        if (wish.height) now.height = wish.height;
        if (wish.retention_days) now.retention_days = wish.retention_days;
        library.store().put_settings(account, meeting, now, [answer = std::move(answer)](auto put) mutable {
          put ? answer() : answer(api::from_store(put.error()));
        });
      });
}

}  // namespace

void add_settings_endpoints(api::Registry& registry, Library& library) {
  using enum api::Permission;
  constexpr const char* tag = "Recordings";
  Library* of = &library;
  registry.add({"GET", "/api/recording-settings", tag, "How new recordings look and how long they are kept",
                Access::permission(settings_read)},
               [of](Call<> c, Answer<Look> a) { show(*of, c.caller.account_id, "", std::move(a)); });
  registry.add(
      {"PATCH", "/api/recording-settings", tag, "Change how new recordings look and how long they are kept",
       Access::permission(settings_write)},
      [of](Call<None, ChangeLook> c, Answer<None> a) { change(*of, c.caller.account_id, "", c.body, std::move(a)); });
  registry.add(
      {"GET", "/api/meetings/{meeting_id}/recording-settings", tag, "The same, of one meeting",
       Access::owner("meeting_id", meetings_read)},
      [of](Call<SettingsPath> c, Answer<Look> a) { show(*of, c.subject.account_id, c.subject.id, std::move(a)); });
  registry.add({.method = "PATCH",
                .path = "/api/meetings/{meeting_id}/recording-settings",
                .tag = tag,
                .summary = "Change it for one meeting",
                .access = Access::owner("meeting_id", meetings_write),
                .description = "With inherit, what the meeting said before is forgotten first."},
               [of](Call<SettingsPath, ChangeLook> c, Answer<None> a) {
                 change(*of, c.subject.account_id, c.subject.id, c.body, std::move(a));
               });
}

}  // namespace sealhall::recordings
