#include "server/identity/recovery_codes.h"

#include <array>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"

namespace sealhall::identity {
namespace {
constexpr std::string_view letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";  // Crockford's base 32
constexpr std::size_t code_letters = 16;
}  // namespace

std::string new_recovery_code(RandomSource& random) {
  std::array<std::uint8_t, code_letters> bytes{};
  random.fill(bytes);
  std::string code;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i != 0 && i % 4 == 0) code += '-';
    code += letters[bytes[i] % letters.size()];
  }
  return code;
}

std::optional<std::string> recovery_code_hash(std::string_view user_id, std::string_view code) {
  std::string plain;
  for (char c : code.substr(0, 64)) {
    if (c == '-' || c == ' ') continue;
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    if (c == 'O') c = '0';
    if (c == 'I' || c == 'L') c = '1';
    if (letters.find(c) == std::string_view::npos) return std::nullopt;
    plain += c;
  }
  if (plain.size() != code_letters) return std::nullopt;
  const std::string text = "sealhall recovery code\n" + std::string{user_id} + "\n" + plain;
  return to_hex(crypto::sha256(as_bytes(text)));
}

}  // namespace sealhall::identity
