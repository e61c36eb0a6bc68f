// The fields and limits of every message, in one place: what signalling.h, media_channel.h and kms_channel.h declare,
// as data.
#pragma once

#include "core/wire/activities_description.h"
#include "core/wire/keys_admin.h"
#include "core/wire/kms_channel.h"
#include "core/wire/media_channel.h"
#include "core/wire/reflect.h"
#include "core/wire/signalling.h"

namespace sealhall::wire {

BOOST_DESCRIBE_ENUM(SourceKind, audio, camera, share, share_audio)
BOOST_DESCRIBE_ENUM(Role, participant, cohost, host)
BOOST_DESCRIBE_ENUM(OuterLeg, none_outside, srtp_aes_256_gcm, srtp_aes_128, unencrypted)
BOOST_DESCRIBE_ENUM(ClientKind, native, web, recorder, phone, sip, h323, stream)
BOOST_DESCRIBE_ENUM(HostAction, admit, deny, remove, mute_audio, stop_video, make_host, make_cohost, make_participant,
                    lock, unlock, waiting_room_on, waiting_room_off, new_keys, end_meeting, ban, ask_unmute, ask_video,
                    mute_all, stop_share, suspend, resume, lower_hand, lower_all_hands, allow_recording,
                    forbid_recording, record_start, record_stop, record_pause, record_resume)
BOOST_DESCRIBE_ENUM(EndReason, left, removed, ended_by_host, denied, server_stopping, transport_lost, replaced,
                    room_closed)
BOOST_DESCRIBE_ENUM(ErrorCode, bad_message, not_joined, not_found, wrong_passcode, passcode_needed, locked, not_allowed,
                    rate_limited, full, unauthorised, meeting_ended, internal)

BOOST_DESCRIBE_STRUCT(Encoding, (), (rid, ssrc, rtx_ssrc, width, height, max_bitrate_bps))
BOOST_DESCRIBE_STRUCT(PublishedSource, (), (kind, codec, encodings))
BOOST_DESCRIBE_STRUCT(RosterEntry, (),
                      (participant, name, role, client, outer_leg, sender_index, sender_nonce, audio_muted, video_muted,
                       connected, sources, recording, consent, room))
BOOST_DESCRIBE_STRUCT(WaitingEntry, (), (participant, name))
BOOST_DESCRIBE_STRUCT(TransportParameters::Candidate, (), (address, port))
BOOST_DESCRIBE_STRUCT(TransportParameters, (), (ice_ufrag, ice_password, dtls_fingerprint, candidates))
BOOST_DESCRIBE_STRUCT(RelayCredentials, (), (username, password, realm))
BOOST_DESCRIBE_STRUCT(Slot, (), (slot, video, ssrc, rtx_ssrc))
BOOST_DESCRIBE_STRUCT(SlotAssignment, (), (slot, participant, kind))
BOOST_DESCRIBE_STRUCT(SealedGeneration, (), (generation, enc, ciphertext))
BOOST_DESCRIBE_STRUCT(MeetingInfo, (),
                      (meeting_id, meeting_uuid, topic, locked, waiting_room, chat, rename, unmute, share, draw,
                       suspended, room, room_name, switched_off))

BOOST_DESCRIBE_STRUCT(Join, (),
                      (meeting_id, token, name, passcode, resume, device, registrant, start, client, hpke_public_key,
                       sender_nonce, transport, audio_slots, video_slots))
BOOST_DESCRIBE_STRUCT(Publish, (), (sources))
BOOST_DESCRIBE_STRUCT(VideoWish, (), (slot, participant, kind, max_height, priority))
BOOST_DESCRIBE_STRUCT(Subscribe, (), (videos))
BOOST_DESCRIBE_STRUCT(KeyReady, (), (generation))
BOOST_DESCRIBE_STRUCT(SetMuted, (), (audio, video))
BOOST_DESCRIBE_STRUCT(HostCommand, (), (action, participant))
BOOST_DESCRIBE_STRUCT(EnterRoom, (), (request, room, hpke_public_key, sender_nonce, transport))
BOOST_DESCRIBE_STRUCT(ClientTransport, (), (answers, transport, video_codecs))
BOOST_DESCRIBE_STRUCT(RenewTransport, (), ())
BOOST_DESCRIBE_STRUCT(Leave, (), ())
BOOST_DESCRIBE_STRUCT(Ping, (), (id))

BOOST_DESCRIBE_STRUCT(Waiting, (), (participant, topic, title, description))
BOOST_DESCRIBE_STRUCT(Joined, (),
                      (participant, sender_index, resume, meeting, role, transport, relay, slots, generations,
                       active_generation, roster, waiting, audio_muted, video_muted, leave_url))
BOOST_DESCRIBE_STRUCT(RosterUpdate, (), (changed, gone))
BOOST_DESCRIBE_STRUCT(WaitingUpdate, (), (waiting))
BOOST_DESCRIBE_STRUCT(NewGeneration, (), (sealed))
BOOST_DESCRIBE_STRUCT(ActivateGeneration, (), (generation))
BOOST_DESCRIBE_STRUCT(Slots, (), (assignments))
BOOST_DESCRIBE_STRUCT(Speakers, (), (loudest))
BOOST_DESCRIBE_STRUCT(LayersWanted, (), (kind, rids))
BOOST_DESCRIBE_STRUCT(MeetingChanged, (), (meeting))
BOOST_DESCRIBE_STRUCT(MutedByHost, (), (audio, video, share))
BOOST_DESCRIBE_STRUCT(Ended, (), (reason, message))
BOOST_DESCRIBE_STRUCT(TransportReset, (), (transport, relay, slots))
BOOST_DESCRIBE_STRUCT(Error, (), (code, message, fatal, retry_after_seconds, request))
BOOST_DESCRIBE_STRUCT(Pong, (), (id))
BOOST_DESCRIBE_STRUCT(VideoCodecs, (), (codecs))

// ---- limits: what is smaller refuses honest clients, what is larger costs memory that a stranger decides about ------

template <>
inline constexpr Limit limit_of<&Encoding::rid> = size_between(0, 16);
template <>
inline constexpr Limit limit_of<&Encoding::width> = at_most(16'384);
template <>
inline constexpr Limit limit_of<&Encoding::height> = at_most(16'384);
template <>
inline constexpr Limit limit_of<&PublishedSource::codec> = size_between(1, 16);
template <>
inline constexpr Limit limit_of<&PublishedSource::encodings> = size_between(1, 3);
template <>
inline constexpr Limit limit_of<&RosterEntry::name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&RosterEntry::sender_nonce> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&RosterEntry::sources> = size_between(0, 4);
template <>
inline constexpr Limit limit_of<&WaitingEntry::name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&TransportParameters::ice_ufrag> = size_between(4, 256);  // RFC 8839 5.4
template <>
inline constexpr Limit limit_of<&TransportParameters::ice_password> = size_between(22, 256);  // RFC 8839 5.4
template <>
inline constexpr Limit limit_of<&TransportParameters::dtls_fingerprint> = size_between(103, 103);
template <>
inline constexpr Limit limit_of<&TransportParameters::candidates> = size_between(0, 32);
template <>
inline constexpr Limit limit_of<&TransportParameters::Candidate::address> = size_between(2, 64);
template <>
inline constexpr Limit limit_of<&SealedGeneration::enc> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&SealedGeneration::ciphertext> = size_between(48, 48);
template <>
inline constexpr Limit limit_of<&MeetingInfo::meeting_id> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&MeetingInfo::meeting_uuid> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&MeetingInfo::topic> = size_between(0, 200);
template <>
inline constexpr Limit limit_of<&Join::meeting_id> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&Join::token> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&Join::name> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&Join::passcode> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&Join::resume> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&Join::device> = size_between(22, 64);
template <>
inline constexpr Limit limit_of<&Join::registrant> = size_between(1, 128);
template <>
inline constexpr Limit limit_of<&Join::start> = size_between(1, 256);
template <>
inline constexpr Limit limit_of<&Join::hpke_public_key> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&Join::sender_nonce> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&Join::audio_slots> = at_most(32);
template <>
inline constexpr Limit limit_of<&Join::video_slots> = at_most(64);
template <>
inline constexpr Limit limit_of<&MeetingInfo::room_name> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&ClientTransport::answers> = size_between(4, 256);
template <>
inline constexpr Limit limit_of<&ClientTransport::video_codecs> = size_between(0, 8);
template <>
inline constexpr Limit limit_of<&VideoCodecs::codecs> = size_between(0, 8);
template <>
inline constexpr Limit limit_of<&EnterRoom::hpke_public_key> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&EnterRoom::sender_nonce> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&Publish::sources> = size_between(0, 4);
template <>
inline constexpr Limit limit_of<&Subscribe::videos> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&VideoWish::max_height> = at_most(16'384);
template <>
inline constexpr Limit limit_of<&Waiting::title> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&Waiting::description> = size_between(1, 1000);
template <>
inline constexpr Limit limit_of<&Joined::slots> = size_between(0, 128);
template <>
inline constexpr Limit limit_of<&Joined::generations> = size_between(0, 8);
template <>
inline constexpr Limit limit_of<&Joined::leave_url> = size_between(1, 2000);
template <>
inline constexpr Limit limit_of<&Speakers::loudest> = size_between(0, 8);
template <>
inline constexpr Limit limit_of<&LayersWanted::rids> = size_between(0, 3);
template <>
inline constexpr Limit limit_of<&TransportReset::slots> = size_between(0, 128);

}  // namespace sealhall::wire

namespace sealhall::wire::media {

BOOST_DESCRIBE_STRUCT(OpenTransport, (),
                      (transport, meeting, participant, sender_index, remote, audio_slots, video_slots, peer_workers))
BOOST_DESCRIBE_STRUCT(SetRemote, (), (transport, remote))
BOOST_DESCRIBE_STRUCT(CloseTransport, (), (transport))
BOOST_DESCRIBE_STRUCT(SetPublished, (), (transport, sources, audio_allowed, video_allowed))
BOOST_DESCRIBE_STRUCT(SetRemotePublished, (), (meeting, participant, worker, sources))
BOOST_DESCRIBE_STRUCT(SetSubscribed, (), (transport, videos, withheld))
BOOST_DESCRIBE_STRUCT(MeetingWorkers, (), (meeting, workers))
BOOST_DESCRIBE_STRUCT(Stop, (), ())
BOOST_DESCRIBE_STRUCT(Hello, (), (worker, pid, dtls_fingerprint, candidates))
BOOST_DESCRIBE_STRUCT(TransportReady, (), (transport, local, slots))
BOOST_DESCRIBE_STRUCT(TransportConnected, (), (transport, srtp_profile, relayed))
BOOST_DESCRIBE_STRUCT(TransportLost, (), (transport, reason))
BOOST_DESCRIBE_STRUCT(SlotsChanged, (), (transport, assignments))
BOOST_DESCRIBE_STRUCT(SpeakersChanged, (), (meeting, loudest))
BOOST_DESCRIBE_STRUCT(LayersChanged, (), (transport, kind, rids))
BOOST_DESCRIBE_STRUCT(WorkerStats, (),
                      (worker, transports, packets_in, packets_out, bytes_in, bytes_out, dropped_malformed,
                       dropped_unauthenticated, dropped_replayed, dropped_unknown_address, dropped_wrong_sender,
                       cpu_permille))
BOOST_DESCRIBE_STRUCT(Stopped, (), ())
BOOST_DESCRIBE_ENUM(QualityKind, audio, video, share)
BOOST_DESCRIBE_STRUCT(StreamQuality, (),
                      (kind, received, bitrate_bps, loss_permille, max_loss_permille, jitter_us, frame_rate, width,
                       height))
BOOST_DESCRIBE_STRUCT(TransportQuality, (), (transport, over_ms, round_trip_us, streams))

}  // namespace sealhall::wire::media

namespace sealhall::wire::kms {

BOOST_DESCRIBE_ENUM(Failure, unknown_meeting, unknown_generation, bad_public_key)
BOOST_DESCRIBE_STRUCT(MakeGeneration, (), (request, meeting_uuid, after))
BOOST_DESCRIBE_STRUCT(SealGeneration, (), (request, meeting_uuid, generation, participant, hpke_public_key))
BOOST_DESCRIBE_STRUCT(EraseGeneration, (), (meeting_uuid, generation))
BOOST_DESCRIBE_STRUCT(Stop, (), ())
BOOST_DESCRIBE_STRUCT(Hello, (), (instance, pid))
BOOST_DESCRIBE_STRUCT(GenerationMade, (), (request, generation))
BOOST_DESCRIBE_STRUCT(Sealed, (), (request, sealed))
BOOST_DESCRIBE_STRUCT(Failed, (), (request, failure))
BOOST_DESCRIBE_ENUM(Principal, control, recorder, administrator)
BOOST_DESCRIBE_ENUM(KeyState, enabled, destroyed)
BOOST_DESCRIBE_ENUM(KeyFailure, not_authentic, destroyed, unknown_key, not_allowed, too_fast, no_keys, not_saved)
BOOST_DESCRIBE_STRUCT(MakeDataKeys, (), (request, principal, account_id, period, count))
BOOST_DESCRIBE_STRUCT(OpenDataKey, (), (request, principal, account_id, wrapped))
BOOST_DESCRIBE_STRUCT(RewrapDataKeys, (), (request, principal, account_id, wrapped))
BOOST_DESCRIBE_STRUCT(ShredDataKeys, (), (request, principal, account_id, key_ids))
BOOST_DESCRIBE_STRUCT(ListKeys, (), (request, principal))
BOOST_DESCRIBE_STRUCT(RotateKeys, (), (request, principal, account_id))
BOOST_DESCRIBE_STRUCT(DestroyKey, (), (request, principal, key_id, version))
BOOST_DESCRIBE_STRUCT(ReadAuditHead, (), (request, principal))
BOOST_DESCRIBE_STRUCT(DataKey, (), (key_id, key, wrapped))
BOOST_DESCRIBE_STRUCT(DataKeysMade, (), (request, keys))
BOOST_DESCRIBE_STRUCT(DataKeyOpened, (), (request, key))
BOOST_DESCRIBE_STRUCT(DataKeysRewrapped, (), (request, wrapped))
BOOST_DESCRIBE_STRUCT(AccountKeyVersion, (), (version, created_at, state))
BOOST_DESCRIBE_STRUCT(AccountKey, (), (key_id, account_id, period, versions))
BOOST_DESCRIBE_STRUCT(KeysListed, (), (request, root, keys, shredded))
BOOST_DESCRIBE_STRUCT(KeysChanged, (), (request))
BOOST_DESCRIBE_STRUCT(AuditHead, (), (request, entries, chain))
BOOST_DESCRIBE_STRUCT(KeysRefused, (), (request, failure))

}  // namespace sealhall::wire::kms

namespace sealhall::wire::keys {

BOOST_DESCRIBE_STRUCT(Hello, (), (pid))
BOOST_DESCRIBE_STRUCT(List, (), ())
BOOST_DESCRIBE_STRUCT(Rotate, (), (account_id, root, retire))
BOOST_DESCRIBE_STRUCT(Destroy, (), (key_id, version, with_content))
BOOST_DESCRIBE_STRUCT(ReadAudit, (), ())
BOOST_DESCRIBE_STRUCT(Version, (), (version, created_at, destroyed, data_keys))
BOOST_DESCRIBE_STRUCT(AccountKey, (), (key_id, account_id, period, versions))
BOOST_DESCRIBE_STRUCT(Report, (), (root, keys, shredded, rewrapping, rewrapped, to_rewrap))
BOOST_DESCRIBE_STRUCT(Done, (), ())
BOOST_DESCRIBE_STRUCT(Position, (), (entries, chain))
BOOST_DESCRIBE_STRUCT(Problem, (), (sentence))

}  // namespace sealhall::wire::keys

namespace sealhall::wire {

template <>
inline constexpr std::string_view struct_name<keys::Hello> = "KeysHello";
template <>
inline constexpr Limit limit_of<&keys::Rotate::account_id> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&keys::Destroy::key_id> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&keys::Position::chain> = size_between(32, 32);
template <>
inline constexpr std::string_view struct_name<media::Hello> = "MediaHello";
template <>
inline constexpr std::string_view struct_name<kms::Hello> = "KmsHello";

template <>
inline constexpr Limit limit_of<&media::OpenTransport::audio_slots> = at_most(32);
template <>
inline constexpr Limit limit_of<&media::OpenTransport::video_slots> = at_most(64);
template <>
inline constexpr Limit limit_of<&media::TransportQuality::streams> = size_between(0, 6);
template <>
inline constexpr Limit limit_of<&media::Hello::dtls_fingerprint> = size_between(103, 103);
template <>
inline constexpr Limit limit_of<&kms::MakeGeneration::meeting_uuid> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&kms::SealGeneration::meeting_uuid> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&kms::SealGeneration::hpke_public_key> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&kms::EraseGeneration::meeting_uuid> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&kms::MakeDataKeys::account_id> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&kms::MakeDataKeys::period> = size_between(0, 16);
template <>
inline constexpr Limit limit_of<&kms::MakeDataKeys::count> = at_most(256);
template <>
inline constexpr Limit limit_of<&kms::OpenDataKey::account_id> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&kms::OpenDataKey::wrapped> = size_between(1, 512);
template <>
inline constexpr Limit limit_of<&kms::RewrapDataKeys::account_id> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&kms::RewrapDataKeys::wrapped> = size_between(1, 1000);
template <>
inline constexpr Limit limit_of<&kms::ShredDataKeys::account_id> = size_between(1, 64);
template <>
inline constexpr Limit limit_of<&kms::ShredDataKeys::key_ids> = size_between(1, 4096);
template <>
inline constexpr Limit limit_of<&kms::RotateKeys::account_id> = size_between(0, 64);
template <>
inline constexpr Limit limit_of<&kms::DestroyKey::key_id> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&kms::DataKey::key_id> = size_between(16, 16);
template <>
inline constexpr Limit limit_of<&kms::DataKey::key> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&kms::DataKeyOpened::key> = size_between(32, 32);
template <>
inline constexpr Limit limit_of<&kms::AuditHead::chain> = size_between(32, 32);

}  // namespace sealhall::wire
