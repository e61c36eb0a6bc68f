// What passes and what stands: reactions for some seconds, raised hands in their order, who is in the spotlight, and a
// host's wish that one speaks.
import type { AskedToUnmute, ServerMessage } from "@protocol/signalling";
import type { Circumstances } from "./index";

export interface FloatingReaction {
  id: number;
  participant: number;
  emoji: string;
  /** Of the page's clock. */
  at: number;
}

export interface HandsState {
  hands: readonly number[];
  reactions: readonly FloatingReaction[];
  spotlight: readonly number[];
  askedToUnmute: AskedToUnmute | null;
}

export const noHands: HandsState = { hands: [], reactions: [], spotlight: [], askedToUnmute: null };

/** How long a reaction is shown, in milliseconds. */
export const reactionTime = 5000;
/** More at once say nothing more, and cost. */
const mostReactions = 40;

export function reduceHands(state: HandsState, message: ServerMessage, { now }: Circumstances): Partial<HandsState> {
  switch (message.type) {
    case "hands":
      return { hands: message.raised };
    case "spotlight":
      return { spotlight: message.participants };
    case "asked_to_unmute":
      return { askedToUnmute: message };
    case "reaction": {
      const id = (state.reactions.at(-1)?.id ?? 0) + 1;
      const shown = state.reactions.filter((r) => now - r.at < reactionTime).slice(-(mostReactions - 1));
      return { reactions: [...shown, { id, participant: message.participant, emoji: message.emoji, at: now }] };
    }
    default:
      return {};
  }
}
