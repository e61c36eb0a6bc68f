#include "client/cli/stats_report.h"

#include <doctest/doctest.h>

using namespace sealhall;
using namespace sealhall::cli;
using namespace std::chrono_literals;

TEST_CASE("stats: one line a second with rates of that second, and names that cannot break the JSON") {
  StatsReport report;
  StatsInput input;
  input.since_start = 1s;
  input.state = "joined";
  input.self = 1;
  input.session.path = ice::PathKind::udp;
  input.session.round_trip = 12'500us;
  input.session.generation = 2;
  input.session.sent.push_back(
      {.kind = wire::SourceKind::camera, .rid = "h", .width = 320, .height = 180, .frames = 25, .bytes = 12'500});
  input.roster[1] = {.participant = 1, .name = "me", .sender_nonce = {}, .sources = {}};
  input.roster[2] = {.participant = 2, .name = "a\"b\n", .sender_nonce = {}, .connected = true, .sources = {}};
  client::StreamStats stream;
  stream.participant = 2;
  stream.packets = 90;
  stream.expected = 100;
  stream.bytes = 5000;
  stream.decrypt_failures = 4;
  stream.jitter = 7'250us;
  input.session.received.push_back(stream);
  stream.kind = wire::SourceKind::camera;
  stream.rid = "m";
  stream.frames = 24;
  stream.decrypt_failures = 0;
  input.session.received.push_back(stream);
  const std::string first = report.line(input);
  CHECK(first.find("\"path\":\"udp\"") != std::string::npos);
  CHECK(first.find("\"bitrate_bps\":100000.000") != std::string::npos);
  CHECK(first.find("\"loss\":0.100") != std::string::npos);
  CHECK(first.find("\"decrypt_failures\":4") != std::string::npos);
  CHECK(first.find("\"rtt_ms\":12.500") != std::string::npos);
  CHECK(first.find("\"jitter_ms\":7.250") != std::string::npos);
  CHECK(first.find("\"layer\":\"h\"") != std::string::npos);
  CHECK(first.find("\"layer\":\"m\"") != std::string::npos);
  CHECK(first.find("\"frames\":24") != std::string::npos);
  CHECK(first.find("\"fps\":24.000") != std::string::npos);
  CHECK(first.find("a\\\"b\\n") != std::string::npos);
  CHECK(first.find('\n') == std::string::npos);
  input.since_start = 2s;
  input.session.round_trip.reset();
  input.session.received[0].packets = 140;
  input.session.received[0].expected = 150;
  const std::string second = report.line(input);
  CHECK(second.find("\"loss\":0.000") != std::string::npos);
  CHECK(second.find("\"rtt_ms\":null") != std::string::npos);
  CHECK(second.find("\"fps\":0.000") != std::string::npos);
}
