// For tests only: reaches counters that take years to reach by sending.
#pragma once

#include "core/srtp/receiver.h"
#include "core/srtp/sender.h"

namespace sealhall::srtp {

struct TestAccess {
  static void set_next_rtcp_index(SrtpSender& sender, std::uint32_t index) { sender.next_rtcp_index_ = index; }
  static void mark_sent(SrtpSender& sender, std::uint32_t ssrc, std::uint64_t index) {
    auto* stream = sender.streams_.find(ssrc);
    (stream != nullptr ? *stream : sender.streams_.add(ssrc)).mark(index);
  }
  static void mark_received(SrtpReceiver& receiver, std::uint32_t ssrc, std::uint64_t index) {
    auto* stream = receiver.streams_.find(ssrc);
    (stream != nullptr ? *stream : receiver.streams_.add(ssrc)).rtp.mark(index);
  }
};

}  // namespace sealhall::srtp
