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
  device?: string;
  registrant?: string;
  start?: string;
  client: ClientKind;
  hpke_public_key: Base64Url;
  sender_nonce: Base64Url;
  transport?: TransportParameters;
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

export type HostAction = "admit" | "deny" | "remove" | "mute_audio" | "stop_video" | "make_host" | "make_cohost" | "make_participant" | "lock" | "unlock" | "waiting_room_on" | "waiting_room_off" | "new_keys" | "end_meeting" | "ban" | "ask_unmute" | "ask_video" | "mute_all" | "stop_share" | "suspend" | "resume" | "lower_hand" | "lower_all_hands" | "allow_recording" | "forbid_recording" | "record_start" | "record_stop" | "record_pause" | "record_resume";

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

export interface ClientTransport {
  type: "client_transport";
  answers: string;
  transport: TransportParameters;
  video_codecs?: string[];
}

export interface RenewTransport {
  type: "renew_transport";
}

export type ChatScope = "everyone" | "direct" | "hosts" | "waiting_room";

export interface SendChat {
  type: "send_chat";
  request: number;
  scope: ChatScope;
  to?: number;
  text: string;
  reply_to?: number;
  files: string[];
}

export interface EditChat {
  type: "edit_chat";
  request: number;
  message: number;
  text: string;
}

export interface DeleteChat {
  type: "delete_chat";
  request: number;
  message: number;
}

export interface ReactToChat {
  type: "react_to_chat";
  request: number;
  message: number;
  emoji: string;
  on: boolean;
}

export interface ReadChat {
  type: "read_chat";
  before?: number;
  limit: number;
}

export interface React {
  type: "react";
  emoji: string;
}

export interface RaiseHand {
  type: "raise_hand";
  raised: boolean;
}

export interface SetSpotlight {
  type: "set_spotlight";
  participants: number[];
}

export interface PollQuestion {
  text: string;
  multiple: boolean;
  options: string[];
}

export interface SavePoll {
  type: "save_poll";
  request: number;
  poll?: number;
  title: string;
  anonymous: boolean;
  questions: PollQuestion[];
}

export type PollAction = "open" | "close" | "share" | "unshare" | "remove";

export interface ControlPoll {
  type: "control_poll";
  request: number;
  poll: number;
  action: PollAction;
}

export interface PollAnswer {
  options: number[];
}

export interface Vote {
  type: "vote";
  request: number;
  poll: number;
  answers: PollAnswer[];
}

export interface AskQuestion {
  type: "ask_question";
  request: number;
  text: string;
  anonymous: boolean;
}

export interface UpvoteQuestion {
  type: "upvote_question";
  request: number;
  question: number;
  on: boolean;
}

export interface AnswerQuestion {
  type: "answer_question";
  request: number;
  question: number;
  text: string;
}

export type QuestionAction = "answered" | "dismiss" | "reopen";

export interface ControlQuestion {
  type: "control_question";
  request: number;
  question: number;
  action: QuestionAction;
}

export type ChatPolicy = "nobody" | "hosts" | "everyone" | "everyone_and_direct";

export interface SetPolicy {
  type: "set_policy";
  chat?: ChatPolicy;
  rename?: boolean;
  unmute?: boolean;
  share?: boolean;
  draw?: boolean;
}

export interface Rename {
  type: "rename";
  participant?: number;
  name: string;
}

export type RecordingState = "off" | "on" | "paused";

export interface SetRecording {
  type: "set_recording";
  request: number;
  state: RecordingState;
}

export interface AnswerConsent {
  type: "answer_consent";
  request: number;
  agreed: boolean;
}

export interface Report {
  type: "report";
  request: number;
  participants: number[];
  text: string;
}

export interface RoomPlan {
  name: string;
  assigned: number[];
}

export interface PlanRooms {
  type: "plan_rooms";
  rooms: RoomPlan[];
  choose: boolean;
}

export type RoomsAction = "open" | "close";

export interface ControlRooms {
  type: "control_rooms";
  action: RoomsAction;
  seconds: number;
}

export interface AssignRoom {
  type: "assign_room";
  participant: number;
  room: number;
}

export interface TellRooms {
  type: "tell_rooms";
  text: string;
}

export interface AskForHelp {
  type: "ask_for_help";
}

export interface EnterRoom {
  type: "enter_room";
  request: number;
  room: number;
  hpke_public_key: Base64Url;
  sender_nonce: Base64Url;
  transport?: TransportParameters;
}

export type ShapeKind = "stroke" | "line" | "rectangle" | "ellipse" | "text" | "erase" | "clear";

export interface Draw {
  type: "draw";
  request: number;
  kind: ShapeKind;
  points: number[];
  color: number;
  width: number;
  text: string;
}

export interface Erase {
  type: "erase";
  request: number;
  item?: number;
}

export interface OfferFile {
  type: "offer_file";
  request: number;
  name: string;
  size: number;
}

export interface GetFile {
  type: "get_file";
  request: number;
  file: string;
}

export type ClientMessage = Join | Publish | Subscribe | KeyReady | SetMuted | HostCommand | Leave | Ping | ClientTransport | RenewTransport | SendChat | EditChat | DeleteChat | ReactToChat | ReadChat | React | RaiseHand | SetSpotlight | SavePoll | ControlPoll | Vote | AskQuestion | UpvoteQuestion | AnswerQuestion | ControlQuestion | SetPolicy | Rename | SetRecording | AnswerConsent | Report | PlanRooms | ControlRooms | AssignRoom | TellRooms | AskForHelp | EnterRoom | Draw | Erase | OfferFile | GetFile;

export interface Waiting {
  type: "waiting";
  participant: number;
  topic: string;
  title?: string;
  description?: string;
}

export type Feature = "chat" | "private_chat" | "files" | "share_by_all" | "reactions" | "polls" | "questions" | "whiteboard" | "rooms" | "recording" | "own_recording";

export interface MeetingInfo {
  meeting_id: string;
  meeting_uuid: Base64Url;
  topic: string;
  locked: boolean;
  waiting_room: boolean;
  chat: ChatPolicy;
  rename: boolean;
  unmute: boolean;
  share: boolean;
  draw: boolean;
  suspended: boolean;
  room: number;
  room_name: string;
  switched_off: Feature[];
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

export type ConsentState = "not_asked" | "asked" | "agreed" | "refused";

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
  recording: RecordingState;
  consent: ConsentState;
  room?: number;
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
  audio_muted?: boolean;
  video_muted?: boolean;
  leave_url?: string;
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
  share: boolean;
}

export type EndReason = "left" | "removed" | "ended_by_host" | "denied" | "server_stopping" | "transport_lost" | "replaced" | "room_closed";

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
  request?: number;
}

export interface Pong {
  type: "pong";
  id: number;
}

export interface ChatReaction {
  emoji: string;
  participants: number[];
}

export interface ChatFile {
  file: string;
  name: string;
  size: number;
}

export interface ChatMessage {
  message: number;
  from: number;
  name: string;
  scope: ChatScope;
  to?: number;
  text: string;
  reply_to?: number;
  sent_at_ms: number;
  edited_at_ms?: number;
  deleted: boolean;
  reactions: ChatReaction[];
  files: ChatFile[];
}

export interface Chat {
  type: "chat";
  messages: ChatMessage[];
  history: boolean;
  more: boolean;
}

export interface Acknowledged {
  type: "acknowledged";
  request: number;
  made?: number;
}

export interface Reaction {
  type: "reaction";
  participant: number;
  emoji: string;
}

export interface Hands {
  type: "hands";
  raised: number[];
}

export interface Spotlight {
  type: "spotlight";
  participants: number[];
}

export type PollState = "draft" | "open" | "closed";

export interface PollVoters {
  participants: number[];
}

export interface PollTally {
  votes: number[];
  voters: PollVoters[];
}

export interface Poll {
  poll: number;
  title: string;
  anonymous: boolean;
  state: PollState;
  questions: PollQuestion[];
  shared: boolean;
  votes: number;
  results: PollTally[];
}

export interface PollChanged {
  type: "poll_changed";
  poll: Poll;
  voted?: boolean;
}

export interface PollRemoved {
  type: "poll_removed";
  poll: number;
}

export type QuestionState = "open" | "answered" | "dismissed";

export interface Answer {
  name: string;
  text: string;
  at_ms: number;
}

export interface Question {
  question: number;
  from?: number;
  name: string;
  text: string;
  asked_at_ms: number;
  state: QuestionState;
  upvotes: number;
  answers: Answer[];
}

export interface QuestionChanged {
  type: "question_changed";
  question: Question;
  upvoted?: boolean;
}

export interface QuestionRemoved {
  type: "question_removed";
  question: number;
}

export interface AskedToUnmute {
  type: "asked_to_unmute";
  audio: boolean;
  video: boolean;
  name: string;
}

export interface Recording {
  type: "recording";
  recorders: number[];
  asked: boolean;
  notice?: string;
}

export interface BreakoutRoom {
  room: number;
  name: string;
  assigned: number[];
  inside: number[];
}

export interface Rooms {
  type: "rooms";
  rooms: BreakoutRoom[];
  open: boolean;
  choose: boolean;
  closing_in_seconds?: number;
}

export interface MoveToRoom {
  type: "move_to_room";
  room: number;
  name: string;
}

export interface Announcement {
  type: "announcement";
  name: string;
  text: string;
}

export interface HelpWanted {
  type: "help_wanted";
  room: number;
  participant: number;
}

export interface BoardItem {
  item: number;
  from: number;
  kind: ShapeKind;
  points: number[];
  color: number;
  width: number;
  text: string;
  erases?: number;
}

export interface Board {
  type: "board";
  items: BoardItem[];
  all: boolean;
}

export interface FileTicket {
  type: "file_ticket";
  request: number;
  file: string;
  ticket: string;
  name: string;
  size: number;
  piece: number;
}

export interface FileStored {
  type: "file_stored";
  file: string;
  stored: boolean;
  message: string;
}

export interface VideoCodecs {
  type: "video_codecs";
  codecs: string[];
}

export type ServerMessage = Waiting | Joined | RosterUpdate | WaitingUpdate | NewGeneration | ActivateGeneration | Slots | Speakers | LayersWanted | MeetingChanged | MutedByHost | Ended | TransportReset | Error | Pong | Chat | Acknowledged | Reaction | Hands | Spotlight | PollChanged | PollRemoved | QuestionChanged | QuestionRemoved | AskedToUnmute | Recording | Rooms | MoveToRoom | Announcement | HelpWanted | Board | FileTicket | FileStored | VideoCodecs;
