// Breakout rooms: what there is, who is where, what is said to all of them, and when they close.
import type { Announcement, BreakoutRoom, HelpWanted, ServerMessage } from "@protocol/signalling";
import type { Circumstances } from "./index";

export interface RoomsState {
  rooms: readonly BreakoutRoom[];
  roomsOpen: boolean;
  roomsChoose: boolean;
  /** On the page's clock; null: they do not close yet. */
  roomsCloseAt: number | null;
  announcements: readonly (Announcement & { id: number })[];
  helpWanted: readonly HelpWanted[];
  /** On the way to another room: its number and name. */
  moving: { room: number; name: string } | null;
}

export const noRooms: RoomsState = { rooms: [], roomsOpen: false, roomsChoose: false, roomsCloseAt: null, announcements: [], helpWanted: [], moving: null };

export function reduceRooms(state: RoomsState, message: ServerMessage, { now }: Circumstances): Partial<RoomsState> {
  switch (message.type) {
    case "rooms":
      return {
        rooms: message.rooms, roomsOpen: message.open, roomsChoose: message.choose,
        roomsCloseAt: message.closing_in_seconds === undefined ? null : now + message.closing_in_seconds * 1000,
        ...(message.open ? {} : { helpWanted: [] }),
      };
    case "announcement":
      return { announcements: [...state.announcements, { ...message, id: (state.announcements.at(-1)?.id ?? 0) + 1 }].slice(-5) };
    case "help_wanted":
      return { helpWanted: [...state.helpWanted.filter((h) => h.room !== message.room), message] };
    case "move_to_room":
      return { moving: { room: message.room, name: message.name } };
    default:
      return {};
  }
}

/** People spread evenly over the rooms, by chance: `random` gives numbers from 0 up to 1. */
export function shuffled(people: readonly number[], rooms: number, random: () => number): number[][] {
  const left = [...people];
  const out: number[][] = Array.from({ length: rooms }, () => []);
  for (let k = 0; left.length > 0 && rooms > 0; ++k) {
    const [one] = left.splice(Math.floor(random() * left.length), 1);
    out[k % rooms]!.push(one!);
  }
  return out;
}
