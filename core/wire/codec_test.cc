#include "core/wire/codec.h"

#include <doctest/doctest.h>

#include "core/wire/description.h"
#include "core/wire/json_codec.h"
#include "core/wire/records.h"

using namespace sealhall;
using namespace sealhall::wire;

namespace {

const std::string some_fingerprint = "sha-256 " + std::string(95, 'A');

/// A value of every described struct with no field left at its default, so that a field that is lost is seen.
template <class T>
T filled(unsigned seed);

template <class T>
void fill(T& out, const Limit& limit, unsigned seed) {
  if constexpr (std::is_same_v<T, bool>) {
    out = true;
  } else if constexpr (std::is_same_v<T, std::string>) {
    out = std::string(std::max<std::size_t>(limit.min_size, std::min<std::size_t>(limit.max_size, 5)), 'a');
    if (limit.max_size >= 5 && limit.min_size < 5) out = "a\"\\\n\xC3\xA9";  // 5 code points that need care
  } else if constexpr (std::is_same_v<T, Bytes>) {
    out = Bytes(std::max<std::size_t>(limit.min_size, 1), static_cast<std::uint8_t>(0xF0 + seed));
  } else if constexpr (DescribedEnum<T>) {
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) { out = d.value; });
  } else if constexpr (std::is_integral_v<T>) {
    out = static_cast<T>(std::min<std::uint64_t>(limit.max_value, std::numeric_limits<T>::max()));
  } else if constexpr (IsOptional<T>::value) {
    fill(out.emplace(), limit, seed);
  } else if constexpr (IsList<T>::value) {
    out.resize(std::max<std::size_t>(1, std::min<std::size_t>(limit.max_size, 2)));
    for (auto& element : out) fill(element, Limit{}, ++seed);
  } else {
    out = filled<T>(seed);
  }
}

template <class T>
T filled(unsigned seed) {
  T out;
  for_each_field<T>([&](auto d) { fill(out.*d.pointer, limit_of<decltype(d)::pointer>, ++seed); });
  return out;
}

template <class T>
bool same(const T& a, const T& b) {
  if constexpr (IsOptional<T>::value) {
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
  } else if constexpr (IsList<T>::value) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!same(a[i], b[i])) return false;
    }
    return true;
  } else if constexpr (Described<T>) {
    bool equal_fields = true;
    for_each_field<T>([&](auto d) { equal_fields = equal_fields && same(a.*d.pointer, b.*d.pointer); });
    return equal_fields;
  } else {
    return a == b;
  }
}

template <class Variant, class Decode>
void check_round_trips(Decode decode) {
  boost::mp11::mp_for_each<boost::mp11::mp_transform<std::type_identity, Variant>>([&]<class T>(std::type_identity<T>) {
    CAPTURE(message_type<T>());
    for (const T& message : {T{filled<T>(1)}, T{filled<T>(7)}}) {
      const std::string text = encode(Variant{message});
      auto back = decode(text);
      REQUIRE_MESSAGE(back.has_value(), text);
      REQUIRE(std::holds_alternative<T>(*back));
      CHECK(same(std::get<T>(*back), message));
      CHECK(encode(*back) == text);
    }
  });
}

std::string join_with(std::string_view field, std::string_view value) {
  std::string text = encode(ClientMessage{filled<Join>(1)});
  const std::string key = "\"" + std::string{field} + "\":";
  const std::size_t from = text.find(key) + key.size();
  REQUIRE(from >= key.size());
  std::size_t to = from;
  int depth = 0;
  bool quoted = false;
  for (; to < text.size(); ++to) {
    const char c = text[to];
    if (quoted) {
      if (c == '\\')
        ++to;
      else if (c == '"')
        quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if (depth == 0 && (c == ',' || c == '}')) break;
    if (c == '}' || c == ']') --depth;
  }
  return text.replace(from, to - from, value);
}

WireError error_of(std::string_view text) {
  auto r = decode_client(text);
  REQUIRE_MESSAGE(!r.has_value(), text);
  return r.error();
}

}  // namespace

TEST_CASE("wire: every message comes back as it was sent, on every channel") {
  check_round_trips<ClientMessage>(decode_client);
  check_round_trips<ServerMessage>(decode_server);
  check_round_trips<media::ControlMessage>(decode_media_control);
  check_round_trips<media::WorkerMessage>(decode_media_worker);
  check_round_trips<kms::ControlMessage>(decode_kms_control);
  check_round_trips<kms::KmsMessage>(decode_kms);
  check_round_trips<keys::CommandMessage>(decode_keys_command);
  check_round_trips<keys::ControlAnswer>(decode_keys_answer);
  check_round_trips<Record>(decode_record);
}

TEST_CASE("wire: the text of a message is what the protocol says") {
  CHECK(encode(ClientMessage{Leave{}}) == R"({"type":"leave"})");
  CHECK(encode(ClientMessage{HostCommand{HostAction::waiting_room_on, {}}}) ==
        R"({"type":"host_command","action":"waiting_room_on"})");
  CHECK(encode(ClientMessage{HostCommand{HostAction::remove, 7}}) ==
        R"({"type":"host_command","action":"remove","participant":7})");
  CHECK(encode(ServerMessage{NewGeneration{{3, {0xFB, 0xFF}, {}}}}) ==
        R"({"type":"new_generation","sealed":{"generation":3,"enc":"-_8","ciphertext":""}})");
  CHECK(encode(media::WorkerMessage{media::Stopped{}}) == R"({"type":"stopped"})");
  CHECK(type_of(encode(media::WorkerMessage{filled<media::Hello>(1)})) == "media_hello");
  CHECK(type_of(encode(kms::KmsMessage{filled<kms::Hello>(1)})) == "kms_hello");
  CHECK(type_of("[]") == "");
  CHECK(type_of("{\"type\":5}") == "");
}

TEST_CASE("wire: unknown fields are ignored, absent optionals are absent, order does not matter") {
  auto m = decode_client(R"({"participant":7,"later":{"a":[1,2.5,null]},"action":"admit","type":"host_command"})");
  REQUIRE(m.has_value());
  CHECK(std::get<HostCommand>(*m).participant == 7);
  m = decode_client(R"({"type":"host_command","action":"admit"})");
  REQUIRE(m.has_value());
  CHECK_FALSE(std::get<HostCommand>(*m).participant.has_value());
}

TEST_CASE("wire: what is wrong is named with its field") {
  using enum WireErrorKind;
  CHECK(error_of("") == WireError{not_json, ""});
  CHECK(error_of("{") == WireError{not_json, ""});
  CHECK(error_of("{} {}") == WireError{not_json, ""});
  CHECK(error_of("nonsense") == WireError{not_json, ""});
  CHECK(error_of("{\"type\":\"ping\xFF\",\"id\":1}") == WireError{not_json, ""});
  CHECK(error_of("[1]") == WireError{not_an_object, ""});
  CHECK(error_of("null") == WireError{not_an_object, ""});
  CHECK(error_of("{}") == WireError{no_type, "type"});
  CHECK(error_of(R"({"type":1})") == WireError{no_type, "type"});
  CHECK(error_of(R"({"type":"joined"})") == WireError{unknown_type, "type"});
  CHECK(error_of(R"({"type":"Join"})") == WireError{unknown_type, "type"});
  CHECK(error_of(R"({"type":"ping"})") == WireError{missing_field, "id"});
  CHECK(error_of(R"({"type":"ping","id":"1"})") == WireError{wrong_type, "id"});
  CHECK(error_of(R"({"type":"ping","id":1.0})") == WireError{wrong_type, "id"});
  CHECK(error_of(R"({"type":"ping","id":-1})") == WireError{out_of_range, "id"});
  CHECK(error_of(R"({"type":"ping","id":9007199254740992})") == WireError{out_of_range, "id"});
  CHECK(error_of(R"({"type":"ping","id":18446744073709551615})") == WireError{out_of_range, "id"});
  CHECK(error_of(R"({"type":"ping","id":null})") == WireError{wrong_type, "id"});
  CHECK(error_of(R"({"type":"key_ready","generation":4294967296})") == WireError{out_of_range, "generation"});
  CHECK(error_of(R"({"type":"set_muted","audio":0,"video":true})") == WireError{wrong_type, "audio"});
  CHECK(error_of(R"({"type":"host_command","action":"explode"})") == WireError{unknown_value, "action"});
  CHECK(error_of(R"({"type":"host_command","action":2})") == WireError{wrong_type, "action"});
  CHECK(error_of(R"({"type":"host_command","action":"admit","participant":null})") ==
        WireError{wrong_type, "participant"});
  CHECK(error_of(R"({"type":"subscribe","videos":{}})") == WireError{wrong_type, "videos"});
  CHECK(error_of(R"({"type":"subscribe","videos":[1]})") == WireError{wrong_type, "videos"});
  CHECK(error_of(R"({"type":"subscribe","videos":[{"slot":1}]})") == WireError{missing_field, "participant"});
  CHECK(error_of(R"({"type":"publish","sources":[{"kind":"camera","codec":"vp8","encodings":[]}]})") ==
        WireError{wrong_size, "encodings"});
}

TEST_CASE("wire: sizes and ranges of a join are enforced to the byte") {
  using enum WireErrorKind;
  REQUIRE(decode_client(encode(ClientMessage{filled<Join>(1)})).has_value());
  CHECK(error_of(join_with("hpke_public_key", "\"" + to_base64url(Bytes(31)) + "\"")) ==
        WireError{wrong_size, "hpke_public_key"});
  CHECK(error_of(join_with("hpke_public_key", "\"" + to_base64url(Bytes(33)) + "\"")) ==
        WireError{wrong_size, "hpke_public_key"});
  CHECK(error_of(join_with("sender_nonce", "\"" + to_base64url(Bytes(15)) + "\"")) ==
        WireError{wrong_size, "sender_nonce"});
  CHECK(error_of(join_with("sender_nonce", "\"" + to_base64(Bytes(16)) + "\"")) ==
        WireError{not_base64url, "sender_nonce"});
  CHECK(error_of(join_with("audio_slots", "33")) == WireError{out_of_range, "audio_slots"});
  CHECK(error_of(join_with("video_slots", "65")) == WireError{out_of_range, "video_slots"});
  CHECK(error_of(join_with("dtls_fingerprint", "\"sha-256 AA\"")) == WireError{wrong_size, "dtls_fingerprint"});
  CHECK(error_of(join_with("ice_ufrag", "\"abc\"")) == WireError{wrong_size, "ice_ufrag"});
  CHECK(error_of(join_with("meeting_id", "\"\"")) == WireError{wrong_size, "meeting_id"});
  CHECK(error_of(join_with("name", "\"" + std::string(65, 'x') + "\"")) == WireError{wrong_size, "name"});
  std::string wide;
  for (int i = 0; i < 64; ++i) wide += "\xF0\x9F\x98\x80";  // 64 code points in 256 bytes are a name
  CHECK(decode_client(join_with("name", "\"" + wide + "\"")).has_value());
}

TEST_CASE("wire: size and depth are bounded before anything is built") {
  const std::string padded = R"({"type":"ping","id":1,"x":")" + std::string(max_client_message_size, 'x') + "\"}";
  CHECK(error_of(padded) == WireError{WireErrorKind::too_large, ""});
  const auto nested = [](std::size_t depth) {
    return R"({"type":"ping","id":1,"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  CHECK(decode_client(nested(max_json_depth - 1)).has_value());
  CHECK(error_of(nested(max_json_depth)) == WireError{WireErrorKind::not_json, ""});
  CHECK(error_of(nested(30'000)) == WireError{WireErrorKind::not_json, ""});
}

TEST_CASE("wire: a repeated field has one meaning, that of the last") {
  auto m = decode_client(R"({"type":"ping","id":1,"id":2})");
  REQUIRE(m.has_value());
  CHECK(std::get<Ping>(*m).id == 2);
}

TEST_CASE("wire: no channel takes the other direction's messages") {
  CHECK_FALSE(decode_server(encode(ClientMessage{filled<Join>(1)})).has_value());
  CHECK_FALSE(decode_media_worker(encode(media::ControlMessage{filled<media::OpenTransport>(1)})).has_value());
  CHECK_FALSE(decode_media_control(encode(media::WorkerMessage{filled<media::Hello>(1)})).has_value());
  CHECK_FALSE(decode_media_worker(encode(kms::KmsMessage{filled<kms::Hello>(1)})).has_value());
  CHECK_FALSE(decode_kms(encode(media::WorkerMessage{filled<media::Hello>(1)})).has_value());
}

TEST_CASE("wire: a roster of 3000 people fits in one message to a client") {
  Joined joined = filled<Joined>(1);
  joined.roster.assign(3000, filled<RosterEntry>(2));
  const std::string text = encode(ServerMessage{joined});
  CHECK(text.size() < max_server_message_size);
  CHECK(decode_server(text).has_value());
}

TEST_CASE("wire: the words of enumerators are their names") {
  CHECK(word_of(SourceKind::share_audio) == "share_audio");
  CHECK(word_of(OuterLeg::srtp_aes_256_gcm) == "srtp_aes_256_gcm");
  CHECK(word_of(static_cast<Role>(200)) == "");
  CHECK(name_of(WireErrorKind::not_base64url) == "not_base64url");
}
