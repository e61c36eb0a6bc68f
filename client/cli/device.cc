#include "client/cli/device.h"

#include <array>
#include <cstdlib>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"
#include "core/crypto/random.h"
#include "io/files/files.h"

namespace sealhall::cli {
namespace {

std::optional<std::string> folder() {
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config != nullptr && *config == '/') {
    return std::string(config) + "/sealhall";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/') {
    return std::string(home) + "/.config/sealhall";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> device_of(const std::string& host, const std::string& meeting_id) {
  constexpr std::size_t secret_size = 32;
  const auto where = folder();
  if (!where || !io::make_private_folder(*where)) return std::nullopt;
  const std::string path = *where + "/device";
  auto secret = io::read_file(path, secret_size);
  if (!secret || secret->size() != secret_size) {
    secret = Bytes(secret_size);
    crypto::SystemRandom random;
    random.fill(*secret);
    if (!io::write_file_atomically(path, *secret)) return std::nullopt;
  }
  Bytes input = *secret;
  const std::string place = "\n" + host + "\n" + meeting_id;
  input.insert(input.end(), place.begin(), place.end());
  return to_base64url(crypto::sha256(input));
}

}  // namespace sealhall::cli
