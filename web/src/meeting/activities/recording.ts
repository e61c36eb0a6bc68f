// Who records, and whether our word is waited for.
import type { ServerMessage } from "@protocol/signalling";

export interface RecordingConsentState {
  recorders: readonly number[];
  recorded: boolean;
  /** Somebody records and waits for our word; nothing of us is kept before. */
  consentAsked: boolean;
  /** What the organisation wants said beside the question. */
  consentNotice: string;
}

export const noRecording: RecordingConsentState = { recorders: [], recorded: false, consentAsked: false, consentNotice: "" };

export function reduceRecording(_: RecordingConsentState, message: ServerMessage): Partial<RecordingConsentState> {
  if (message.type !== "recording") return {};
  return { recorders: message.recorders, recorded: message.recorders.length > 0, consentAsked: message.asked, consentNotice: message.notice ?? "" };
}
