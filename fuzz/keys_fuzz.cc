// deps: kms
// Files of the key service: keystore, root key, recovery code, audit log and its head. Byte 0 chooses. What is read
// must be written back to the same.
#include <algorithm>

#include "core/base/check.h"
#include "kms/audit_log.h"
#include "kms/keystore_file.h"
#include "kms/recovery_kit.h"
#include "kms/root_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sealhall;
  using namespace sealhall::kms;
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  static SeededRandom random{1};
  static const auto signer = crypto::Ed25519PrivateKey::generate(random);
  switch (data[0] % 5) {
    case 0:
      if (const auto file = parse_keystore(text)) {
        const Secret<32> key;
        const std::string written = encode_keystore(*file, key);
        SEALHALL_CHECK(authentic_keystore(written, key));
        const auto again = parse_keystore(written);
        SEALHALL_CHECK(again && encode_keystore(*again, key) == written);
      }
      break;
    case 1:
      // Without a passphrase: what Argon2id may cost is not what is tested here.
      if (const auto root = read_root_file(text, std::nullopt, random)) {
        const auto again = read_root_file(encode_root_file(**root), std::nullopt, random);
        SEALHALL_CHECK(again && (*again)->key() == (*root)->key() && (*again)->id() == (*root)->id());
      }
      break;
    case 2:
      if (const auto root = read_recovery_code(text, random)) {
        const auto again = read_recovery_code(recovery_code(*root), random);
        SEALHALL_CHECK(again && again->key() == (*root).key());
      }
      break;
    case 3: {
      AuditVerifier verifier{signer.public_key()};
      std::size_t lines = 0;
      for (std::string_view rest = text; !rest.empty() && !verifier.problem(); ++lines) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        verifier.feed(rest.substr(0, end));
        static_cast<void>(parse_audit_line(rest.substr(0, end)));  // what a start finds at the end of the file
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
      verifier.finish(std::nullopt);
      SEALHALL_CHECK(verifier.position().entries <= lines);
      break;
    }
    default:
      SEALHALL_CHECK(!parse_audit_head(text, signer.public_key()));
  }
  return 0;
}
