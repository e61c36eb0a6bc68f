// The least that a fan-out with SRTP's cipher can cost: receive, one AES-256-GCM a receiver and packet, one GSO message
// a receiver, many messages a sendmmsg. No RTP, no layers, no retransmission, no congestion control.
#pragma once

#include "bench/sfu/clients.h"

namespace sealhall::bench {

/// The same load as `Clients::run`, through the bare loop in a child on `cpu`, to sinks that drop in the kernel; a few
/// sinks read, for the latency.
Measured run_floor(const Load& load, std::size_t receivers, int cpu, double seconds);

/// KiB that the bare loop keeps for a receiver: its address and a cipher with its key.
double floor_receiver_kib(std::size_t receivers);

}  // namespace sealhall::bench
