// The channel between control and one media worker: JSON messages over a Unix stream socket, each behind a 4-byte
// big-endian length (at most 1 MiB). Nothing in it is a media key, by construction: there is no field for one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/wire/signalling.h"

namespace sealhall::wire::media {

/// Names a media transport for its whole life; given by control, unique for the life of control.
using TransportId = std::uint64_t;
using MeetingKey = std::string;  ///< lower-case hexadecimal meeting uuid

// ---- control to media ---------------------------------------------------------------------------------------------

/// Makes a transport for one participant. Answered by `TransportReady`, or by `TransportLost` when it cannot be made.
struct OpenTransport {
  TransportId transport = 0;
  MeetingKey meeting;
  ParticipantNumber participant = 0;
  std::uint16_t sender_index = 0;
  std::optional<TransportParameters> remote{};  ///< the client's ufrag, password, fingerprint; else by `SetRemote`
  std::uint32_t audio_slots = 0;
  std::uint32_t video_slots = 0;
  std::vector<std::uint32_t>
      peer_workers;  ///< other workers that have transports of this meeting (see `MeetingWorkers`)
};
/// The other end of a transport that was opened without one; once for each. Before, no check is answered there.
struct SetRemote {
  TransportId transport = 0;
  TransportParameters remote;
};
struct CloseTransport {
  TransportId transport = 0;
};
struct SetPublished {
  TransportId transport = 0;
  std::vector<PublishedSource> sources;  ///< replaces the list before
  bool audio_allowed = true;             ///< false: muted, packets of the microphone are dropped
  bool video_allowed = true;             ///< the same of the camera; what is shared goes on
};
/// Sources of participants on other workers of the same meeting, so that slots here may carry them.
struct SetRemotePublished {
  MeetingKey meeting;
  ParticipantNumber participant = 0;
  std::uint32_t worker = 0;
  std::vector<PublishedSource> sources;  ///< empty: gone
};
struct SetSubscribed {
  TransportId transport = 0;
  std::vector<VideoWish> videos;  ///< replaces the list before
  /// Of whom this transport gets nothing, neither sound nor pictures, whatever it wishes; replaces the list before.
  std::vector<ParticipantNumber> withheld{};
};
/// All workers that carry this meeting now; each forwards what its participants send to the others once.
struct MeetingWorkers {
  MeetingKey meeting;
  std::vector<std::uint32_t> workers;
};
/// Close politely: send BYE and DTLS close, then answer with `Stopped` and exit.
struct Stop {};

// ---- media to control ---------------------------------------------------------------------------------------------

/// First message of a worker after it connected.
struct Hello {
  std::uint32_t worker = 0;
  std::uint32_t pid = 0;
  std::string dtls_fingerprint;
  std::vector<TransportParameters::Candidate> candidates;
};
struct TransportReady {
  TransportId transport = 0;
  TransportParameters local;
  std::vector<Slot> slots;
};
struct TransportConnected {
  TransportId transport = 0;
  std::string srtp_profile;  ///< "AEAD_AES_256_GCM", ..
  bool relayed = false;      ///< over TURN/TLS
};
/// Consent expired, DTLS failed or closed. The transport is gone in the worker.
struct TransportLost {
  TransportId transport = 0;
  std::string reason;  ///< for the log
};
struct SlotsChanged {
  TransportId transport = 0;
  std::vector<SlotAssignment> assignments;
};
struct SpeakersChanged {
  MeetingKey meeting;
  std::vector<ParticipantNumber> loudest;
};
struct LayersChanged {
  TransportId transport = 0;  ///< the publisher's
  SourceKind kind = SourceKind::camera;
  std::vector<std::string> rids;  ///< wanted by somebody on this worker
};
/// Every second, for balancing and for people who watch.
struct WorkerStats {
  std::uint32_t worker = 0;
  std::uint32_t transports = 0;
  std::uint64_t packets_in = 0;  ///< all counters since the worker started
  std::uint64_t packets_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t dropped_malformed = 0;
  std::uint64_t dropped_unauthenticated = 0;
  std::uint64_t dropped_replayed = 0;
  std::uint64_t dropped_unknown_address = 0;
  std::uint64_t dropped_wrong_sender = 0;  ///< KID or SSRC of somebody else
  std::uint32_t cpu_permille = 0;          ///< of one core, over the last second
};
struct Stopped {};

enum class QualityKind : std::uint8_t { audio, video, share };  ///< `audio` is also the sound of a share
/// How well the media of one kind went one way between a client and this worker, over some time.
struct StreamQuality {
  QualityKind kind = QualityKind::audio;
  bool received = false;  ///< by the participant; otherwise sent by them
  std::uint64_t bitrate_bps = 0;
  std::uint32_t loss_permille = 0;      ///< of the packets that were expected
  std::uint32_t max_loss_permille = 0;  ///< in any one report
  std::uint32_t jitter_us = 0;          ///< RFC 3550 section 6.4.1, the mean of the reports
  std::uint32_t frame_rate = 0;         ///< video: frames a second
  std::uint32_t width = 0;              ///< 0: not known
  std::uint32_t height = 0;
};
/// 5 s after a transport is connected, then every `sfu::Config::quality_interval`; kinds that did not flow are not in
/// it.
struct TransportQuality {
  TransportId transport = 0;
  std::uint32_t over_ms = 0;
  std::optional<std::uint32_t> round_trip_us{};
  std::vector<StreamQuality> streams{};  ///< at most one a kind and way
};

using ControlMessage = std::variant<OpenTransport, SetRemote, CloseTransport, SetPublished, SetRemotePublished,
                                    SetSubscribed, MeetingWorkers, Stop>;
using WorkerMessage = std::variant<Hello, TransportReady, TransportConnected, TransportLost, SlotsChanged,
                                   SpeakersChanged, LayersChanged, WorkerStats, Stopped, TransportQuality>;

}  // namespace sealhall::wire::media
