// Generated from core/wire/description.h by core_wire_test; do not edit.

/** Bytes as base64url without padding (RFC 4648 section 5). */
export type Base64Url = string;

export type ClientKind = "native" | "web" | "recorder" | "phone" | "sip" | "h323" | "stream";

export interface Candidate {
  address: string;
  port: number;
}

export interface TransportParameters {
  ice_ufrag: string;
  ice_password: string;
  dtls_fingerprint: string;
  candidates: Candidate[];
}

export interface Join {
  type: "join";
  meeting_id: string;
  token?: string;
  name?: string;
  passcode?: string;
  resume?: string;
  client: ClientKind;
  hpke_public_key: Base64Url;
  sender_nonce: Base64Url;
  transport: TransportParameters;
  audio_slots: number;
  video_slots: number;
}

export type SourceKind = "audio" | "camera" | "share" | "share_audio";

export interface Encoding {
  rid: string;
  ssrc: number;
  rtx_ssrc: number;
  width: number;
  height: number;
  max_bitrate_bps: number;
}

export interface PublishedSource {
  kind: SourceKind;
  codec: string;
  encodings: Encoding[];
}

export interface Publish {
  type: "publish";
  sources: PublishedSource[];
}

export interface VideoWish {
  slot: number;
  participant: number;
  kind: SourceKind;
  max_height: number;
  priority: number;
}

export interface Subscribe {
  type: "subscribe";
  videos: VideoWish[];
}

export interface KeyReady {
  type: "key_ready";
  generation: number;
}

export interface SetMuted {
  type: "set_muted";
  audio: boolean;
  video: boolean;
}

export type HostAction = "admit" | "deny" | "remove" | "mute_audio" | "stop_video" | "make_host" | "make_cohost" | "make_participant" | "lock" | "unlock" | "waiting_room_on" | "waiting_room_off" | "new_keys" | "end_meeting";

export interface HostCommand {
  type: "host_command";
  action: HostAction;
  participant?: number;
}

export interface Leave {
  type: "leave";
}

export interface Ping {
  type: "ping";
  id: number;
}

export type ClientMessage = Join | Publish | Subscribe | KeyReady | SetMuted | HostCommand | Leave | Ping;

export interface Waiting {
  type: "waiting";
  participant: number;
  topic: string;
}

export interface MeetingInfo {
  meeting_id: string;
  meeting_uuid: Base64Url;
  topic: string;
  locked: boolean;
  waiting_room: boolean;
}

export type Role = "participant" | "cohost" | "host";

export interface RelayCredentials {
  username: string;
  password: string;
  realm: string;
}

export interface Slot {
  slot: number;
  video: boolean;
  ssrc: number;
  rtx_ssrc: number;
}

export interface SealedGeneration {
  generation: number;
  enc: Base64Url;
  ciphertext: Base64Url;
}

export type OuterLeg = "none_outside" | "srtp_aes_256_gcm" | "srtp_aes_128" | "unencrypted";

export interface RosterEntry {
  participant: number;
  name: string;
  role: Role;
  client: ClientKind;
  outer_leg: OuterLeg;
  sender_index: number;
  sender_nonce: Base64Url;
  audio_muted: boolean;
  video_muted: boolean;
  connected: boolean;
  sources: SourceKind[];
}

export interface WaitingEntry {
  participant: number;
  name: string;
}

export interface Joined {
  type: "joined";
  participant: number;
  sender_index: number;
  resume: string;
  meeting: MeetingInfo;
  role: Role;
  transport: TransportParameters;
  relay: RelayCredentials;
  slots: Slot[];
  generations: SealedGeneration[];
  active_generation: number;
  roster: RosterEntry[];
  waiting: WaitingEntry[];
}

export interface RosterUpdate {
  type: "roster_update";
  changed: RosterEntry[];
  gone: number[];
}

export interface WaitingUpdate {
  type: "waiting_update";
  waiting: WaitingEntry[];
}

export interface NewGeneration {
  type: "new_generation";
  sealed: SealedGeneration;
}

export interface ActivateGeneration {
  type: "activate_generation";
  generation: number;
}

export interface SlotAssignment {
  slot: number;
  participant?: number;
  kind?: SourceKind;
}

export interface Slots {
  type: "slots";
  assignments: SlotAssignment[];
}

export interface Speakers {
  type: "speakers";
  loudest: number[];
}

export interface LayersWanted {
  type: "layers_wanted";
  kind: SourceKind;
  rids: string[];
}

export interface MeetingChanged {
  type: "meeting_changed";
  meeting: MeetingInfo;
}

export interface MutedByHost {
  type: "muted_by_host";
  audio: boolean;
  video: boolean;
}

export type EndReason = "left" | "removed" | "ended_by_host" | "denied" | "server_stopping" | "transport_lost" | "replaced";

export interface Ended {
  type: "ended";
  reason: EndReason;
  message: string;
}

export interface TransportReset {
  type: "transport_reset";
  transport: TransportParameters;
  relay: RelayCredentials;
  slots: Slot[];
}

export type ErrorCode = "bad_message" | "not_joined" | "not_found" | "wrong_passcode" | "passcode_needed" | "locked" | "not_allowed" | "rate_limited" | "full" | "unauthorised" | "meeting_ended" | "internal";

export interface Error {
  type: "error";
  code: ErrorCode;
  message: string;
  fatal: boolean;
  retry_after_seconds?: number;
}

export interface Pong {
  type: "pong";
  id: number;
}

export type ServerMessage = Waiting | Joined | RosterUpdate | WaitingUpdate | NewGeneration | ActivateGeneration | Slots | Speakers | LayersWanted | MeetingChanged | MutedByHost | Ended | TransportReset | Error | Pong;
