#include "io/clamd/clamd.h"

#include <doctest/doctest.h>

#include "tests/support/fake_clamd.h"

using namespace sealhall;
using namespace sealhall::io;
using sealhall::testing::FakeClamd;

namespace {

constexpr std::string_view eicar = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
const ClamdTimes short_times{std::chrono::seconds{2}, std::chrono::seconds{2}, std::chrono::milliseconds{500}};

ClamdContent content_of(std::string text) {
  return [text = std::move(text)](std::uint64_t at) -> std::optional<Bytes> {
    const std::string piece = text.substr(std::min<std::size_t>(at, text.size()), 100'000);
    return Bytes(piece.begin(), piece.end());
  };
}

}  // namespace

TEST_CASE("clamd: only one plain verdict is a verdict") {
  CHECK(read_clamd_answer("stream: OK") == ClamdVerdict::harmless);
  CHECK(read_clamd_answer("stream: Eicar-Test-Signature FOUND") == ClamdVerdict::harmful);
  for (const char* other :
       {"", "OK", "stream: ", "stream: FOUND", "stream:  ok", "stream: OK\nstream: OK", "stream: ERROR",
        "INSTREAM size limit exceeded. ERROR", "stream: lstat() failed. ERROR", "stream: NOT OK"}) {
    CAPTURE(other);
    CHECK(read_clamd_answer(other) == ClamdVerdict::no_verdict);
  }
}

TEST_CASE("clamd: content goes there whole, in chunks, over a Unix socket and over TCP; EICAR is found") {
  for (const bool tcp : {false, true}) {
    FakeClamd daemon{tcp};
    CAPTURE(tcp);
    CHECK(ping_clamd(daemon.address()).has_value());
    const std::string large(700'000, 'x');
    CHECK(scan_with_clamd(daemon.address(), content_of(large)).verdict == ClamdVerdict::harmless);
    CHECK(daemon.last() == large);
    CHECK(scan_with_clamd(daemon.address(), content_of("..." + std::string{eicar})).verdict == ClamdVerdict::harmful);
    CHECK(scan_with_clamd(daemon.address(), content_of("")).verdict == ClamdVerdict::harmless);
  }
}

TEST_CASE(
    "clamd: without a daemon, with one that says nothing, something else, or stops half way there is no verdict") {
  const auto nobody = scan_with_clamd("/nonexistent/clamd.ctl", content_of("x"), short_times);
  CHECK(nobody.verdict == ClamdVerdict::no_verdict);
  CHECK(nobody.reason.find("/nonexistent/clamd.ctl") != std::string::npos);
  CHECK(scan_with_clamd("not an address", content_of("x"), short_times).verdict == ClamdVerdict::no_verdict);
  CHECK_FALSE(ping_clamd("/nonexistent/clamd.ctl").has_value());
  using Mood = FakeClamd::Mood;
  for (const Mood mood : {Mood::silent, Mood::nonsense, Mood::endless, Mood::too_large, Mood::ok_at_once}) {
    FakeClamd daemon{false, mood};
    CAPTURE(static_cast<int>(mood));
    const auto result = scan_with_clamd(daemon.address(), content_of(std::string(4'000'000, 'x')), short_times);
    CHECK(result.verdict == ClamdVerdict::no_verdict);
    CHECK_FALSE(result.reason.empty());
  }
  FakeClamd daemon{false};
  CHECK(scan_with_clamd(daemon.address(), [](auto) { return std::nullopt; }).verdict == ClamdVerdict::no_verdict);
}

TEST_CASE("clamd: how its address is written") {
  for (const char* good : {"/run/clamav/clamd.ctl", "127.0.0.1:3310", "[::1]:3310"}) CHECK(is_clamd_address(good));
  for (const char* bad : {"", "/", "clamd", "localhost:3310", "127.0.0.1"}) CHECK_FALSE(is_clamd_address(bad));
}
