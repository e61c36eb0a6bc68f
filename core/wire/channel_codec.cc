// Tested in codec_test.cc
// The codec of the channels between control, the media workers and kms.
#include "core/wire/codec.h"
#include "core/wire/json_codec.h"

namespace sealhall::wire {

std::string encode(const media::ControlMessage& message) { return detail::encode_message(message); }
std::string encode(const media::WorkerMessage& message) { return detail::encode_message(message); }
std::string encode(const kms::ControlMessage& message) { return detail::encode_message(message); }
std::string encode(const kms::KmsMessage& message) { return detail::encode_message(message); }
std::string encode(const keys::CommandMessage& message) { return detail::encode_message(message); }
std::string encode(const keys::ControlAnswer& message) { return detail::encode_message(message); }

expected<media::ControlMessage, WireError> decode_media_control(std::string_view json) {
  return detail::text_to_message<media::ControlMessage>(json, max_channel_message_size);
}
expected<media::WorkerMessage, WireError> decode_media_worker(std::string_view json) {
  return detail::text_to_message<media::WorkerMessage>(json, max_channel_message_size);
}
expected<kms::ControlMessage, WireError> decode_kms_control(std::string_view json) {
  return detail::text_to_message<kms::ControlMessage>(json, max_channel_message_size);
}
expected<kms::KmsMessage, WireError> decode_kms(std::string_view json) {
  return detail::text_to_message<kms::KmsMessage>(json, max_channel_message_size);
}
expected<keys::CommandMessage, WireError> decode_keys_command(std::string_view json) {
  return detail::text_to_message<keys::CommandMessage>(json, max_channel_message_size);
}
expected<keys::ControlAnswer, WireError> decode_keys_answer(std::string_view json) {
  return detail::text_to_message<keys::ControlAnswer>(json, max_channel_message_size);
}

}  // namespace sealhall::wire
