#include "tests/sim/call.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace sealhall::sim {

Simulation::Simulation(std::uint64_t seed, const PathConfig& forward, const PathConfig& back)
    : seed_(seed), forward_(seed * 2 + 1, forward), back_(seed * 2 + 2, back) {}

std::size_t Simulation::add_flow(const Sender::Config& sender, Receiver::Config receiver) {
  Sender::Config config = sender;
  config.seed = seed_ * 1000 + flows_.size() + sender.seed;
  receiver.profile = sender.profile;
  receiver.rtt = forward_.config().delay + back_.config().delay + std::chrono::milliseconds{5};
  Flow flow;
  flow.sender = std::make_unique<Sender>(config);
  flow.receiver = std::make_unique<Receiver>(receiver, *flow.sender);
  flows_.push_back(std::move(flow));
  return flows_.size() - 1;
}

void Simulation::flush(std::size_t flow) {
  for (Bytes& bytes : flows_[flow].sender->outbox()) forward_.send(flow, std::move(bytes), now_);
  flows_[flow].sender->outbox().clear();
  for (Bytes& bytes : flows_[flow].receiver->outbox()) back_.send(flow, std::move(bytes), now_);
  flows_[flow].receiver->outbox().clear();
}

void Simulation::deliver() {
  while (auto delivery = forward_.poll(now_)) {
    flows_[delivery->flow].receiver->on_datagram(delivery->bytes, now_);
    flush(delivery->flow);
  }
  while (auto delivery = back_.poll(now_)) {
    flows_[delivery->flow].sender->on_datagram(delivery->bytes, now_);
    flush(delivery->flow);
  }
}

void Simulation::run(Duration length) {
  const Instant end = now_ + length;
  std::uint64_t rounds_without_progress = 0;
  while (now_ < end) {
    deliver();
    Instant next = end;
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      Flow& flow = flows_[i];
      if (flow.sender->next_deadline() <= now_) flow.sender->advance(now_);
      if (flow.receiver->next_deadline() <= now_) flow.receiver->advance(now_);
      flush(i);
      next = std::min({next, flow.sender->next_deadline(), flow.receiver->next_deadline()});
    }
    if (const auto t = forward_.next()) next = std::min(next, *t);
    if (const auto t = back_.next()) next = std::min(next, *t);
    // A deadline that stays in the past is a bug of whoever gave it.
    rounds_without_progress = next > now_ ? 0 : rounds_without_progress + 1;
    SEALHALL_CHECK(rounds_without_progress < 1000);
    now_ = std::max(now_, next);
  }
}

Interval Simulation::measure(Duration length, std::size_t flow) {
  Sender& s = sender(flow);
  Receiver& r = receiver(flow);
  const std::uint64_t bytes = s.stats().bytes;
  const media::AudioJitterStats audio = r.audio();
  const std::uint64_t plis = r.stats().plis;
  r.forget_statistics();
  run(length);
  Interval out;
  out.sent_kbps = static_cast<double>(s.stats().bytes - bytes) * 8.0 / 1000.0 / to_seconds(length);
  out.target_kbps = s.congestion().target().kbps();
  out.frames_per_second = static_cast<double>(r.stats().shown.size()) / to_seconds(length);
  out.longest_freeze = r.stats().longest_freeze;
  const auto steps = static_cast<double>(r.audio().steps - audio.steps);
  if (steps > 0) out.concealed = static_cast<double>(r.audio().concealed - audio.concealed) / steps;
  out.plis = r.stats().plis - plis;
  return out;
}

std::uint64_t Simulation::hash() const {
  ResultHash hash;
  for (const Flow& flow : flows_) {
    hash.add(flow.receiver->hash());
    hash.add(flow.sender->stats().bytes);
    hash.add(static_cast<std::uint64_t>(flow.sender->congestion().target().bps()));
  }
  hash.add(forward_.stats().delivered);
  hash.add(back_.stats().delivered);
  return hash.value();
}

}  // namespace sealhall::sim
