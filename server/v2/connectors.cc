// Tested in server/control/v2_settings_test.cc
#include "server/v2/connectors.h"

#include <optional>
#include <string>

#include "server/api/shape.h"

namespace sealhall::v2 {

// Not without a name: clang wants the types of optional fields to have linkage.
namespace connector_shapes {

struct ConnectorPath {
  std::string meeting_id;
};
struct LiveStreamSettings {
  std::optional<bool> active_speaker_name;
  std::optional<std::string> display_name;
  std::optional<std::string> layout;
};
enum class LiveStreamAction : std::uint8_t { start, stop, mode };
struct LiveStreamStatus {
  LiveStreamAction action = LiveStreamAction::start;
  std::optional<LiveStreamSettings> settings;
};
struct SipRequest {
  std::optional<std::string> passcode;
};
struct SipAddress {
  std::string sip_dialing;
  std::string participant_identifier_code;
  std::uint32_t expire_in = 0;
};
BOOST_DESCRIBE_STRUCT(ConnectorPath, (), (meeting_id))
BOOST_DESCRIBE_STRUCT(LiveStreamSettings, (), (active_speaker_name, display_name, layout))
BOOST_DESCRIBE_ENUM(LiveStreamAction, start, stop, mode)
BOOST_DESCRIBE_STRUCT(LiveStreamStatus, (), (action, settings))
BOOST_DESCRIBE_STRUCT(SipRequest, (), (passcode))
BOOST_DESCRIBE_STRUCT(SipAddress, (), (sip_dialing, participant_identifier_code, expire_in))

}  // namespace connector_shapes

namespace {

using namespace connector_shapes;
using schedule::shapes::LiveStream;

template <class Request = api::None>
using Call = api::Call<ConnectorPath, Request>;

api::ApiError not_enabled(const char* sentence) { return {400, sentence, {}, std::nullopt, api::codes::not_enabled}; }

}  // namespace

void add_connector_endpoints(api::Registry& registry, schedule::Service& meetings) {
  using api::Access;
  using enum api::Permission;
  constexpr std::string_view tag = "Meetings";
  constexpr std::string_view none = "Not enabled on this server: always refused with 400 and code 200.";
  registry.add({.method = "GET",
                .path = "/v2/meetings/{meeting_id}/livestream",
                .tag = tag,
                .summary = "Where the meeting is streamed to",
                .access = Access::owner("meeting_id", meetings_read, "meeting:read:livestream"),
                .description = "What was set; empty when nothing was."},
               [&meetings](Call<> call, api::Answer<LiveStream> answer) {
                 meetings.live_stream(call.subject.id, std::move(answer).from([](std::optional<LiveStream> stream) {
                   return std::move(stream).value_or(LiveStream{});
                 }));
               });
  registry.add(
      {.method = "PATCH",
       .path = "/v2/meetings/{meeting_id}/livestream",
       .tag = tag,
       .summary = "Set where the meeting is streamed to",
       .access = Access::owner("meeting_id", meetings_write, "meeting:update:livestream"),
       .description = "Kept with the meeting, sealed; all three addresses empty: forgotten. This server has no "
                      "connector that streams: nothing is sent there."},
      [&meetings](Call<LiveStream> call, api::Answer<> answer) {
        const schedule::Actor actor{call.caller.account_id, call.caller.user_id};
        meetings.set_live_stream(actor, call.subject.id, std::move(call.body), std::move(answer).done());
      });
  registry.add({.method = "PATCH",
                .path = "/v2/meetings/{meeting_id}/livestream/status",
                .tag = tag,
                .summary = "Start or stop streaming",
                .access = Access::owner("meeting_id", meetings_write, "meeting:update:livestream_status"),
                .description = none},
               [](Call<LiveStreamStatus>, api::Answer<> answer) {
                 answer(
                     not_enabled("Live streaming is not enabled: this server has no connector that sends a meeting to "
                                 "a streaming service. Where to is kept, and nothing is streamed."));
               });
  registry.add({.method = "POST",
                .path = "/v2/meetings/{meeting_id}/sip_dialing",
                .tag = tag,
                .summary = "Get an address by which a SIP device joins",
                .access = Access::owner("meeting_id", meetings_write, "meeting:write:sip_dialing"),
                .status = 201,
                .description = none},
               [](Call<SipRequest>, api::Answer<SipAddress> answer) {
                 answer(not_enabled("SIP is not enabled: this server has no way for telephones and room systems yet."));
               });
}

}  // namespace sealhall::v2
