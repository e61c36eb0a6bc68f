#include "store/quality.h"

#include <algorithm>
#include <array>
#include <limits>

namespace sealhall::store {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t head_size = 10;
constexpr std::size_t stream_size = 18;
constexpr std::size_t most_streams = 6;
constexpr std::uint8_t received_bit = 0x80;
constexpr std::uint32_t not_measured = std::numeric_limits<std::uint32_t>::max();

template <class T>
T cut(std::uint32_t value) noexcept {
  return static_cast<T>(std::min<std::uint32_t>(value, std::numeric_limits<T>::max()));
}

QualitySample sample_in(const Rows& r, std::size_t i) {
  QualitySample sample = unpack(r.bytes(i, 2)).value_or(QualitySample{});
  sample.visit = r.integer(i, 0);
  sample.at = r.time(i, 1);
  return sample;
}

}  // namespace

Bytes pack(const QualitySample& sample) {
  std::array<std::uint8_t, head_size + most_streams * stream_size> out{};
  const std::size_t count = std::min(sample.streams.size(), most_streams);
  ByteWriter writer{out};
  writer.u8(version);
  writer.u8(static_cast<std::uint8_t>(count));
  writer.u32(sample.over_ms);
  writer.u32(sample.round_trip_us.value_or(not_measured));
  for (std::size_t i = 0; i < count; ++i) {
    const QualityStream& s = sample.streams[i];
    writer.u8(static_cast<std::uint8_t>(static_cast<std::uint8_t>(s.kind) | (s.received ? received_bit : 0)));
    writer.u32(s.bitrate_bps);
    writer.u16(cut<std::uint16_t>(s.loss_permille));
    writer.u16(cut<std::uint16_t>(s.max_loss_permille));
    writer.u32(s.jitter_us);
    writer.u8(cut<std::uint8_t>(s.frame_rate));
    writer.u16(cut<std::uint16_t>(s.width));
    writer.u16(cut<std::uint16_t>(s.height));
  }
  const ByteView written = writer.written();
  return {written.begin(), written.end()};
}

std::optional<QualitySample> unpack(ByteView bytes) {
  ByteReader reader{bytes};
  if (reader.u8() != version) return std::nullopt;
  const std::size_t count = reader.u8();
  QualitySample out;
  out.over_ms = reader.u32();
  const std::uint32_t round_trip = reader.u32();
  if (round_trip != not_measured) out.round_trip_us = round_trip;
  if (!reader.ok() || count > most_streams || reader.remaining() != count * stream_size) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t tag = reader.u8();
    QualityStream s;
    s.received = (tag & received_bit) != 0;
    const auto kind = static_cast<std::uint8_t>(tag & ~received_bit);
    if (kind > static_cast<std::uint8_t>(QualityKind::share)) return std::nullopt;
    s.kind = static_cast<QualityKind>(kind);
    s.bitrate_bps = reader.u32();
    s.loss_permille = reader.u16();
    s.max_loss_permille = reader.u16();
    s.jitter_us = reader.u32();
    s.frame_rate = reader.u8();
    s.width = reader.u16();
    s.height = reader.u16();
    out.streams.push_back(s);
  }
  return out;
}

void Quality::add(std::string uuid, const QualitySample& sample, Done<void> done) {
  engine_.write({{.sql = "INSERT INTO meeting_quality(run_uuid, visit, at, sample) SELECT r.uuid, $2, $3, $4 FROM "
                         "meeting_runs r WHERE r.uuid=$1 ON CONFLICT(run_uuid, visit, at) DO NOTHING",
                  .values = {std::move(uuid), sample.visit, sample.at, pack(sample)}}},
                only_done(std::move(done)));
}

void Quality::of_visits(std::string uuid, std::int64_t first, std::int64_t last,
                        Done<std::vector<QualitySample>> done) {
  engine_.read({.sql = "SELECT visit, at, sample FROM meeting_quality WHERE run_uuid=$1 AND visit>=$2 AND visit<=$3 "
                       "ORDER BY visit, at",
                .values = {std::move(uuid), first, last}},
               every_row<QualitySample>(sample_in, std::move(done)));
}

void Quality::some_of_visits(std::string uuid, std::int64_t first, std::int64_t last, std::int64_t most,
                             Done<std::vector<QualitySample>> done) {
  engine_.read({.sql = "SELECT visit, at, sample FROM (SELECT visit, at, sample, ROW_NUMBER() OVER (PARTITION BY visit "
                       "ORDER BY at DESC) AS place, COUNT(*) OVER (PARTITION BY visit) AS n FROM meeting_quality WHERE "
                       "run_uuid=$1 AND visit>=$2 AND visit<=$3) AS counted WHERE (place - 1) % ((n + $4 - 1) / $4)=0 "
                       "ORDER BY visit, at",
                .values = {std::move(uuid), first, last, most}},
               every_row<QualitySample>(sample_in, std::move(done)));
}

void Quality::forget(UnixMicros before, Done<void> done) {
  engine_.write({{.sql = "DELETE FROM meeting_quality WHERE at<$1", .values = {before}}}, only_done(std::move(done)));
}

}  // namespace sealhall::store
