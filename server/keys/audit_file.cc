// Tested in keys_test.cc
#include "server/keys/audit_file.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "core/base/encoding.h"
#include "io/files/files.h"
#include "kms/keystore_file.h"
#include "server/kms/key_folder.h"

namespace sealhall::keys {

std::optional<crypto::Ed25519PublicKey> audit_key(const std::string& folder) {
  constexpr std::size_t max_keystore_file = std::size_t{1} << 30;
  const auto text = io::read_file(kms::keystore_path(folder), max_keystore_file);
  const auto keystore = text ? kms::parse_keystore(as_text(*text)) : std::nullopt;
  if (!keystore) return std::nullopt;
  crypto::Ed25519PublicKey key{};
  std::ranges::copy(keystore->audit_public_key, key.begin());
  return key;
}

expected<AuditResult, std::string> verify_audit(const std::string& folder,
                                                const std::optional<kms::AuditPosition>& expected_at) {
  const auto key = audit_key(folder);
  if (!key) return unexpected("There is no keystore in " + folder + ", which names the key that signs the log.");
  std::ifstream log{kms::audit_log_path(folder)};
  if (!log) return unexpected("The file " + kms::audit_log_path(folder) + " cannot be read.");
  kms::AuditVerifier verifier{*key};
  if (expected_at) verifier.watch(*expected_at);
  // The head before the log: a running server may write both meanwhile, and the log only grows.
  const auto head_text = io::read_file(kms::audit_head_path(folder), 4096);
  std::string line;
  // A last line without its end is still being written.
  while (std::getline(log, line) && !log.eof()) verifier.feed(line);
  const auto head = head_text ? kms::parse_audit_head(as_text(*head_text), *key) : std::nullopt;
  verifier.finish(head);
  if (verifier.problem()) return unexpected(*verifier.problem());
  if (!head) return unexpected("The file " + kms::audit_head_path(folder) + " is missing or was changed.");
  return AuditResult{verifier.position().entries, verifier.checkpoints(), verifier.unsigned_entries(),
                     verifier.position().chain};
}

std::optional<kms::AuditPosition> position_from(const std::string& text) {
  kms::AuditPosition position;
  const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), position.entries);
  const auto at = static_cast<std::size_t>(after - text.data());
  if (error != std::errc{} || at >= text.size() || text[at] != ':') return std::nullopt;
  const auto chain = from_hex(std::string_view{text}.substr(at + 1));
  if (!chain || chain->size() != position.chain.size()) return std::nullopt;
  std::ranges::copy(*chain, position.chain.begin());
  return position;
}

std::string to_text(const kms::AuditPosition& position) {
  return std::to_string(position.entries) + ":" + to_hex(position.chain);
}

expected<AuditPage, std::string> read_audit(const std::string& folder, const AuditQuery& query) {
  std::ifstream log{kms::audit_log_path(folder)};
  if (!log) return unexpected("The file " + kms::audit_log_path(folder) + " cannot be read.");
  const std::string own = ",\"account\":\"" + query.account + "\"";
  std::vector<std::streamoff> found;
  std::string line;
  for (std::streamoff at = 0; std::getline(log, line) && !log.eof(); at = log.tellg()) {
    const bool of_account = line.find(own) != std::string::npos ||
                            (query.also_without_account && line.find(",\"account\":\"") == std::string::npos);
    if (!of_account) continue;
    if (std::ranges::all_of(query.parts, [&](const auto& part) { return line.find(part) != std::string::npos; })) {
      found.push_back(at);
    }
  }
  AuditPage page;
  page.total = found.size();
  log.clear();
  for (std::uint64_t i = query.offset; i < found.size() && page.lines.size() < query.limit; ++i) {
    log.seekg(found[found.size() - 1 - i]);
    if (!std::getline(log, line)) break;
    page.lines.push_back(line);
  }
  return page;
}

}  // namespace sealhall::keys
