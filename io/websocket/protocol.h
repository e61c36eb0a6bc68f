// The WebSocket protocol on bytes (RFC 6455): frames to messages and back, with every rule about both. Sans-IO; wslay
// inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/base/random.h"

namespace sealhall::io {

/// Close codes (RFC 6455 section 7.4.1); 4000..4999 are ours to use.
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
inline constexpr std::uint16_t no_status = 1005;  ///< never sent: the peer gave none
inline constexpr std::uint16_t abnormal = 1006;   ///< never sent: the connection was lost
inline constexpr std::uint16_t invalid_payload = 1007;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t message_too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t try_again_later = 1013;
}  // namespace close_code

enum class WebSocketRole : std::uint8_t { server, client };

struct WebSocketLimits {
  std::size_t message = 64U << 10;  ///< bytes of one message after it is put together
  std::size_t fragments =
      64;  ///< frames of one message; smaller breaks streaming senders, larger lets one waste our time
};

/// A whole message or control frame that arrived.
struct WebSocketEvent {
  enum class Kind : std::uint8_t { text, binary, ping, pong, close };
  Kind kind;
  std::string data;        ///< payload; for close the reason
  std::uint16_t code = 0;  ///< for close; `no_status` when absent
};

/// Reads frames. Costs nothing while no frame is under way.
class WebSocketReader {
 public:
  explicit WebSocketReader(WebSocketRole role, WebSocketLimits limits = {});
  ~WebSocketReader();
  WebSocketReader(WebSocketReader&&) noexcept;
  WebSocketReader& operator=(WebSocketReader&&) noexcept;

  /// Takes all of `data` and appends what is complete to `events`. An error is the close code to send (1002 protocol
  /// error, 1007 not UTF-8, 1009 too big); the events before it are valid, and nothing more may be fed. Nothing is read
  /// after a close frame.
  expected<void, std::uint16_t> feed(ByteView data, std::vector<WebSocketEvent>& events);

 private:
  struct Impl;
  WebSocketRole role_;
  WebSocketLimits limits_;
  std::unique_ptr<Impl> impl_;
};

/// Appends one whole frame to `out`. A client's frames are masked with bytes of `masks` (RFC 6455 section 5.3), a
/// server's not.
void write_websocket_frame(Bytes& out, WebSocketRole role, WebSocketEvent::Kind kind, ByteView payload,
                           RandomSource& masks);
/// A close frame; `reason` is cut to 123 bytes at a character border.
void write_websocket_close(Bytes& out, WebSocketRole role, std::uint16_t code, std::string_view reason,
                           RandomSource& masks);

/// The value of Sec-WebSocket-Accept for a key (RFC 6455 section 4.2.2).
std::string websocket_accept_value(std::string_view key);
/// Whether `key` is base64 of 16 bytes.
bool websocket_key_is_valid(std::string_view key);

/// UTF-8 (RFC 3629) checked piece by piece.
class Utf8Check {
 public:
  /// False as soon as what came can never become valid.
  bool feed(ByteView data) noexcept;
  /// Whether it may end here.
  [[nodiscard]] bool complete() const noexcept { return need_ == 0; }

 private:
  std::uint8_t need_ = 0;    ///< continuation bytes that are missing
  std::uint8_t low_ = 0x80;  ///< bounds of the next one
  std::uint8_t high_ = 0xbf;
};

}  // namespace sealhall::io
