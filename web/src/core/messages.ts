// What the page and its worker say to each other. Public keys and sealed secrets pass here, opened keys never do.
import type { SealedGeneration } from "@protocol/signalling";

export type MediaSource = "audio" | "camera" | "share" | "share_audio";

/** Options of a transform. */
export type TransformOptions =
  | { direction: "send"; source: MediaSource }
  | { direction: "receive"; receiver: number; video: boolean };

export interface RosterKey {
  senderIndex: number;
  nonce: string;
}

export type ToWorker =
  | { type: "load"; module: WebAssembly.Module }
  /** `number` comes back in `begun`: of two that overlap only the later one has keys. */
  | { type: "begin"; number: number }
  | { type: "joined"; meetingUuid: string; participant: number; senderIndex: number; generations: SealedGeneration[]; active: number; roster: RosterKey[] }
  | { type: "generation"; sealed: SealedGeneration }
  | { type: "activate"; generation: number }
  | { type: "roster"; roster: RosterKey[] }
  | { type: "ssrcs"; rids: Record<number, string> }
  /** Frames of one sender or receiver, where there is no RTCRtpScriptTransform. */
  | { type: "streams"; readable: ReadableStream; writable: WritableStream; options: TransformOptions }
  | { type: "stats" };

export interface FrameCounts {
  sealed: number;
  notSealed: number;
  opened: Record<string, number>;
}

export type FromWorker =
  | { type: "ready" }
  | { type: "begun"; number: number; hpkePublicKey: string; senderNonce: string }
  | { type: "key_ready"; generation: number }
  | { type: "active"; generation: number }
  /** Whose frames really come out of this receiver, as their keys say. */
  | { type: "receiver_sender"; receiver: number; senderIndex: number; context: number }
  | { type: "stats"; counts: FrameCounts; activeGeneration: number }
  | { type: "failed"; message: string };
