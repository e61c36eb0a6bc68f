#include "server/identity/totp.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "core/crypto/hash.h"
#include "io/http/message.h"

namespace sealhall::identity {
namespace {

constexpr std::string_view base32_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::int64_t step_micros = 30'000'000;

}  // namespace

TotpSecret new_totp_secret(RandomSource& random) {
  TotpSecret secret;
  random.fill(secret.reveal_mutable());
  return secret;
}

std::int64_t totp_step(UnixMicros now) noexcept { return static_cast<std::int64_t>(now) / step_micros; }

std::string totp_code(ByteView secret, std::int64_t step, unsigned digits) {
  SEALHALL_CHECK(digits >= 6 && digits <= 8);
  std::array<std::uint8_t, 8> counter{};
  store_u64(counter.data(), static_cast<std::uint64_t>(step));
  std::array<std::uint8_t, 20> mac{};
  crypto::Hmac{crypto::HashAlgorithm::sha1, secret}.compute({counter}, mac);
  // RFC 4226 section 5.3: dynamic truncation.
  const std::size_t offset = mac.back() & 0x0FU;
  std::uint32_t number = load_u32(&mac[offset]) & 0x7FFFFFFFU;
  std::string code(digits, '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit, number /= 10)
    *digit = static_cast<char>('0' + number % 10);
  return code;
}

std::optional<std::int64_t> check_totp(ByteView secret, std::string_view code, UnixMicros now, std::int64_t last_used) {
  std::string typed;
  for (const char c : code.substr(0, 20)) {
    if (c != ' ') typed += c;
  }
  const std::int64_t present = totp_step(now);
  std::optional<std::int64_t> found;
  for (const std::int64_t step : {present - 1, present, present + 1}) {
    // Every candidate is computed and compared in constant time, whichever it is.
    const std::string right = totp_code(secret, step);
    if (constant_time_equal(as_bytes(right), as_bytes(typed)) && step > last_used && !found) found = step;
  }
  return found;
}

std::string totp_uri(ByteView secret, std::string_view issuer, std::string_view login) {
  const std::string who = io::percent_encode(issuer);
  return "otpauth://totp/" + who + ":" + io::percent_encode(login) + "?secret=" + to_base32(secret) + "&issuer=" + who +
         "&algorithm=SHA1&digits=6&period=30";
}

std::string to_base32(ByteView bytes) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5) out += base32_letters[(bits >> (count - 5)) & 31U];
  }
  if (count > 0) out += base32_letters[(bits << (5 - count)) & 31U];
  return out;
}

std::optional<Bytes> from_base32(std::string_view text) {
  Bytes out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    if (c == ' ' || c == '-') continue;
    const auto at = base32_letters.find(c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c);
    if (at == std::string_view::npos) return std::nullopt;
    bits = (bits << 5) | static_cast<std::uint32_t>(at);
    count += 5;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<std::uint8_t>(bits >> count));
    }
  }
  if (count >= 5 || (bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace sealhall::identity
