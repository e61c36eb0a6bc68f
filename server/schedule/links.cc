#include "server/schedule/links.h"

#include <array>
#include <charconv>

#include "core/base/ascii.h"
#include "core/base/encoding.h"
#include "core/base/secret.h"
#include "core/crypto/hash.h"
#include "server/api/tokens.h"

namespace sealhall::schedule {
namespace {

constexpr std::size_t proof_size = 18;  // 144 bits, 24 characters

/// Parts have no zero byte, or stand last: what is said is unambiguous.
std::string proof(std::string_view secret, std::string_view purpose, std::string_view meeting_id,
                  std::string_view what) {
  const crypto::Hmac hmac{crypto::HashAlgorithm::sha256, as_bytes(secret)};
  constexpr std::array<std::uint8_t, 1> zero{0};
  std::array<std::uint8_t, proof_size> out{};
  hmac.compute({as_bytes(purpose), zero, as_bytes(meeting_id), zero, as_bytes(what)}, out);
  return to_base64url(out);
}

}  // namespace

std::string new_link_secret(RandomSource& random) { return api::random_text(random, 32); }

std::string passcode_token(std::string_view link_secret, std::string_view meeting_id, std::string_view passcode) {
  return proof(link_secret, "passcode", meeting_id, passcode);
}

std::string registrant_token(std::string_view link_secret, std::string_view meeting_id,
                             std::string_view registrant_id) {
  return std::string{registrant_id} + "." + proof(link_secret, "registrant", meeting_id, registrant_id);
}

std::optional<std::string> registrant_of(std::string_view token, std::string_view link_secret,
                                         std::string_view meeting_id) {
  const std::size_t dot = token.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view id = token.substr(0, dot);
  if (!same_token(token, registrant_token(link_secret, meeting_id, id))) return std::nullopt;
  return std::string{id};
}

namespace {

/// "<said>.<seconds>" with its proof behind.
std::string signed_until(std::string_view link_secret, std::string_view purpose, std::string_view meeting_id,
                         std::string_view what, UnixMicros expires_at) {
  const std::string said = std::string{what} + "." + std::to_string(static_cast<std::int64_t>(expires_at) / 1'000'000);
  return said + "." + proof(link_secret, purpose, meeting_id, said);
}

/// What `signed_until` said, when its proof is right and its time not over.
std::optional<std::string> said_until(std::string_view token, std::string_view link_secret, std::string_view purpose,
                                      std::string_view meeting_id, UnixMicros now) {
  const std::size_t last = token.rfind('.');
  if (last == std::string_view::npos) return std::nullopt;
  const std::string_view said = token.substr(0, last);
  const std::size_t dot = said.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  if (!same_token(token.substr(last + 1), proof(link_secret, purpose, meeting_id, said))) return std::nullopt;
  std::int64_t expires = 0;
  const std::string_view number = said.substr(dot + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), expires);
  if (error != std::errc{} || end != number.data() + number.size()) return std::nullopt;
  if (static_cast<std::int64_t>(now) / 1'000'000 >= expires) return std::nullopt;
  return std::string{said.substr(0, dot)};
}

}  // namespace

std::string start_token(std::string_view link_secret, std::string_view meeting_id, std::string_view user_id,
                        UnixMicros expires_at) {
  return signed_until(link_secret, "start", meeting_id, user_id, expires_at);
}

std::optional<std::string> starter_of(std::string_view token, std::string_view link_secret, std::string_view meeting_id,
                                      UnixMicros now) {
  return said_until(token, link_secret, "start", meeting_id, now);
}

std::string visitor_token(std::string_view link_secret, std::string_view meeting_id, const Visitor& visitor,
                          UnixMicros expires_at) {
  const std::string_view kind = visitor.host ? "h" : visitor.waits ? "w" : "g";
  return signed_until(link_secret, "visitor", meeting_id,
                      std::string{kind} + "." + to_base64url(as_bytes(visitor.name)), expires_at);
}

std::optional<Visitor> visitor_of(std::string_view token, std::string_view link_secret, std::string_view meeting_id,
                                  UnixMicros now) {
  const auto said = said_until(token, link_secret, "visitor", meeting_id, now);
  if (!said || said->size() < 2) return std::nullopt;
  const auto name = from_base64url(std::string_view{*said}.substr(2));
  if (!name) return std::nullopt;
  return Visitor{std::string{as_text(*name)}, said->front() == 'h', said->front() == 'w'};
}

std::string email_key(std::string_view link_secret, std::string_view email) {
  return proof(link_secret, "email", "", ascii_lower(email));
}

bool same_token(std::string_view a, std::string_view b) noexcept {
  return constant_time_equal(as_bytes(a), as_bytes(b));
}

std::string join_link(std::string_view public_url, std::string_view meeting_id, std::string_view passcode_token) {
  std::string link = std::string{public_url} + "/j/" + std::string{meeting_id};
  if (!passcode_token.empty()) link += "?pwd=" + std::string{passcode_token};
  return link;
}

std::string registrant_link(std::string_view public_url, std::string_view meeting_id, std::string_view passcode_token,
                            std::string_view registrant_token) {
  return join_link(public_url, meeting_id, passcode_token) + (passcode_token.empty() ? "?tk=" : "&tk=") +
         std::string{registrant_token};
}

std::string start_link(std::string_view public_url, std::string_view meeting_id, std::string_view start_token) {
  return std::string{public_url} + "/s/" + std::string{meeting_id} + "?zak=" + std::string{start_token};
}

}  // namespace sealhall::schedule
