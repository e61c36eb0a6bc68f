#include "server/bbb/service.h"

#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "io/http/message.h"
#include "io/log/log.h"

namespace sealhall::bbb {
namespace {

/// How often it is looked which meetings are over. Longer lets an empty meeting stay longer, shorter costs more.
constexpr Duration look_every = std::chrono::seconds{5};
constexpr Duration ours_away = std::chrono::seconds{2};

Duration between(UnixMicros from, UnixMicros to) noexcept {
  return Duration{static_cast<std::int64_t>(to) - static_cast<std::int64_t>(from)};
}
Duration minutes(std::uint32_t count) noexcept { return std::chrono::minutes{count}; }

vault::SealContext details_context(const std::string& account_id, const std::string& internal_id) {
  return {account_id, "bbb meeting", internal_id, "details"};
}
vault::SealContext secret_context(const std::string& account_id) {
  return {account_id, "bbb secret", account_id, "secret"};
}

}  // namespace

bool is_away(vault::VaultError error) noexcept {
  return error != vault::VaultError::shredded && error != vault::VaultError::not_authentic;
}

vault::SealContext details_of(const store::BbbMeeting& row) { return details_context(row.account_id, row.internal_id); }

std::string meeting_key(const std::string& account_id, const std::string& external_id) {
  std::array<std::uint8_t, 32> hash{};
  crypto::digest(crypto::HashAlgorithm::sha256, {as_bytes(account_id), as_bytes("\n"), as_bytes(external_id)}, hash);
  return to_hex(hash);
}

BbbService::BbbService(Parts parts) : parts_(std::move(parts)), timer_(parts_.loop) {}
BbbService::~BbbService() = default;

UnixMicros BbbService::after(Duration d) const {
  return UnixMicros{static_cast<std::int64_t>(parts_.clock.now()) + d.count()};
}

void BbbService::start() { load(); }

void BbbService::load() {
  const auto again = [this] { timer_.after(ours_away, [this] { load(); }); };
  parts_.store.unfinished_meetings(alive([this, again](auto found) {
    if (!found) return again();
    const auto rows = std::make_shared<std::vector<store::BbbMeeting>>(std::move(*found));
    std::vector<vault::SealedItem> items;
    for (const auto& row : *rows)
      items.push_back({details_context(row.account_id, row.internal_id), row.details_sealed});
    auto opened = alive([this, again, rows](std::vector<expected<Bytes, vault::VaultError>> details) {
      if (std::ranges::any_of(details, [](const auto& d) { return !d && is_away(d.error()); })) return again();
      loaded(*rows, details);
    });
    if (items.empty()) return opened(std::vector<expected<Bytes, vault::VaultError>>{});
    parts_.vault.open_all(std::move(items), std::move(opened));
  }));
}

void BbbService::loaded(std::vector<store::BbbMeeting>& rows,
                        std::vector<expected<Bytes, vault::VaultError>>& details) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto options = details[i] ? read_options(*details[i]) : std::nullopt;
    if (!options) {
      io::log::error("a meeting of a platform cannot be read and is left alone",
                     {{"meeting", io::loggable(rows[i].internal_id)}});
      continue;
    }
    rows[i].details_sealed.clear();
    auto room = std::make_shared<Room>(Room{std::move(rows[i]), std::move(*options)});
    if (room->row.ended_at) {
      to_tell_.push_back(std::move(room));
    } else {
      open_[{room->row.account_id, room->row.meeting_key}] = std::move(room);
    }
  }
  ready_ = true;
  load_ready();
  poll();
}

// ---- secrets -------------------------------------------------------------------------------------------------------

void BbbService::secret(const std::string& account_id, HouseDone<std::optional<Secret>> done) {
  if (const auto it = secrets_.find(account_id); it != secrets_.end()) return done(std::optional{it->second});
  parts_.store.secret(account_id, alive([this, account_id, done = std::move(done)](auto row) mutable {
                        if (!row) return done(unexpected(HouseError::away));
                        if (!*row) return done(std::optional<Secret>{});
                        parts_.vault.open(secret_context(account_id), std::move((*row)->secret_sealed),
                                          alive([this, account_id, owner = (*row)->owner_id,
                                                 done = std::move(done)](auto text) mutable {
                                            if (!text) return done(unexpected(HouseError::away));
                                            secrets_[account_id] = {std::string{as_text(*text)}, std::move(owner)};
                                            done(std::optional{secrets_[account_id]});
                                          }));
                      }));
}

void BbbService::new_secret(const std::string& account_id, const std::string& owner_id, HouseDone<std::string> done) {
  std::array<std::uint8_t, 20> random{};
  parts_.random.fill(random);
  const std::string text = to_hex(random);
  parts_.vault.seal(secret_context(account_id), "account", Bytes{text.begin(), text.end()},
                    alive([this, account_id, owner_id, text, done = std::move(done)](auto sealed) mutable {
                      if (!sealed) return done(unexpected(HouseError::away));
                      parts_.store.put_secret(
                          {account_id, owner_id, std::move(*sealed), parts_.clock.now()},
                          alive([this, account_id, owner_id, text, done = std::move(done)](auto put) mutable {
                            if (!put) return done(unexpected(HouseError::away));
                            secrets_[account_id] = {text, owner_id};
                            done(text);
                          }));
                    }));
}

// ---- meetings ------------------------------------------------------------------------------------------------------

RoomPtr BbbService::find(const std::string& account_id, const std::string& external_id) const {
  const auto it = open_.find({account_id, meeting_key(account_id, external_id)});
  return it == open_.end() ? nullptr : it->second;
}

std::vector<RoomPtr> BbbService::open_rooms(const std::string& account_id) const {
  std::vector<RoomPtr> out;
  for (auto it = open_.lower_bound({account_id, ""}); it != open_.end() && it->first.first == account_id; ++it)
    out.push_back(it->second);
  std::ranges::sort(out, {},
                    [](const RoomPtr& room) { return std::pair{room->row.created_at, room->row.internal_id}; });
  return out;
}

void BbbService::create(const std::string& account_id, const std::string& owner_id, Options options,
                        HouseDone<Created> done) {
  if (!ready_) return done(unexpected(HouseError::away));
  if (RoomPtr room = find(account_id, options.external_id)) return done(Created{std::move(room), false});
  const auto room = std::make_shared<Room>();
  room->options = std::move(options);
  room->row.account_id = account_id;
  room->row.meeting_key = meeting_key(account_id, room->options.external_id);
  room->row.created_at = parts_.clock.now();
  room->row.internal_id = room->row.meeting_key.substr(0, 40) + "-" +
                          std::to_string(static_cast<std::int64_t>(room->row.created_at) / 1000);
  RoomWanted wanted{account_id, owner_id, room->options.name};
  wanted.welcome = room->options.welcome;
  wanted.waiting_room = room->options.guest_policy == GuestPolicy::ask_moderator;
  wanted.mute_on_start = room->options.mute_on_start;
  wanted.auto_record = room->options.record && room->options.auto_start_recording;
  parts_.house.make_room(std::move(wanted), alive([this, room, done = std::move(done)](auto made) mutable {
                           if (!made) return done(unexpected(made.error()));
                           room->row.meeting_id = std::move(*made);
                           add_row(room, std::move(done));
                         }));
}

void BbbService::add_row(const RoomPtr& room, HouseDone<Created> done) {
  parts_.vault.seal(details_context(room->row.account_id, room->row.internal_id), "meeting/" + room->row.meeting_id,
                    encode_options(room->options), alive([this, room, done = std::move(done)](auto sealed) mutable {
                      if (!sealed) return done(unexpected(HouseError::away));
                      store::BbbMeeting row = room->row;
                      row.details_sealed = std::move(*sealed);
                      parts_.store.add_meeting(
                          std::move(row), alive([this, room, done = std::move(done)](auto added) mutable {
                            const auto [it, is_first] =
                                added ? open_.try_emplace({room->row.account_id, room->row.meeting_key}, room)
                                      : std::pair{open_.find({room->row.account_id, room->row.meeting_key}), false};
                            if (is_first) return done(Created{room, true});
                            // Two calls at once: the other one was first, and ours is not needed.
                            parts_.house.end_room(room->row.account_id, room->row.meeting_id, [](auto) {});
                            if (it == open_.end()) return done(unexpected(HouseError::away));
                            done(Created{it->second, false});
                          }));
                    }));
}

void BbbService::joined(const RoomPtr& room) {
  room->empty_since = parts_.clock.now();  // whoever has the link needs a moment
  if (room->row.joined_at) return;
  room->row.joined_at = parts_.clock.now();
  parts_.store.change_meeting(room->row, [](auto) {});
}

void BbbService::end(const RoomPtr& room, HouseDone<void> done) {
  if (room->ending) return done({});
  room->ending = true;
  parts_.house.end_room(
      room->row.account_id, room->row.meeting_id, alive([this, room, done = std::move(done)](auto ended) mutable {
        if (!ended && ended.error() == HouseError::away) {
          room->ending = false;
          return done(unexpected(HouseError::away));
        }
        room->row.ended_at = parts_.clock.now();
        const bool tells = !room->options.meta("endcallbackurl").empty() || !room->options.ended_url.empty();
        if (tells) room->row.callback_at = room->row.ended_at;
        parts_.store.change_meeting(room->row, alive([this, room, tells, done = std::move(done)](auto changed) mutable {
                                      if (!changed && changed.error() != store::StoreError::not_found) {
                                        room->row.ended_at.reset();
                                        room->row.callback_at.reset();
                                        room->ending = false;
                                        return done(unexpected(HouseError::away));
                                      }
                                      open_.erase({room->row.account_id, room->row.meeting_key});
                                      if (tells) to_tell_.push_back(room);
                                      done({});
                                      poll();
                                    }));
      }));
}

void BbbService::room_ended(const std::string& account_id, const std::string& room_id) {
  for (const RoomPtr& room : open_rooms(account_id)) {
    if (room->row.meeting_id == room_id) end(room, [](auto) {});
  }
}

void BbbService::poll() {
  const UnixMicros now = parts_.clock.now();
  const auto all = open_;  // ends take rooms out
  for (const auto& [key, room] : all) {
    if (room->ending) continue;
    const Options& o = room->options;
    if (parts_.house.now(room->row.meeting_id).people.empty()) {
      if (!room->empty_since) room->empty_since = now;
    } else {
      room->empty_since.reset();
    }
    const Duration age = between(room->row.created_at, now);
    const bool over = o.duration_minutes > 0 && age >= minutes(o.duration_minutes);
    const bool unused = !room->row.joined_at && o.first_join_minutes > 0 && age >= minutes(o.first_join_minutes);
    const bool left = room->row.joined_at && room->empty_since && o.empty_minutes > 0 &&
                      between(*room->empty_since, now) >= minutes(o.empty_minutes);
    if (over || unused || left) end(room, [](auto) {});
  }
  const auto telling = to_tell_;
  for (const RoomPtr& room : telling) {
    if (room->row.callback_at && *room->row.callback_at <= now) tell(room);
  }
  poll_ready();
  timer_.after(look_every, [this] { poll(); });
}

// ---- telling the platform ------------------------------------------------------------------------------------------

void BbbService::tell(const RoomPtr& room) {
  room->row.callback_at = after(std::chrono::hours{1});  // not twice while it is under way
  struct Calls {
    int open = 0;
    bool success = true;
  };
  const auto calls = std::make_shared<Calls>();
  std::vector<std::string> urls;
  if (std::string url = room->options.meta("endcallbackurl"); !url.empty()) {
    url += url.find('?') == std::string::npos ? '?' : '&';
    url += "meetingID=" + io::percent_encode(room->options.external_id) +
           "&recordingmarks=" + (room->options.record ? "true" : "false");
    urls.push_back(std::move(url));
  }
  if (!room->options.ended_url.empty()) urls.push_back(room->options.ended_url);
  calls->open = static_cast<int>(urls.size());
  for (std::string& url : urls) {
    parts_.transport.send({.method = "GET", .url = std::move(url)},
                          alive([this, room, calls](const hooks::HookAnswer& answer) {
                            // Whatever it answers, it was told: platforms answer with redirects and pages.
                            calls->success = calls->success && answer.status != 0 && answer.status < 500;
                            if (--calls->open == 0) told(room, calls->success);
                          }));
  }
}

void BbbService::told(const RoomPtr& room, bool success) {
  const std::uint32_t attempt = room->row.callback_attempts++;
  const auto again = told_again_after(attempt);
  if (success || !again) {
    room->row.callback_at.reset();
    to_tell_.remove(room);
    if (!success) io::log::warning("a platform could not be told that its meeting ended");
  } else {
    room->row.callback_at = after(*again);
  }
  parts_.store.change_meeting(room->row, [](auto) {});
}

// ---- recordings ----------------------------------------------------------------------------------------------------

void BbbService::history(const std::string& account_id, HouseDone<std::vector<Room>> done) {
  parts_.store.meetings(account_id, std::nullopt, 500, alive([this, done = std::move(done)](auto found) mutable {
                          if (!found) return done(unexpected(HouseError::away));
                          std::vector<vault::SealedItem> items;
                          for (const auto& row : *found)
                            items.push_back({details_context(row.account_id, row.internal_id), row.details_sealed});
                          parts_.vault.open_all(std::move(items), [rows = std::move(*found),
                                                                   done = std::move(done)](auto details) mutable {
                            std::vector<Room> out;
                            for (std::size_t i = 0; i < rows.size(); ++i) {
                              if (!details[i] && is_away(details[i].error())) return done(unexpected(HouseError::away));
                              auto options = details[i] ? read_options(*details[i]) : std::nullopt;
                              if (!options) continue;
                              rows[i].details_sealed.clear();
                              out.push_back({std::move(rows[i]), std::move(*options)});
                            }
                            done(std::move(out));
                          });
                        }));
}

namespace {

vault::SealContext note_context(const std::string& account_id, const std::string& recording_id) {
  return {account_id, "bbb recording", recording_id, "metadata"};
}

}  // namespace

void BbbService::notes(const std::string& account_id, HouseDone<std::map<std::string, RecordingNote>> done) {
  parts_.store.recordings(account_id, alive([this, done = std::move(done)](auto found) mutable {
                            if (!found) return done(unexpected(HouseError::away));
                            std::vector<vault::SealedItem> items;
                            for (const auto& r : *found)
                              items.push_back({note_context(r.account_id, r.recording_id), r.metadata_sealed});
                            parts_.vault.open_all(std::move(items), [rows = std::move(*found),
                                                                     done = std::move(done)](auto sealed) mutable {
                              std::map<std::string, RecordingNote> out;
                              for (std::size_t i = 0; i < rows.size(); ++i) {
                                RecordingNote& note = out[rows[i].recording_id];
                                note.published = rows[i].published;
                                if (auto kept = sealed[i] ? read_options(*sealed[i]) : std::nullopt)
                                  note.metadata = std::move(kept->metadata);
                              }
                              done(std::move(out));
                            });
                          }));
}

void BbbService::put_note(const std::string& account_id, const std::string& recording_id, RecordingNote note,
                          HouseDone<void> done) {
  Options kept;  // the same form as a meeting's, of which only the metadata is used
  kept.external_id = recording_id;
  kept.metadata = std::move(note.metadata);
  parts_.vault.seal(
      note_context(account_id, recording_id), "recording/" + recording_id, encode_options(kept),
      alive([this, account_id, recording_id, published = note.published, done = std::move(done)](auto sealed) mutable {
        if (!sealed) return done(unexpected(HouseError::away));
        parts_.store.put_recording({recording_id, account_id, published, std::move(*sealed)},
                                   [done = std::move(done)](auto put) mutable {
                                     if (!put) return done(unexpected(HouseError::away));
                                     done({});
                                   });
      }));
}

}  // namespace sealhall::bbb
