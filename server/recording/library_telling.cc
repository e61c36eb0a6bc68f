// What the library tells of its recordings, in order, also when keys or store are away for a while.
#include <utility>

#include "io/log/log.h"
#include "server/recording/library.h"
#include "server/recording/views.h"

namespace sealhall::recordings {
namespace {

/// What cannot be told for this long is given up: one recording whose key is refused for good must not hold up all
/// others for ever. It is also how long keys may be away without anything getting lost.
constexpr Duration longest_wait = std::chrono::hours{24};

}  // namespace

void Library::publish(const std::string& recording, std::string_view what) {
  const std::string name = "recording." + std::string{what};
  if (to_tell_.size() >= options_.most_to_tell) {
    return io::log::error("too much waits to be told about recordings; this is told to nobody",
                          {{"event", name}, {"recording", io::loggable(recording)}});
  }
  to_tell_.push_back({recording, name, parts_.clock.now()});
  if (!telling_ && !tell_again_.pending()) tell_next();
}

void Library::tell_next() {
  if (telling_ || to_tell_.empty()) return;
  telling_ = true;
  parts_.store.find(to_tell_.front().recording, [this, alive = alive_](auto found) {
    if (!*alive) return;
    if (!found) return not_told(api::from_store(found.error()));
    if (!*found) return told();  // destroyed: that was told already
    open(std::move(**found), [this, alive](auto opened) {
      if (!*alive) return;
      if (!opened) return not_told(opened.error());
      const ToTell& first = to_tell_.front();
      Event event{.name = first.name,
                  .account_id = opened->row.account_id,
                  .at = first.at,
                  .object_json = event_object(*opened, *this)};
      const auto tell = [this, alive](const Event& e) {
        parts_.events.publish(e);
        if (*alive) told();
      };
      if (event.name != "recording.completed") return tell(event);
      make_token(opened->row, store::TokenKind::program, options_.token,
                 [this, alive, tell, event = std::move(event)](auto token) mutable {
                   if (!*alive) return;
                   if (!token && token.error().status >= 503) return not_told(token.error());
                   if (token) event.download_token = std::move(*token);
                   tell(event);
                 });
    });
  });
}

/// The first of them was, or never can be.
void Library::told() {
  to_tell_.pop_front();
  telling_ = false;
  if (to_tell_.empty()) return;
  // Not from here: where everything answers at once, all that has waited would be told one inside the other.
  parts_.loop.post([this, alive = alive_] {
    if (*alive) tell_next();
  });
}

void Library::not_told(const api::ApiError& why) {
  const ToTell& first = to_tell_.front();
  const auto waits = static_cast<std::int64_t>(parts_.clock.now()) - static_cast<std::int64_t>(first.at);
  const bool passes = why.status >= 503;  // keys, store or disk; everything else is said of this recording itself
  if (!passes || waits > longest_wait.count()) {
    if (why.status != 410) {
      io::log::error("an event of a recording is told to nobody: the recording cannot be opened",
                     {{"event", first.name}, {"recording", io::loggable(first.recording)}, {"reason", why.message}});
    }
    return told();
  }
  telling_ = false;
  tell_again_.after(options_.tell_again, [this] { tell_next(); });
}

}  // namespace sealhall::recordings
