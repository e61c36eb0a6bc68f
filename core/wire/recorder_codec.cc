// The codec of the recorder's and the composer's channel, with the limits of its fields.
#include "core/wire/json_codec.h"
#include "core/wire/recorder_channel.h"

namespace sealhall::wire::recorder {

BOOST_DESCRIBE_ENUM(PartEnd, asked, meeting_ended, alone, removed, refused, failed)
BOOST_DESCRIBE_ENUM(Layout, gallery, speaker)
BOOST_DESCRIBE_STRUCT(BeginPart, (),
                      (recording, part, account, folder, key, wrapped_key, host, port, ca_file, meeting_id, token, name,
                       offset_ms, alone_ms, paused))
BOOST_DESCRIBE_STRUCT(EndPart, (), (recording))
BOOST_DESCRIBE_STRUCT(PausePart, (), (recording, paused))
BOOST_DESCRIBE_STRUCT(Stop, (), ())
BOOST_DESCRIBE_STRUCT(RecorderHello, (), (pid))
BOOST_DESCRIBE_STRUCT(PartBegan, (), (recording, part))
BOOST_DESCRIBE_STRUCT(PartProgress, (), (recording, part, paused, recorded_ms, bytes, lost_frames))
BOOST_DESCRIBE_STRUCT(PartEnded, (), (recording, part, reason, message, recorded_ms, bytes))
BOOST_DESCRIBE_STRUCT(ComposePart, (), (folder, key, part))
BOOST_DESCRIBE_STRUCT(Compose, (),
                      (recording, account, folder, key, wrapped_key, parts, layout, width, height, frame_rate))
BOOST_DESCRIBE_STRUCT(CancelCompose, (), (recording))
BOOST_DESCRIBE_STRUCT(ComposerHello, (), (pid))
BOOST_DESCRIBE_STRUCT(ComposeFound, (),
                      (recording, part, file, kind, participant, name, size, began_ms, ended_ms, whole))
BOOST_DESCRIBE_STRUCT(ComposeProgress, (), (recording, permille))
BOOST_DESCRIBE_STRUCT(ComposeEnded, (), (recording, done, message, file, audio_file, size, audio_size, duration_ms))

}  // namespace sealhall::wire::recorder

namespace sealhall::wire {

template <>
inline constexpr Limit limit_of<&recorder::BeginPart::key> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&recorder::Compose::key> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&recorder::ComposePart::key> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&recorder::Compose::width> = at_most(4096);
template <>
inline constexpr Limit limit_of<&recorder::Compose::height> = at_most(4096);
template <>
inline constexpr Limit limit_of<&recorder::Compose::frame_rate> = at_most(60);
template <>
inline constexpr Limit limit_of<&recorder::ComposeProgress::permille> = at_most(1000);

}  // namespace sealhall::wire

namespace sealhall::wire::recorder {

std::string encode(const ToRecorder& message) { return detail::encode_message(message); }
std::string encode(const FromRecorder& message) { return detail::encode_message(message); }
std::string encode(const ToComposer& message) { return detail::encode_message(message); }
std::string encode(const FromComposer& message) { return detail::encode_message(message); }

expected<ToRecorder, WireError> decode_to_recorder(std::string_view json) {
  return detail::text_to_message<ToRecorder>(json, max_channel_message_size);
}
expected<FromRecorder, WireError> decode_from_recorder(std::string_view json) {
  return detail::text_to_message<FromRecorder>(json, max_channel_message_size);
}
expected<ToComposer, WireError> decode_to_composer(std::string_view json) {
  return detail::text_to_message<ToComposer>(json, max_channel_message_size);
}
expected<FromComposer, WireError> decode_from_composer(std::string_view json) {
  return detail::text_to_message<FromComposer>(json, max_channel_message_size);
}

}  // namespace sealhall::wire::recorder
