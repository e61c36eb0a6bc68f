// Tested in server/control/v2_settings_test.cc
// Where a meeting is to be streamed to: kept with the meeting, sealed. Nothing in this server streams yet.
#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "io/http/client.h"
#include "server/schedule/service.h"

namespace sealhall::schedule {
namespace {

/// An address with one of these schemes ("rtmp://"), a host, and nothing that is no URL's.
bool is_address_with(std::string_view text, std::initializer_list<std::string_view> schemes) {
  return std::ranges::any_of(schemes, [&](std::string_view scheme) {
    return text.starts_with(scheme) && io::parse_url("https://" + std::string{text.substr(scheme.size())});
  });
}

expected<void, FieldProblem> check(const shapes::LiveStream& s) {
  if (!is_address_with(s.stream_url, {"rtmp://", "rtmps://"}))
    return unexpected(FieldProblem{"stream_url", "An address like rtmps://live.example.org/app."});
  if (s.stream_key.empty() || std::ranges::any_of(s.stream_key, [](char c) { return c <= ' ' || c >= 0x7F; }))
    return unexpected(FieldProblem{"stream_key", "What the streaming service gave, without blanks."});
  if (!s.page_url.empty() && !is_address_with(s.page_url, {"https://", "http://"}))
    return unexpected(FieldProblem{"page_url", "An address like https://live.example.org/me, or nothing."});
  if (s.resolution && *s.resolution != "720p" && *s.resolution != "1080p")
    return unexpected(FieldProblem{"resolution", "720p or 1080p."});
  return {};
}

}  // namespace

void Service::live_stream(std::string id, api::Done<std::optional<shapes::LiveStream>> done) {
  load(std::move(id), [done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    done(std::move(meeting->details.live_stream));
  });
}

void Service::set_live_stream(Actor actor, std::string id, shapes::LiveStream stream, api::Done<void> done) {
  const bool nothing = stream.stream_url.empty() && stream.stream_key.empty() && stream.page_url.empty();
  if (!nothing) {
    if (auto fine = check(stream); !fine) return done(unexpected(from_problem(fine.error())));
  }
  load(std::move(id), [this, actor, nothing, stream = std::move(stream), done = std::move(done)](auto meeting) mutable {
    if (!meeting) return done(unexpected(meeting.error()));
    const shapes::MeetingView before = view(*meeting);
    meeting->details.live_stream = nothing ? std::nullopt : std::optional{std::move(stream)};
    store_change(
        std::move(actor), std::move(*meeting), before, "meeting.updated", [](const Meeting&) {}, std::move(done));
  });
}

}  // namespace sealhall::schedule
