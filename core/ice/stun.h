// STUN messages: reading without copying, writing into a caller's buffer (RFC 8489 sections 5 and 14).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/expected.h"
#include "core/ice/address.h"

namespace sealhall::stun {

enum class StunError : std::uint8_t {
  not_stun,          ///< the first bits or the magic cookie are others
  truncated,         ///< shorter than a header, or than its length field says
  bad_length,        ///< the length is no multiple of 4, or bytes follow the message
  bad_attribute,     ///< an attribute runs past the end, or its value has the wrong size or form
  bad_fingerprint,   ///< FINGERPRINT is there and wrong, or not the last attribute
  no_integrity,      ///< there is no MESSAGE-INTEGRITY
  wrong_integrity,   ///< MESSAGE-INTEGRITY does not match the key
  missing,           ///< an attribute that was asked for is not there
  buffer_too_small,  ///< (writing) it does not fit
};

inline constexpr std::size_t header_size = 20;
inline constexpr std::uint32_t magic_cookie = 0x2112A442;
/// The largest message that integrity is computed for. Larger costs stack; smaller would refuse long nonces and realms.
inline constexpr std::size_t max_protected_size = 2048;

/// RFC 8489 section 5.
enum class Class : std::uint8_t { request = 0, indication = 1, success = 2, error = 3 };

namespace method {
inline constexpr std::uint16_t binding = 0x001;
inline constexpr std::uint16_t allocate = 0x003;  // RFC 8656 section 17
inline constexpr std::uint16_t refresh = 0x004;
inline constexpr std::uint16_t send = 0x006;
inline constexpr std::uint16_t data = 0x007;
inline constexpr std::uint16_t create_permission = 0x008;
inline constexpr std::uint16_t channel_bind = 0x009;
}  // namespace method

/// Attribute types below 0x8000 must be understood (RFC 8489 section 14).
namespace attribute {
inline constexpr std::uint16_t mapped_address = 0x0001;
inline constexpr std::uint16_t username = 0x0006;
inline constexpr std::uint16_t message_integrity = 0x0008;
inline constexpr std::uint16_t error_code = 0x0009;
inline constexpr std::uint16_t unknown_attributes = 0x000A;
inline constexpr std::uint16_t channel_number = 0x000C;
inline constexpr std::uint16_t lifetime = 0x000D;
inline constexpr std::uint16_t xor_peer_address = 0x0012;
inline constexpr std::uint16_t data = 0x0013;
inline constexpr std::uint16_t realm = 0x0014;
inline constexpr std::uint16_t nonce = 0x0015;
inline constexpr std::uint16_t xor_relayed_address = 0x0016;
inline constexpr std::uint16_t requested_address_family = 0x0017;
inline constexpr std::uint16_t even_port = 0x0018;
inline constexpr std::uint16_t requested_transport = 0x0019;
inline constexpr std::uint16_t dont_fragment = 0x001A;
inline constexpr std::uint16_t message_integrity_sha256 = 0x001C;
inline constexpr std::uint16_t xor_mapped_address = 0x0020;
inline constexpr std::uint16_t reservation_token = 0x0022;
inline constexpr std::uint16_t priority = 0x0024;
inline constexpr std::uint16_t use_candidate = 0x0025;
inline constexpr std::uint16_t software = 0x8022;
inline constexpr std::uint16_t fingerprint = 0x8028;
inline constexpr std::uint16_t ice_controlled = 0x8029;
inline constexpr std::uint16_t ice_controlling = 0x802A;
}  // namespace attribute

using TransactionId = std::array<std::uint8_t, 12>;

/// A message whose attributes all lie inside the datagram and whose FINGERPRINT, if any, is right. Views point into the
/// bytes given to `parse`.
struct Message {
  Class kind = Class::request;
  std::uint16_t method = 0;
  TransactionId transaction{};
  ByteView bytes;       ///< the whole message
  ByteView attributes;  ///< those that count: up to MESSAGE-INTEGRITY, or all (RFC 8489 section 14.5)
  std::optional<std::size_t> integrity_at;  ///< offset of the MESSAGE-INTEGRITY attribute in `bytes`
  bool has_fingerprint = false;

  /// The value of the first attribute of this type that counts; nullopt when there is none.
  [[nodiscard]] std::optional<ByteView> find(std::uint16_t type) const noexcept;
  /// Calls `f(value)` for every attribute of this type that counts.
  template <typename F>
  void each(std::uint16_t type, F&& f) const {
    for (std::size_t at = 0; at < attributes.size();) {
      const std::size_t size = load_u16(&attributes[at + 2]);
      if (load_u16(&attributes[at]) == type) f(attributes.subspan(at + 4, size));
      at += 4 + ((size + 3) & ~std::size_t{3});
    }
  }
  [[nodiscard]] bool has(std::uint16_t type) const noexcept { return find(type).has_value(); }
  [[nodiscard]] std::optional<std::string_view> text(std::uint16_t type) const noexcept;
  [[nodiscard]] std::optional<std::uint32_t> u32(std::uint16_t type) const noexcept;
  [[nodiscard]] std::optional<std::uint64_t> u64(std::uint16_t type) const noexcept;
  /// An XOR-MAPPED-ADDRESS-like attribute (RFC 8489 section 14.2). Errors: missing, bad_attribute.
  [[nodiscard]] expected<ice::Address, StunError> xor_address(std::uint16_t type) const noexcept;
  /// The same for a value that `each` gave.
  [[nodiscard]] expected<ice::Address, StunError> read_xor_address(ByteView value) const noexcept;
  /// ERROR-CODE as a number 300..699; nullopt when absent or malformed.
  [[nodiscard]] std::optional<int> error_code() const noexcept;
};

/// True when the bytes may be STUN: long enough, first bits zero, magic cookie. Costs nothing; the first thing to ask.
[[nodiscard]] bool looks_like_stun(ByteView datagram) noexcept;

/// Reads exactly one message that fills `datagram`.
expected<Message, StunError> parse(ByteView datagram) noexcept;

/// Compares MESSAGE-INTEGRITY in constant time (RFC 8489 section 14.5). Errors: no_integrity, wrong_integrity.
expected<void, StunError> verify_integrity(const Message& message, ByteView key) noexcept;

/// Attributes below 0x8000 that are not in `known`, at most 8 of them (RFC 8489 section 6.3.1: answer 420 when not
/// empty).
struct UnknownAttributes {
  std::array<std::uint16_t, 8> types{};
  std::size_t count = 0;
};
UnknownAttributes unknown_required(const Message& message, std::span<const std::uint16_t> known) noexcept;

/// Writes one message into `out`. What does not fit makes `finish` fail, so attributes need no check each.
class Builder {
 public:
  Builder(MutableBytes out, Class kind, std::uint16_t method, const TransactionId& transaction) noexcept;

  Builder& bytes(std::uint16_t type, ByteView value) noexcept;
  Builder& text(std::uint16_t type, std::string_view value) noexcept { return bytes(type, as_bytes(value)); }
  Builder& u32(std::uint16_t type, std::uint32_t value) noexcept;
  Builder& u64(std::uint16_t type, std::uint64_t value) noexcept;
  Builder& flag(std::uint16_t type) noexcept { return bytes(type, {}); }
  Builder& xor_address(std::uint16_t type, const ice::Address& address) noexcept;
  /// `code` 300..699; the reason may be empty.
  Builder& error(int code, std::string_view reason) noexcept;
  Builder& unknown(const UnknownAttributes& attributes) noexcept;

  /// Adds MESSAGE-INTEGRITY over all that was written so far.
  Builder& integrity(ByteView key) noexcept;
  /// Adds FINGERPRINT; nothing may follow.
  Builder& fingerprint() noexcept;
  /// The size of the message in bytes. Error: buffer_too_small.
  expected<std::size_t, StunError> finish() noexcept;

 private:
  void set_length(std::size_t attribute_bytes) noexcept;

  MutableBytes out_;
  ByteWriter writer_;
};

/// Key of the long-term credential mechanism: MD5(username ":" realm ":" password) (RFC 8489 section 9.2.2).
std::array<std::uint8_t, 16> long_term_key(std::string_view username, std::string_view realm,
                                           std::string_view password) noexcept;

/// CRC-32 of FINGERPRINT before the XOR (ITU V.42).
std::uint32_t crc32(ByteView bytes) noexcept;

}  // namespace sealhall::stun
