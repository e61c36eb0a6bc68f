// One client's transport in a media worker: its ICE, DTLS and SRTP state. Private to server/media.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/ice/lite_agent.h"
#include "core/sfu/types.h"
#include "core/srtp/srtp.h"
#include "io/dtls/endpoint.h"

namespace sealhall::media {

struct Transport {
  Transport(sfu::TransportHandle own_handle, sfu::TransportId own_id, ice::Credentials local, Instant now)
      : handle(own_handle), id(own_id), ice(std::move(local), now) {}

  sfu::TransportHandle handle;
  sfu::TransportId id;
  ice::LiteAgent ice;
  std::optional<dtls::Fingerprint> peer_fingerprint;  ///< there before the first check is answered
  std::unique_ptr<dtls::Endpoint> dtls;  ///< from the first DTLS datagram until the peer's media is authentic
  Bytes close_notify;                    ///< what `dtls` would have sent at the end, once it is gone
  std::optional<srtp::SrtpSender> sender;
  std::optional<srtp::SrtpReceiver> receiver;
  std::vector<std::uint32_t> slot_ssrcs;  ///< for BYE

  ice::Address destination;  ///< where media goes
  bool has_destination = false;
  bool relayed = false;      ///< the destination is a relay connection
  bool limited = false;      ///< the destination has a new path's budget only
  bool handshaking = false;  ///< stands in the worker's list of deadlines
};

}  // namespace sealhall::media
