// deps: io_dtls io_http server_api server_identity server_schedule
// sources: client/engine/link.cc server/oauth/basic.cc
// Small texts from strangers, each read by hand: cookies, ranges, languages, scopes, fingerprints, links, one-time
// codes, tokens, secrets of applications, bytes in base64. Every reader gets the whole input; what is read is bounded
// by it and reads the same when written back.
#include <algorithm>
#include <string>
#include <string_view>

#include "client/engine/link.h"
#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/base/encoding.h"
#include "io/dtls/identity.h"
#include "io/http/message.h"
#include "server/api/scopes.h"
#include "server/api/session_cookie.h"
#include "server/identity/account_words.h"
#include "server/identity/recovery_codes.h"
#include "server/identity/totp.h"
#include "server/oauth/basic.h"
#include "server/recording/byte_range.h"
#include "server/schedule/content.h"
#include "server/schedule/links.h"

namespace {
using namespace sealhall;

void cookie(std::string_view text) {
  io::HttpRequest request;
  request.headers.add("Cookie", std::string{text});
  const auto found = api::cookie_in(request, api::session_cookie);
  if (!found) return;
  // It stands in what was sent, under this name and no other.
  SEALHALL_CHECK(text.find(std::string{api::session_cookie} + "=" + *found) != std::string_view::npos);
  SEALHALL_CHECK(found->find(';') == std::string::npos);
}

void range(std::string_view text) {
  for (const std::uint64_t total : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, ~std::uint64_t{0} >> 1}) {
    const auto read = recordings::byte_range(text, total);
    if (!read || !*read) continue;
    const recordings::ByteSpan span = **read;
    SEALHALL_CHECK(span.size > 0 && span.from < total && span.size <= total - span.from);
    const std::string again = "bytes=" + std::to_string(span.from) + "-" + std::to_string(span.from + span.size - 1);
    if (total <= 1000) SEALHALL_CHECK(recordings::byte_range(again, total).value() == span);
  }
}

void scopes(std::string_view text) {
  const api::Scopes read = api::Scopes::parse(text);
  SEALHALL_CHECK(api::Scopes::parse(read.text()).words() == read.words());
  SEALHALL_CHECK(std::ranges::is_sorted(read.words()));
  for (const std::string& word : read.words()) {
    SEALHALL_CHECK(!word.empty() && text.find(word) != std::string_view::npos && read.contains(word));
  }
  SEALHALL_CHECK(read.within(read).words() == read.words() && read.within({}).empty());
}

void fingerprint(std::string_view text) {
  const auto read = dtls::parse_fingerprint(text);
  if (read) SEALHALL_CHECK(dtls::parse_fingerprint(dtls::fingerprint_text(*read)) == read);
}

void link(std::string_view text) {
  const auto read = client::parse_link(text);
  SEALHALL_CHECK(read || !read.error().empty());
  if (!read) return;
  SEALHALL_CHECK(!read->host.empty() && !read->meeting_id.empty());
  const auto percent = io::percent_decode(io::percent_encode(read->meeting_id));
  SEALHALL_CHECK(percent == read->meeting_id);
}

void code(std::string_view text) {
  if (const auto bytes = identity::from_base32(text)) {
    SEALHALL_CHECK(identity::from_base32(identity::to_base32(*bytes)) == bytes);
  }
  if (const auto hash = identity::recovery_code_hash("user", text)) SEALHALL_CHECK(hash->size() == 64);
  const UnixMicros now{1'800'000'000'000'000};
  const auto step = identity::check_totp(as_bytes("12345678901234567890"), text, now, 0);
  if (step) SEALHALL_CHECK(*step >= identity::totp_step(now) - 1 && *step <= identity::totp_step(now) + 1);
}

// The secret is not in the seeds: nothing that comes in can be a token of this meeting.
void token(std::string_view text) {
  constexpr std::string_view secret = "RuL0mQpGx2yH9cVb5nTzE3wKs7dJf1aXo6iUeYq8gMk";
  const UnixMicros now{1'800'000'000'000'000};
  SEALHALL_CHECK(!schedule::registrant_of(text, secret, "123456789"));
  SEALHALL_CHECK(!schedule::starter_of(text, secret, "123456789", now));
  SEALHALL_CHECK(!schedule::visitor_of(text, secret, "123456789", now));
}

void addresses(std::string_view text) {
  for (const std::string& address : schedule::addresses_in(text)) {
    SEALHALL_CHECK(!address.empty() && text.find(address) != std::string_view::npos);
    static_cast<void>(schedule::is_address(address));
  }
}

// What is read is the only text of these bytes; in hexadecimal both cases are.
void bytes_as_text(std::string_view text) {
  if (const auto bytes = from_base64(text)) SEALHALL_CHECK(to_base64(*bytes) == text);
  if (const auto bytes = from_base64url(text)) SEALHALL_CHECK(to_base64url(*bytes) == text);
  if (const auto bytes = from_hex(text)) SEALHALL_CHECK(from_hex(to_hex(*bytes)) == bytes);
}

void basic(std::string_view text) {
  const auto read = oauth::read_basic(text);
  if (!read) return;
  const std::string pair = io::percent_encode(read->client_id) + ":" + io::percent_encode(read->secret);
  SEALHALL_CHECK(oauth::read_basic("Basic " + to_base64(as_bytes(pair))) == read);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(ByteView{data, size});
  cookie(text);
  range(text);
  scopes(text);
  fingerprint(text);
  link(text);
  code(text);
  token(text);
  addresses(text);
  bytes_as_text(text);
  basic(text);
  const identity::Reading reading = identity::read_by(text);
  SEALHALL_CHECK(reading == identity::Reading::english || text.find_first_of("zZ") != std::string_view::npos);
  return 0;
}
