#include "server/v2/quality.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "server/api/text.h"

namespace sealhall::v2 {
namespace {

using store::QualityKind;
using store::QualitySample;
using store::QualityStream;

std::string text(const char* form, double value) {
  std::array<char, 40> out{};
  std::snprintf(out.data(), out.size(), form, value);
  return out.data();
}
std::string milliseconds(std::uint32_t us) { return text("%.0f ms", us / 1000.0); }
std::string percent(std::uint32_t permille) { return text("%.1f %%", permille / 10.0); }

template <class Section>
Section section_of(const QualitySample& sample, const QualityStream& s) {
  Section out;
  out.bitrate = text("%.2f kbps", s.bitrate_bps / 1000.0);
  if (sample.round_trip_us) out.latency = milliseconds(*sample.round_trip_us);
  out.jitter = milliseconds(s.jitter_us);
  out.avg_loss = percent(s.loss_permille);
  out.max_loss = percent(s.max_loss_permille);
  if constexpr (std::is_same_v<Section, QosVideo>) {
    if (s.width != 0) out.resolution = std::to_string(s.width) + "*" + std::to_string(s.height);
    out.frame_rate = std::to_string(s.frame_rate) + " fps";
  }
  return out;
}

/// Means of one way of one kind.
struct Mean {
  double loss = 0;
  double jitter_ms = 0;
  double round_trip_ms = 0;
  double weight = 0;
  void add(const QualitySample& sample, const QualityStream& s) {
    loss += s.loss_permille / 10.0 * sample.over_ms;
    jitter_ms += s.jitter_us / 1000.0 * sample.over_ms;
    round_trip_ms += sample.round_trip_us.value_or(0) / 1000.0 * sample.over_ms;
    weight += sample.over_ms;
  }
};

std::string grade(const Mean& sent, const Mean& received) {
  double worst = 5;
  for (const Mean* mean : {&sent, &received}) {
    if (mean->weight <= 0) continue;
    const double w = mean->weight;
    worst = std::min(worst, opinion_of(mean->round_trip_ms / w, mean->jitter_ms / w, mean->loss / w));
  }
  if (worst > 4.9) return "";
  return worst >= 4 ? "good" : worst >= 3 ? "fair" : worst >= 2 ? "poor" : "bad";
}

}  // namespace

QosSample qos_of(const QualitySample& sample) {
  QosSample out;
  out.date_time = api::rfc3339(sample.at);
  for (const QualityStream& s : sample.streams) {
    switch (s.kind) {
      case QualityKind::audio:
        (s.received ? out.audio_input : out.audio_output) = section_of<QosAudio>(sample, s);
        break;
      case QualityKind::video:
        (s.received ? out.video_input : out.video_output) = section_of<QosVideo>(sample, s);
        break;
      case QualityKind::share:
        (s.received ? out.as_input : out.as_output) = section_of<QosVideo>(sample, s);
        break;
    }
  }
  return out;
}

double opinion_of(double round_trip_ms, double jitter_ms, double loss_percent) {
  const double delay = round_trip_ms / 2 + jitter_ms * 2 + 10;
  double r = delay < 160 ? 93.2 - delay / 40 : 93.2 - (delay - 120) / 10;
  r = std::clamp(r - 2.5 * loss_percent, 0.0, 100.0);
  return std::clamp(1 + 0.035 * r + 0.000007 * r * (r - 60) * (100 - r), 1.0, 4.5);
}

Grades grades_of(std::span<const QualitySample> samples) {
  std::array<std::array<Mean, 2>, 3> means{};
  for (const QualitySample& sample : samples) {
    for (const QualityStream& s : sample.streams) {
      means[static_cast<std::size_t>(s.kind)][s.received ? 1 : 0].add(sample, s);
    }
  }
  const auto of = [&](QualityKind kind) {
    const auto& both = means[static_cast<std::size_t>(kind)];
    return grade(both[0], both[1]);
  };
  return {of(QualityKind::audio), of(QualityKind::video), of(QualityKind::share)};
}

}  // namespace sealhall::v2
