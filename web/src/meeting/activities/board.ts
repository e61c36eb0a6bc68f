// The whiteboard: a log of shapes, of which some take others away.
import type { BoardItem, ServerMessage } from "@protocol/signalling";

export interface BoardState {
  board: ReadonlyMap<number, BoardItem>;
  boardOpen: boolean;
  /** Somebody has drawn since the board was last looked at. */
  boardNews: boolean;
}

export const noBoard: BoardState = { board: new Map(), boardOpen: false, boardNews: false };

export function reduceBoard(state: BoardState, message: ServerMessage, { self }: { self: number }): Partial<BoardState> {
  if (message.type !== "board") return {};
  const board = new Map(message.all ? [] : state.board);
  for (const item of message.items) {
    if (item.kind === "clear") for (const known of board.keys()) { if (known < item.item) board.delete(known); }
    else if (item.kind === "erase") board.delete(item.erases ?? 0);
    else board.set(item.item, item);
  }
  const news = !state.boardOpen && message.items.some((item) => item.from !== self && item.kind !== "erase" && item.kind !== "clear");
  return { board, ...(news ? { boardNews: true } : {}) };
}

/** The board is this many units wide and high; it is shown as wide as 16 to 9. */
export const boardUnits = 65536;

/** A line as it was drawn, without points that lie closer to the last one than `least` units, and at most `most` points. */
export function thinned(points: readonly [number, number][], least: number, most: number): [number, number][] {
  const out: [number, number][] = [];
  for (const [k, point] of points.entries()) {
    const last = out.at(-1);
    if (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= least || (k === points.length - 1 && (point[0] !== last[0] || point[1] !== last[1]))) out.push(point);
  }
  if (out.length <= most) return out;
  const step = (out.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, k) => out[Math.round(k * step)]!);
}
