#include "io/websocket/protocol.h"

#include <wslay/wslay.h>

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "core/base/encoding.h"
#include "core/crypto/hash.h"

namespace sealhall::io {
namespace {

constexpr std::size_t control_limit = 125;  // RFC 6455 section 5.5

std::size_t header_size(std::uint64_t payload, bool masked) noexcept {
  return 2U + (payload > 0xffff ? 8U : payload > 125 ? 2U : 0U) + (masked ? 4U : 0U);
}

// RFC 6455 section 7.4: what may stand in a close frame.
bool close_code_is_valid(std::uint16_t code) noexcept {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != close_code::no_status && code != close_code::abnormal;
}

// Writing is stateless between frames, so the connections of a thread share it.
struct Writer {
  Bytes* out = nullptr;
  RandomSource* masks = nullptr;
  wslay_frame_context_ptr context = nullptr;

  Writer() {
    const wslay_frame_callbacks callbacks{[](const std::uint8_t* data, std::size_t size, int, void* self) -> ssize_t {
                                            append(*static_cast<Writer*>(self)->out, {data, size});
                                            return static_cast<ssize_t>(size);
                                          },
                                          nullptr,
                                          [](std::uint8_t* mask, std::size_t size, void* self) {
                                            static_cast<Writer*>(self)->masks->fill({mask, size});
                                            return 0;
                                          }};
    SEALHALL_CHECK(wslay_frame_context_init(&context, &callbacks, this) == 0);
  }
  ~Writer() { wslay_frame_context_free(context); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
};

std::uint8_t opcode_of(WebSocketEvent::Kind kind) noexcept {
  switch (kind) {
    case WebSocketEvent::Kind::text:
      return WSLAY_TEXT_FRAME;
    case WebSocketEvent::Kind::binary:
      return WSLAY_BINARY_FRAME;
    case WebSocketEvent::Kind::ping:
      return WSLAY_PING;
    case WebSocketEvent::Kind::pong:
      return WSLAY_PONG;
    case WebSocketEvent::Kind::close:
      return WSLAY_CONNECTION_CLOSE;
  }
  return WSLAY_CONNECTION_CLOSE;
}

}  // namespace

// Exists only while a frame or a message is under way: wslay's own state is 4 KiB.
struct WebSocketReader::Impl {
  Impl() {
    const wslay_frame_callbacks callbacks{nullptr,
                                          [](std::uint8_t* to, std::size_t size, int, void* self) -> ssize_t {
                                            Impl& i = *static_cast<Impl*>(self);
                                            const std::size_t n = std::min(size, i.in.size());
                                            std::copy_n(i.in.begin(), n, to);
                                            i.in = i.in.subspan(n);
                                            i.given += n;
                                            return n > 0 ? static_cast<ssize_t>(n) : -1;
                                          },
                                          nullptr};
    SEALHALL_CHECK(wslay_frame_context_init(&context, &callbacks, this) == 0);
  }
  ~Impl() { wslay_frame_context_free(context); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  [[nodiscard]] bool idle() const noexcept { return !in_frame && !in_message && given == accounted; }

  wslay_frame_context_ptr context = nullptr;
  ByteView in;
  std::uint64_t given = 0;      // bytes that wslay has taken
  std::uint64_t accounted = 0;  // bytes of the frames that it has given back
  std::uint64_t frame_left = 0;
  bool in_frame = false;
  bool in_message = false;
  bool message_is_text = false;
  bool closed = false;
  std::size_t fragments = 0;
  std::string message;
  std::string control;
  Utf8Check utf8;
};

WebSocketReader::WebSocketReader(WebSocketRole role, WebSocketLimits limits) : role_(role), limits_(limits) {}
WebSocketReader::~WebSocketReader() = default;
WebSocketReader::WebSocketReader(WebSocketReader&&) noexcept = default;
WebSocketReader& WebSocketReader::operator=(WebSocketReader&&) noexcept = default;

namespace {

expected<WebSocketEvent, std::uint16_t> read_close(std::string_view payload) {
  WebSocketEvent event{WebSocketEvent::Kind::close, {}, close_code::no_status};
  if (payload.empty()) return event;
  if (payload.size() == 1) return unexpected(close_code::protocol_error);
  event.code = load_u16(as_bytes(payload).data());
  event.data = payload.substr(2);
  if (!close_code_is_valid(event.code)) return unexpected(close_code::protocol_error);
  Utf8Check check;
  if (!check.feed(as_bytes(event.data)) || !check.complete()) return unexpected(close_code::invalid_payload);
  return event;
}

}  // namespace

expected<void, std::uint16_t> WebSocketReader::feed(ByteView data, std::vector<WebSocketEvent>& events) {
  if (data.empty()) return {};
  if (!impl_) impl_ = std::make_unique<Impl>();
  Impl& i = *impl_;
  if (i.closed) return {};  // RFC 6455 section 5.5.1: nothing follows a close frame
  i.in = data;
  while (true) {
    wslay_frame_iocb frame{};
    const ssize_t result = wslay_frame_recv(i.context, &frame);
    if (result == WSLAY_ERR_WANT_READ) break;
    if (result < 0) return unexpected(close_code::protocol_error);
    const bool control = wslay_is_ctrl_frame(frame.opcode) != 0;

    if (!i.in_frame) {
      i.in_frame = true;
      i.frame_left = frame.payload_length;
      i.accounted += header_size(frame.payload_length, frame.mask != 0) + frame.payload_length;
      // RFC 6455 section 5.1: a client masks, a server does not. Section 5.2: no extension was agreed, so no RSV bit.
      if ((frame.mask != 0) != (role_ == WebSocketRole::server) || frame.rsv != 0)
        return unexpected(close_code::protocol_error);
      if (control) {
        if (frame.fin == 0 || frame.payload_length > control_limit || frame.opcode > WSLAY_PONG) {
          return unexpected(close_code::protocol_error);
        }
        i.control.clear();
      } else {
        // Section 5.4: a message begins with a type and goes on without one.
        const bool goes_on = frame.opcode == WSLAY_CONTINUATION_FRAME;
        if (goes_on != i.in_message || frame.opcode > WSLAY_BINARY_FRAME) return unexpected(close_code::protocol_error);
        if (!goes_on) {
          i.in_message = true;
          i.message_is_text = frame.opcode == WSLAY_TEXT_FRAME;
          i.fragments = 0;
          i.utf8 = {};
        }
        if (frame.payload_length > limits_.message - i.message.size() || ++i.fragments > limits_.fragments) {
          return unexpected(close_code::message_too_big);
        }
      }
    }

    const ByteView chunk{frame.data, frame.data_length};
    i.frame_left -= chunk.size();
    if (control) {
      i.control.append(as_text(chunk));
    } else {
      i.message.append(as_text(chunk));
      if (i.message_is_text && !i.utf8.feed(chunk)) return unexpected(close_code::invalid_payload);
    }
    if (i.frame_left > 0) continue;
    i.in_frame = false;

    if (control) {
      if (frame.opcode == WSLAY_CONNECTION_CLOSE) {
        auto event = read_close(i.control);
        if (!event) return unexpected(event.error());
        events.push_back(std::move(*event));
        i.closed = true;
        return {};
      }
      const bool ping = frame.opcode == WSLAY_PING;
      events.push_back({ping ? WebSocketEvent::Kind::ping : WebSocketEvent::Kind::pong, i.control});
    } else if (frame.fin != 0) {
      if (i.message_is_text && !i.utf8.complete()) return unexpected(close_code::invalid_payload);
      events.push_back(
          {i.message_is_text ? WebSocketEvent::Kind::text : WebSocketEvent::Kind::binary, std::move(i.message)});
      i.message = {};
      i.in_message = false;
    }
  }
  if (i.idle()) impl_.reset();
  return {};
}

void write_websocket_frame(Bytes& out, WebSocketRole role, WebSocketEvent::Kind kind, ByteView payload,
                           RandomSource& masks) {
  // One a role: wslay goes on masking in a context that has masked once.
  thread_local std::array<Writer, 2> writers;
  Writer& writer = writers[role == WebSocketRole::client ? 1 : 0];
  writer.out = &out;
  writer.masks = &masks;
  out.reserve(out.size() + header_size(payload.size(), true) + payload.size());
  wslay_frame_iocb frame{};
  frame.fin = 1;
  frame.opcode = opcode_of(kind);
  frame.payload_length = payload.size();
  frame.mask = role == WebSocketRole::client ? 1 : 0;
  frame.data = payload.data();
  frame.data_length = payload.size();
  SEALHALL_CHECK(wslay_frame_send(writer.context, &frame) == static_cast<ssize_t>(payload.size()));
}

void write_websocket_close(Bytes& out, WebSocketRole role, std::uint16_t code, std::string_view reason,
                           RandomSource& masks) {
  Bytes payload;
  if (close_code_is_valid(code)) {
    std::size_t size = std::min(reason.size(), control_limit - 2);
    // Not in the middle of a character.
    while (size < reason.size() && size > 0 && (static_cast<std::uint8_t>(reason[size]) & 0xc0) == 0x80) --size;
    payload.resize(2);
    store_u16(payload.data(), code);
    append(payload, as_bytes(reason.substr(0, size)));
  }
  write_websocket_frame(out, role, WebSocketEvent::Kind::close, payload, masks);
}

std::string websocket_accept_value(std::string_view key) {
  // RFC 6455 section 4.2.2 asks for SHA-1; nothing rests on it but that the peer speaks WebSocket.
  crypto::detail::HashState hash;
  hash.start(crypto::HashAlgorithm::sha1);
  hash.update(crypto::HashAlgorithm::sha1, as_bytes(key));
  hash.update(crypto::HashAlgorithm::sha1, as_bytes("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
  std::array<std::uint8_t, crypto::max_hash_size> digest{};
  hash.finish(crypto::HashAlgorithm::sha1, digest.data());
  return to_base64(ByteView{digest}.first(20));
}

bool websocket_key_is_valid(std::string_view key) {
  const auto bytes = from_base64(key);
  return bytes && bytes->size() == 16;
}

}  // namespace sealhall::io
