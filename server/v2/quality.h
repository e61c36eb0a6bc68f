// How well media went, as dashboards of the field show it. Pure.
#pragma once

#include <map>
#include <span>
#include <string>

#include "server/v2/past_shapes.h"
#include "store/quality.h"

namespace sealhall::v2 {

/// Sections of kinds that did not flow are away; `latency` is the round trip between the participant and the server,
/// and is away where it could not be measured.
QosSample qos_of(const store::QualitySample& sample);

/// "good", "fair", "poor" or "bad" for what was heard, seen and shared in these samples; "" where nothing flowed.
struct Grades {
  std::string audio;
  std::string video;
  std::string share;
};
Grades grades_of(std::span<const store::QualitySample> samples);
/// The mean opinion that listeners would have, 1 to 4.5, by a simple form of the E-model (ITU-T G.107).
double opinion_of(double round_trip_ms, double jitter_ms, double loss_percent);

}  // namespace sealhall::v2
