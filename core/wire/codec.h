// Messages to JSON text and back. Outside data is checked here once: what decodes is within every limit of
// description.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/expected.h"
#include "core/wire/keys_admin.h"
#include "core/wire/kms_channel.h"
#include "core/wire/media_channel.h"
#include "core/wire/signalling.h"

namespace sealhall::wire {

/// Bytes of JSON. A smaller limit for clients refuses long publish lists, a larger one lets a stranger fill our memory.
inline constexpr std::size_t max_client_message_size = 64 * 1024;
inline constexpr std::size_t max_server_message_size = 1024 * 1024;
inline constexpr std::size_t max_channel_message_size = 1024 * 1024;
/// How deep lists and objects may stand in each other.
inline constexpr std::size_t max_json_depth = 12;

enum class WireErrorKind : std::uint8_t {
  too_large,      ///< more bytes than the channel allows
  not_json,       ///< no JSON, invalid UTF-8, or too deep
  not_an_object,  ///< JSON, but no object
  no_type,        ///< "type" is missing or no string
  unknown_type,   ///< a "type" that this direction does not have
  missing_field,  ///< a field that is not optional is missing
  wrong_type,     ///< text where a number belongs, and the like; also numbers with a fraction
  out_of_range,   ///< a number outside of its limit
  wrong_size,     ///< text, bytes or a list shorter or longer than its limit
  unknown_value,  ///< a word that is none of the enumeration
  not_base64url,  ///< bytes that are not base64url without padding
};
struct WireError {
  WireErrorKind kind = WireErrorKind::not_json;
  std::string_view field;  ///< the innermost field that is wrong, "" for the whole message; lives for ever

  bool operator==(const WireError&) const = default;
};
/// "wrong_size", for logs and messages.
std::string_view name_of(WireErrorKind kind) noexcept;

/// One JSON object in UTF-8, its members in the order of the description, optional ones that are not set left out. Our
/// own messages are not checked against their limits: whoever reads them does that.
std::string encode(const ClientMessage& message);
std::string encode(const ServerMessage& message);
std::string encode(const media::ControlMessage& message);
std::string encode(const media::WorkerMessage& message);
std::string encode(const kms::ControlMessage& message);
std::string encode(const kms::KmsMessage& message);
std::string encode(const keys::CommandMessage& message);
std::string encode(const keys::ControlAnswer& message);

/// Each reads one message of one direction. Members that are not known are ignored, so that a newer sender is
/// understood. `json` is not needed afterwards. The error is the first thing that is wrong; nothing of the message is
/// given then.
expected<ClientMessage, WireError> decode_client(std::string_view json);
expected<ServerMessage, WireError> decode_server(std::string_view json);
expected<media::ControlMessage, WireError> decode_media_control(std::string_view json);
expected<media::WorkerMessage, WireError> decode_media_worker(std::string_view json);
expected<kms::ControlMessage, WireError> decode_kms_control(std::string_view json);
expected<kms::KmsMessage, WireError> decode_kms(std::string_view json);
expected<keys::CommandMessage, WireError> decode_keys_command(std::string_view json);
expected<keys::ControlAnswer, WireError> decode_keys_answer(std::string_view json);

/// The "type" of a message, without decoding the rest; "" when there is none. For the first message of control.sock,
/// whose sender is known only by it.
std::string type_of(std::string_view json);

/// The word of an enumerator as it travels: "camera". Lives for ever; "" for a value that has no name.
std::string_view word_of(SourceKind value) noexcept;
std::string_view word_of(Role value) noexcept;
std::string_view word_of(OuterLeg value) noexcept;
std::string_view word_of(ClientKind value) noexcept;
std::string_view word_of(HostAction value) noexcept;
std::string_view word_of(EndReason value) noexcept;
std::string_view word_of(ErrorCode value) noexcept;
std::string_view word_of(ChatScope value) noexcept;
std::string_view word_of(ChatPolicy value) noexcept;
std::string_view word_of(PollState value) noexcept;
std::string_view word_of(QuestionState value) noexcept;
std::string_view word_of(RecordingState value) noexcept;
std::string_view word_of(ConsentState value) noexcept;
std::string_view word_of(ShapeKind value) noexcept;

}  // namespace sealhall::wire
