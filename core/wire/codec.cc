#include "core/wire/codec.h"

#include "core/wire/json_codec.h"

namespace sealhall::wire {

BOOST_DESCRIBE_ENUM(WireErrorKind, too_large, not_json, not_an_object, no_type, unknown_type, missing_field, wrong_type,
                    out_of_range, wrong_size, unknown_value, not_base64url)

std::string_view name_of(WireErrorKind kind) noexcept { return detail::enum_word(kind); }

std::string encode(const ClientMessage& message) { return detail::encode_message(message); }
std::string encode(const ServerMessage& message) { return detail::encode_message(message); }

expected<ClientMessage, WireError> decode_client(std::string_view json) {
  return detail::text_to_message<ClientMessage>(json, max_client_message_size);
}
expected<ServerMessage, WireError> decode_server(std::string_view json) {
  return detail::text_to_message<ServerMessage>(json, max_server_message_size);
}

std::string type_of(std::string_view json) {
  return detail::with_object<std::string>(json, max_channel_message_size,
                                          [](const boost::json::object& object) -> expected<std::string, WireError> {
                                            const auto* type = object.if_contains("type");
                                            if (type == nullptr || !type->is_string()) return std::string{};
                                            return std::string{type->get_string().c_str()};
                                          })
      .value_or("");
}

std::string_view word_of(SourceKind value) noexcept { return detail::enum_word(value); }
std::string_view word_of(Role value) noexcept { return detail::enum_word(value); }
std::string_view word_of(OuterLeg value) noexcept { return detail::enum_word(value); }
std::string_view word_of(ClientKind value) noexcept { return detail::enum_word(value); }
std::string_view word_of(HostAction value) noexcept { return detail::enum_word(value); }
std::string_view word_of(EndReason value) noexcept { return detail::enum_word(value); }
std::string_view word_of(ErrorCode value) noexcept { return detail::enum_word(value); }
std::string_view word_of(ChatScope value) noexcept { return detail::enum_word(value); }
std::string_view word_of(ChatPolicy value) noexcept { return detail::enum_word(value); }
std::string_view word_of(PollState value) noexcept { return detail::enum_word(value); }
std::string_view word_of(QuestionState value) noexcept { return detail::enum_word(value); }
std::string_view word_of(RecordingState value) noexcept { return detail::enum_word(value); }
std::string_view word_of(ConsentState value) noexcept { return detail::enum_word(value); }
std::string_view word_of(ShapeKind value) noexcept { return detail::enum_word(value); }

}  // namespace sealhall::wire
