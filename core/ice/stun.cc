#include "core/ice/stun.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/secret.h"
#include "core/crypto/hash.h"
#include "core/crypto/md5.h"

namespace sealhall::stun {

namespace {

constexpr std::size_t integrity_size = 20;
constexpr std::uint32_t fingerprint_xor = 0x5354554e;  // RFC 8489 section 14.7

constexpr std::size_t padded(std::size_t n) noexcept { return (n + 3) & ~std::size_t{3}; }

constexpr std::array<std::uint32_t, 256> make_crc_table() noexcept {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xEDB88320U ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}
constexpr auto crc_table = make_crc_table();

/// The message type interleaves method and class (RFC 8489 section 5, figure 3).
constexpr std::uint16_t encode_type(Class kind, std::uint16_t m) noexcept {
  const auto c = static_cast<unsigned>(kind);
  return static_cast<std::uint16_t>((m & 0x000FU) | ((m & 0x0070U) << 1) | ((m & 0x0F80U) << 2) | ((c & 1U) << 4) |
                                    ((c & 2U) << 7));
}
constexpr std::uint16_t method_of(std::uint16_t type) noexcept {
  return static_cast<std::uint16_t>((type & 0x000FU) | ((type & 0x00E0U) >> 1) | ((type & 0x3E00U) >> 2));
}
constexpr Class class_of(std::uint16_t type) noexcept {
  return static_cast<Class>(((type >> 4) & 1U) | ((type >> 7) & 2U));
}

/// The XOR of an address with the cookie and the transaction id is its own reverse (RFC 8489 section 14.2).
void xor_ip(std::span<std::uint8_t> ip, const TransactionId& transaction) noexcept {
  std::array<std::uint8_t, 16> mask{};
  store_u32(mask.data(), magic_cookie);
  std::ranges::copy(transaction, mask.begin() + 4);
  for (std::size_t i = 0; i < ip.size(); ++i) ip[i] ^= mask[i];
}

/// HMAC-SHA1 over the message up to MESSAGE-INTEGRITY, its length field as if the message ended behind that attribute
/// (RFC 8489 section 14.5).
void compute_integrity(ByteView message, std::size_t integrity_at, ByteView key,
                       std::span<std::uint8_t, integrity_size> out) noexcept {
  std::array<std::uint8_t, 4> head{message[0], message[1]};
  store_u16(&head[2], static_cast<std::uint16_t>(integrity_at + 4 + integrity_size - header_size));
  const crypto::Hmac hmac{crypto::HashAlgorithm::sha1, key};
  hmac.compute({head, message.subspan(4, integrity_at - 4)}, out);
}

}  // namespace

std::uint32_t crc32(ByteView bytes) noexcept {
  std::uint32_t c = 0xFFFFFFFFU;
  for (const std::uint8_t b : bytes) c = crc_table[(c ^ b) & 0xFF] ^ (c >> 8);
  return c ^ 0xFFFFFFFFU;
}

bool looks_like_stun(ByteView datagram) noexcept {
  return datagram.size() >= header_size && (datagram[0] & 0xC0) == 0 && load_u32(&datagram[4]) == magic_cookie;
}

expected<Message, StunError> parse(ByteView datagram) noexcept {
  if (datagram.size() < header_size) return unexpected(StunError::truncated);
  if (!looks_like_stun(datagram)) return unexpected(StunError::not_stun);
  const std::size_t length = load_u16(&datagram[2]);
  if (length % 4 != 0) return unexpected(StunError::bad_length);
  if (header_size + length > datagram.size()) return unexpected(StunError::truncated);
  if (header_size + length < datagram.size()) return unexpected(StunError::bad_length);

  Message message;
  const std::uint16_t type = load_u16(datagram.data());
  message.kind = class_of(type);
  message.method = method_of(type);
  std::copy_n(&datagram[8], message.transaction.size(), message.transaction.begin());
  message.bytes = datagram;

  std::size_t counted = datagram.size();  // where the attributes that count end
  for (std::size_t at = header_size; at < datagram.size();) {
    if (datagram.size() - at < 4) return unexpected(StunError::bad_attribute);
    const std::uint16_t attribute_type = load_u16(&datagram[at]);
    const std::size_t size = load_u16(&datagram[at + 2]);
    if (padded(size) > datagram.size() - at - 4) return unexpected(StunError::bad_attribute);
    if (message.has_fingerprint) return unexpected(StunError::bad_fingerprint);  // section 14.7: the last attribute
    if (attribute_type == attribute::fingerprint) {
      if (size != 4) return unexpected(StunError::bad_attribute);
      if (load_u32(&datagram[at + 4]) != (crc32(datagram.first(at)) ^ fingerprint_xor))
        return unexpected(StunError::bad_fingerprint);
      message.has_fingerprint = true;
      counted = std::min(counted, at);
    } else if (attribute_type == attribute::message_integrity && !message.integrity_at) {
      if (size != integrity_size) return unexpected(StunError::bad_attribute);
      message.integrity_at = at;
      counted = std::min(counted, at);
    } else if (attribute_type == attribute::message_integrity_sha256) {
      counted = std::min(counted, at);
    }
    at += 4 + padded(size);
  }
  message.attributes = datagram.subspan(header_size, counted - header_size);
  return message;
}

std::optional<ByteView> Message::find(std::uint16_t type) const noexcept {
  for (std::size_t at = 0; at < attributes.size();) {
    const std::size_t size = load_u16(&attributes[at + 2]);
    if (load_u16(&attributes[at]) == type) return attributes.subspan(at + 4, size);
    at += 4 + padded(size);
  }
  return std::nullopt;
}

std::optional<std::string_view> Message::text(std::uint16_t type) const noexcept {
  const auto value = find(type);
  if (!value) return std::nullopt;
  return as_text(*value);
}

std::optional<std::uint32_t> Message::u32(std::uint16_t type) const noexcept {
  const auto value = find(type);
  if (!value || value->size() != 4) return std::nullopt;
  return load_u32(value->data());
}

std::optional<std::uint64_t> Message::u64(std::uint16_t type) const noexcept {
  const auto value = find(type);
  if (!value || value->size() != 8) return std::nullopt;
  return load_u64(value->data());
}

expected<ice::Address, StunError> Message::xor_address(std::uint16_t type) const noexcept {
  const auto value = find(type);
  if (!value) return unexpected(StunError::missing);
  return read_xor_address(*value);
}

expected<ice::Address, StunError> Message::read_xor_address(ByteView value) const noexcept {
  if (value.size() < 4) return unexpected(StunError::bad_attribute);
  const std::uint8_t family = value[1];
  const auto port = static_cast<std::uint16_t>(load_u16(value.data() + 2) ^ (magic_cookie >> 16));
  if (family == 1 && value.size() == 8) {
    std::array<std::uint8_t, 4> ip{};
    std::copy_n(value.data() + 4, 4, ip.begin());
    xor_ip(ip, transaction);
    return ice::Address::v4(ip, port);
  }
  if (family == 2 && value.size() == 20) {
    std::array<std::uint8_t, 16> ip{};
    std::copy_n(value.data() + 4, 16, ip.begin());
    xor_ip(ip, transaction);
    return ice::Address::v6(ip, port);
  }
  return unexpected(StunError::bad_attribute);
}

std::optional<int> Message::error_code() const noexcept {
  const auto value = find(attribute::error_code);
  if (!value || value->size() < 4) return std::nullopt;
  const int hundreds = (*value)[2] & 7;
  const int number = (*value)[3];
  if (hundreds < 3 || hundreds > 6 || number > 99) return std::nullopt;
  return hundreds * 100 + number;
}

expected<void, StunError> verify_integrity(const Message& message, ByteView key) noexcept {
  if (!message.integrity_at) return unexpected(StunError::no_integrity);
  if (message.bytes.size() > max_protected_size) return unexpected(StunError::wrong_integrity);
  std::array<std::uint8_t, integrity_size> expected_code{};
  compute_integrity(message.bytes, *message.integrity_at, key, expected_code);
  if (!constant_time_equal(expected_code, message.bytes.subspan(*message.integrity_at + 4, integrity_size)))
    return unexpected(StunError::wrong_integrity);
  return {};
}

UnknownAttributes unknown_required(const Message& message, std::span<const std::uint16_t> known) noexcept {
  UnknownAttributes unknown;
  const ByteView attributes = message.attributes;
  for (std::size_t at = 0; at < attributes.size() && unknown.count < unknown.types.size();) {
    const std::uint16_t type = load_u16(&attributes[at]);
    if (type < 0x8000 && std::ranges::find(known, type) == known.end()) unknown.types[unknown.count++] = type;
    at += 4 + padded(load_u16(&attributes[at + 2]));
  }
  return unknown;
}

Builder::Builder(MutableBytes out, Class kind, std::uint16_t m, const TransactionId& transaction) noexcept
    : out_(out), writer_(out) {
  writer_.u16(encode_type(kind, m));
  writer_.u16(0);
  writer_.u32(magic_cookie);
  writer_.bytes(transaction);
}

Builder& Builder::bytes(std::uint16_t type, ByteView value) noexcept {
  SEALHALL_CHECK(value.size() <= 0xFFFF);
  writer_.u16(type);
  writer_.u16(static_cast<std::uint16_t>(value.size()));
  writer_.bytes(value);
  static constexpr std::array<std::uint8_t, 3> zeros{};
  writer_.bytes(ByteView{zeros}.first(padded(value.size()) - value.size()));
  return *this;
}

Builder& Builder::u32(std::uint16_t type, std::uint32_t value) noexcept {
  std::array<std::uint8_t, 4> b{};
  store_u32(b.data(), value);
  return bytes(type, b);
}

Builder& Builder::u64(std::uint16_t type, std::uint64_t value) noexcept {
  std::array<std::uint8_t, 8> b{};
  store_u64(b.data(), value);
  return bytes(type, b);
}

Builder& Builder::xor_address(std::uint16_t type, const ice::Address& address) noexcept {
  if (!writer_.ok()) return *this;
  std::array<std::uint8_t, 20> b{};
  b[1] = address.family == ice::Family::ipv4 ? 1 : 2;
  store_u16(&b[2], static_cast<std::uint16_t>(address.port ^ (magic_cookie >> 16)));
  const ByteView ip = address.ip_bytes();
  std::ranges::copy(ip, b.begin() + 4);
  TransactionId transaction{};
  std::copy_n(&out_[8], transaction.size(), transaction.begin());
  xor_ip(std::span{b}.subspan(4, ip.size()), transaction);
  return bytes(type, ByteView{b}.first(4 + ip.size()));
}

Builder& Builder::error(int code, std::string_view reason) noexcept {
  SEALHALL_CHECK(code >= 300 && code <= 699 && reason.size() <= 128);
  std::array<std::uint8_t, 132> b{};
  b[2] = static_cast<std::uint8_t>(code / 100);
  b[3] = static_cast<std::uint8_t>(code % 100);
  std::ranges::copy(as_bytes(reason), b.begin() + 4);
  return bytes(attribute::error_code, ByteView{b}.first(4 + reason.size()));
}

Builder& Builder::unknown(const UnknownAttributes& attributes) noexcept {
  std::array<std::uint8_t, 16> b{};
  for (std::size_t i = 0; i < attributes.count; ++i) store_u16(&b[2 * i], attributes.types[i]);
  return bytes(attribute::unknown_attributes, ByteView{b}.first(2 * attributes.count));
}

void Builder::set_length(std::size_t attribute_bytes) noexcept {
  store_u16(&out_[2], static_cast<std::uint16_t>(attribute_bytes));
}

Builder& Builder::integrity(ByteView key) noexcept {
  const std::size_t at = writer_.size();
  bytes(attribute::message_integrity, std::array<std::uint8_t, integrity_size>{});
  if (!writer_.ok()) return *this;
  SEALHALL_CHECK(writer_.size() <= max_protected_size);
  compute_integrity(out_.first(writer_.size()), at, key,
                    std::span<std::uint8_t, integrity_size>{out_.subspan(at + 4, integrity_size)});
  return *this;
}

Builder& Builder::fingerprint() noexcept {
  const std::size_t at = writer_.size();
  u32(attribute::fingerprint, 0);
  if (!writer_.ok()) return *this;
  set_length(writer_.size() - header_size);  // the CRC covers a length that includes FINGERPRINT
  store_u32(&out_[at + 4], crc32(ByteView{out_}.first(at)) ^ fingerprint_xor);
  return *this;
}

expected<std::size_t, StunError> Builder::finish() noexcept {
  if (!writer_.ok() || writer_.size() - header_size > 0xFFFF) return unexpected(StunError::buffer_too_small);
  set_length(writer_.size() - header_size);
  return writer_.size();
}

std::array<std::uint8_t, 16> long_term_key(std::string_view username, std::string_view realm,
                                           std::string_view password) noexcept {
  Bytes text;
  text.reserve(username.size() + realm.size() + password.size() + 2);
  append(text, as_bytes(username));
  text.push_back(':');
  append(text, as_bytes(realm));
  text.push_back(':');
  append(text, as_bytes(password));
  const auto key = crypto::md5(text);
  wipe(text);
  return key;
}

}  // namespace sealhall::stun
