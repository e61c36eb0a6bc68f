// What an error of the server's means to somebody who joins or is in a meeting.
import type { Error as Refusal } from "@protocol/signalling";
import type { Phase } from "./state";

/** `end`: it is over. `again`: join again, as after a lost connection. `tell`: say it and go on. */
export type Consequence = "end" | "again" | "tell";

/** `wasInside`: the server has let us in before. */
export function consequenceOf(refusal: Pick<Refusal, "code" | "fatal">, phase: Phase, wasInside: boolean): Consequence {
  // Before the first answer only the join was asked for: what is wrong is wrong with it, and asking the same again would not
  // help. (The server leaves the connection open, so that a client may ask for another passcode.)
  const answersJoin = (phase === "connecting" || phase === "reconnecting") && refusal.code !== "not_joined";
  // Except while we come back: a server that has just begun may have no media worker or no keys yet, or be asked by everybody.
  if (answersJoin && wasInside && (refusal.code === "internal" || refusal.code === "rate_limited")) return "again";
  return refusal.fatal || answersJoin ? "end" : "tell";
}
