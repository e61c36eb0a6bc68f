// Whether pictures come at all that should: what the server has put into our slots, beside what arrives.
import type { RosterEntry, SlotAssignment } from "@protocol/signalling";

/** Of the meeting's state. */
export interface Known {
  assignments: ReadonlyMap<number, Pick<SlotAssignment, "participant" | "kind">>;
  roster: ReadonlyMap<number, Pick<RosterEntry, "connected" | "sources" | "video_muted">>;
}

/** One of our slots is given to somebody who is connected and shows something. */
export function expectsPictures({ assignments, roster }: Known): boolean {
  for (const { participant, kind } of assignments.values()) {
    const entry = participant === undefined ? undefined : roster.get(participant);
    if (!entry?.connected) continue;
    if (kind === "share" && entry.sources.includes("share")) return true;
    if (kind === "camera" && entry.sources.includes("camera") && !entry.video_muted) return true;
  }
  return false;
}

/** Readings in a row without a packet, each of two seconds. Fewer takes a slow beginning for a fault; more leaves people in front of black tiles. */
export const silentBefore = 2;

export class Receiving {
  private silent = 0;

  /** One reading after the other: true when pictures are expected and none has come for a while. */
  feed(expected: boolean, packets: number): boolean {
    this.silent = expected && packets === 0 ? this.silent + 1 : 0;
    return this.silent >= silentBefore;
  }
}
