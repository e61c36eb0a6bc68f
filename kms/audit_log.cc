#include "kms/audit_log.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "core/base/encoding.h"
#include "core/crypto/hash.h"

namespace sealhall::kms {
namespace {

constexpr std::string_view chain_mark = ",\"chain\":\"";
constexpr std::string_view signature_mark = ",\"what\":\"checkpoint\",\"signature\":\"";
constexpr std::string_view head_mark = "sealhall audit head 1 ";
constexpr std::size_t hash_chars = 64;
constexpr std::size_t signature_chars = 128;

/// Days since 1970 to a date (Howard Hinnant's civil_from_days), since no clock or locale is at hand here.
std::string utc(UnixMicros at) {
  const auto micros = static_cast<std::int64_t>(at);
  std::int64_t seconds = micros / 1'000'000;
  std::int64_t rest = micros % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  std::int64_t days = seconds / 86'400;
  std::int64_t of_day = seconds % 86'400;
  if (of_day < 0) {
    of_day += 86'400;
    --days;
  }
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  std::array<char, 64> text{};
  const int size = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(of_day / 3600),
      static_cast<int>(of_day / 60 % 60), static_cast<int>(of_day % 60), static_cast<int>(rest));
  return {text.data(), static_cast<std::size_t>(std::max(size, 0))};
}

void put(std::string& line, std::string_view name, std::string_view value) {
  line += ",\"";
  line += name;
  line += "\":\"";
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                       c == '-' || c == ':' || c == '.';
    line += plain ? c : '?';
  }
  line += '"';
}

std::string begin(std::uint64_t number, UnixMicros at) {
  std::string line = "{\"n\":" + std::to_string(number);
  put(line, "at", utc(at));
  return line;
}

/// The hash of a line goes over everything before its own "chain" and over the hash of the line before.
AuditHash chained(const AuditHash& before, std::string_view line) {
  Bytes input{before.begin(), before.end()};
  append(input, as_bytes(line));
  return crypto::sha256(input);
}

Bytes signed_message(std::string_view purpose, const AuditPosition& position) {
  Bytes message;
  append(message, as_bytes(purpose));
  std::array<std::uint8_t, 8> number{};
  store_u64(number.data(), position.entries);
  append(message, number);
  append(message, position.chain);
  return message;
}
constexpr std::string_view checkpoint_purpose = "sealhall audit checkpoint v1";
constexpr std::string_view head_purpose = "sealhall audit head v1";

std::optional<AuditHash> hash_in(std::string_view hex) {
  const auto bytes = hex.size() == hash_chars ? from_hex(hex) : std::nullopt;
  if (!bytes) return std::nullopt;
  AuditHash hash{};
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

struct Line {
  std::uint64_t number = 0;
  std::string_view hashed;
  AuditHash chain{};
};

std::optional<Line> parse(std::string_view text) {
  constexpr std::string_view start = "{\"n\":";
  if (!text.starts_with(start) || !text.ends_with("\"}")) return std::nullopt;
  Line line;
  const char* const end = text.data() + text.size();
  const auto [after, error] = std::from_chars(text.data() + start.size(), end, line.number);
  if (error != std::errc{} || after == end || *after != ',') return std::nullopt;
  const std::size_t tail = chain_mark.size() + hash_chars + 2;
  if (text.size() < tail || text.substr(text.size() - tail, chain_mark.size()) != chain_mark) return std::nullopt;
  const auto hash = hash_in(text.substr(text.size() - 2 - hash_chars, hash_chars));
  if (!hash) return std::nullopt;
  line.hashed = text.substr(0, text.size() - tail);
  line.chain = *hash;
  return line;
}

}  // namespace

std::string AuditWriter::finish(std::string line) {
  position_.chain = chained(position_.chain, line);
  ++position_.entries;
  line += chain_mark;
  line += to_hex(position_.chain);
  line += "\"}\n";
  return line;
}

std::string AuditWriter::append(const AuditEntry& entry) {
  std::string line = begin(position_.entries + 1, entry.at);
  put(line, "who", entry.who);
  put(line, "what", entry.what);
  if (!entry.account.empty()) put(line, "account", entry.account);
  if (entry.key) {
    put(line, "key", to_hex(*entry.key));
    line += ",\"version\":" + std::to_string(entry.version);
  }
  if (entry.data_key) put(line, "data_key", to_hex(*entry.data_key));
  put(line, "outcome", entry.outcome);
  return finish(std::move(line));
}

std::string AuditWriter::checkpoint(UnixMicros at, const crypto::Ed25519PrivateKey& key) {
  std::string line = begin(position_.entries + 1, at);
  line += signature_mark;
  line += to_hex(key.sign(signed_message(checkpoint_purpose, position_)));
  line += '"';
  return finish(std::move(line));
}

std::string encode_audit_head(const AuditPosition& position, const crypto::Ed25519PrivateKey& key) {
  return std::string{head_mark} + std::to_string(position.entries) + " " + to_hex(position.chain) + " " +
         to_hex(key.sign(signed_message(head_purpose, position))) + "\n";
}

std::optional<AuditPosition> parse_audit_head(std::string_view text, const crypto::Ed25519PublicKey& key) {
  if (!text.starts_with(head_mark)) return std::nullopt;
  text.remove_prefix(head_mark.size());
  if (text.ends_with('\n')) text.remove_suffix(1);
  AuditPosition position;
  const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), position.entries);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(after - text.data()));
  if (text.size() != 1 + hash_chars + 1 + signature_chars || text[0] != ' ' || text[1 + hash_chars] != ' ')
    return std::nullopt;
  const auto hash = hash_in(text.substr(1, hash_chars));
  const auto signature = from_hex(text.substr(2 + hash_chars));
  if (!hash || !signature) return std::nullopt;
  position.chain = *hash;
  if (!crypto::ed25519_verify(key, signed_message(head_purpose, position), *signature)) return std::nullopt;
  return position;
}

std::optional<AuditPosition> parse_audit_line(std::string_view text) {
  const auto line = parse(text);
  if (!line) return std::nullopt;
  return AuditPosition{line->number, line->chain};
}

void AuditVerifier::fail(std::string sentence) {
  if (!problem_) problem_ = std::move(sentence);
}

void AuditVerifier::feed(std::string_view text) {
  if (problem_) return;
  const std::string where = "Entry " + std::to_string(position_.entries + 1) + " ";
  const auto line = parse(text);
  if (!line) return fail(where + "is not a line of an audit log.");
  if (line->number != position_.entries + 1)
    return fail(where + "is missing: the next one has the number " + std::to_string(line->number) + ".");
  if (chained(position_.chain, line->hashed) != line->chain) return fail(where + "was changed, or one before it was.");
  if (line->hashed.find("\"what\":\"entries_lost\"") != std::string_view::npos)
    return fail(where + "says that the log was shorter than it had been when the key service started.");
  if (const std::size_t at = line->hashed.find(signature_mark); at != std::string_view::npos) {
    std::string_view hex = line->hashed.substr(at + signature_mark.size());
    if (hex.ends_with('"')) hex.remove_suffix(1);
    const auto signature = from_hex(hex);
    if (!signature || !crypto::ed25519_verify(key_, signed_message(checkpoint_purpose, position_), *signature))
      return fail(where + "is a checkpoint that the key service has not signed.");
    ++checkpoints_;
    signed_ = line->number;
  }
  position_ = {line->number, line->chain};
  if (watched_ && watched_->entries == position_.entries && watched_->chain != position_.chain)
    fail(where + "is not the one that was there when its hash was written down.");
}

void AuditVerifier::finish(const std::optional<AuditPosition>& head) {
  if (problem_) return;
  if (head && head->entries > position_.entries) {
    return fail("The log ends at entry " + std::to_string(position_.entries) + ", but it had " +
                std::to_string(head->entries) + ": its end is missing.");
  }
  if (head && head->entries == position_.entries && head->chain != position_.chain)
    return fail("The last entry is not the one that the key service has signed.");
  if (watched_ && watched_->entries > position_.entries)
    fail("The log ends at entry " + std::to_string(position_.entries) + ": its end is missing.");
}

}  // namespace sealhall::kms
