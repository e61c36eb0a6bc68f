// Whom a message may go to.
import type { ChatMessage } from "@protocol/signalling";
import { noRecipient, type Recipient } from "../../meeting/activities/chat";
import { isHost, type MeetingState } from "../../meeting/state";

/** Whom one may write to, as core/meeting/chat.cc decides it. */
export function recipients(state: Pick<MeetingState, "phase" | "meeting" | "roster" | "self" | "role">): Recipient[] {
  const { meeting } = state;
  if (state.phase === "waiting") return ["hosts"];
  if (!meeting || meeting.switched_off.includes("chat")) return [];
  const people = [...state.roster.values()].filter((e) => e.participant !== state.self && e.client !== "recorder" && e.client !== "stream");
  const alone = !meeting.switched_off.includes("private_chat");
  if (isHost(state)) return ["everyone", "hosts", "waiting_room", ...(alone ? people.map((e) => e.participant) : [])];
  if (meeting.suspended || meeting.chat === "nobody") return [];
  const hosts = people.filter((e) => e.role !== "participant");
  const direct = alone ? (meeting.chat === "everyone_and_direct" ? people : hosts).map((e) => e.participant) : [];
  return [...(meeting.chat === "hosts" ? [] : ["everyone" as const]), "hosts", ...direct];
}

/** To whom it is sent now; null: the person has to choose. What was begun for one person, or for hosts, goes to nobody else by itself;
 * what was begun for everyone goes to hosts where no more is allowed. */
export function addressee(chatTo: Recipient, allowed: readonly Recipient[]): Recipient | null {
  if (allowed.includes(chatTo)) return chatTo;
  return chatTo === "everyone" ? (allowed[0] ?? null) : null;
}

/** An answer goes to those who have read what is answered. */
export function answerTo(message: ChatMessage, self: number): Recipient {
  if (message.scope === "direct") return message.from === self ? (message.to ?? noRecipient) : message.from;
  return message.scope;
}
