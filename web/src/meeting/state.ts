// What the page knows of a meeting. React reads it; only the store writes it.
import type { MeetingInfo, Role, RosterEntry, SlotAssignment, WaitingEntry } from "@protocol/signalling";
import type { CaptionMark } from "../activities/captions/store";
import type { FrameCounts } from "../core/messages";
import { type ActivityState, noActivities } from "./activities";

export type Phase = "idle" | "connecting" | "waiting" | "joined" | "reconnecting" | "ended";

export interface JoinLink {
  meetingId: string;
  passcode?: string;
  registrant?: string;
  start?: string;
}

export interface Devices {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
}

export interface MeetingState extends ActivityState {
  phase: Phase;
  /** A sentence of the server's, or what went wrong here. */
  notice: string;
  errorCode: string;
  self: number;
  role: Role;
  meeting: MeetingInfo | null;
  roster: ReadonlyMap<number, RosterEntry>;
  /** Of everybody who was ever seen here: messages and votes of people who have gone keep a name. */
  names: ReadonlyMap<number, string>;
  waiting: readonly WaitingEntry[];
  speakers: readonly number[];
  assignments: ReadonlyMap<number, SlotAssignment>;
  /** Who really speaks out of a receiver, by the key that opened its frames. Nothing is shown or played before. */
  senders: ReadonlyMap<number, { senderIndex: number; context: number }>;
  audioMuted: boolean;
  videoMuted: boolean;
  sharing: boolean;
  generation: number;
  media: RTCPeerConnectionState;
  counts: FrameCounts | null;
  /** The explanation of the keyboard is open. */
  help: boolean;
  /** Captions are made by this page, for this person (activities/captions). */
  captions: CaptionMark;
  /** What is written up in the waiting room; "": nothing. */
  lobby: { title: string; description: string };
  /** A page where one goes afterwards; "": nowhere. */
  leaveUrl: string;
}

/** What only those inside of a meeting know of it. */
export const nobodyInside: Pick<MeetingState, "role" | "meeting" | "roster" | "names" | "waiting" | "speakers" | "assignments" | "senders"> = {
  role: "participant", meeting: null, roster: new Map(), names: new Map(), waiting: [], speakers: [], assignments: new Map(), senders: new Map(),
};

export const initialState: MeetingState = {
  ...noActivities, ...nobodyInside,
  phase: "idle", notice: "", errorCode: "", self: 0, audioMuted: false, videoMuted: false, sharing: false, generation: 0, media: "new", counts: null, help: false, captions: "absent",
  lobby: { title: "", description: "" }, leaveUrl: "",
};

export const isHost = (state: Pick<MeetingState, "role">): boolean => state.role !== "participant";

/** Whether one's own screen may be shown to the others now: the rule that the server has, too. */
export const mayShare = (state: Pick<MeetingState, "role" | "meeting">): boolean => isHost(state) || (state.meeting !== null && state.meeting.share && !state.meeting.suspended);

/** Whether that can be done here: browsers of telephones show no screen. */
export const canShare = (state: Pick<MeetingState, "role" | "meeting">): boolean => mayShare(state) && "getDisplayMedia" in navigator.mediaDevices;

export const nameOf = (state: Pick<MeetingState, "names">, participant: number): string => state.names.get(participant) ?? `#${participant}`;
