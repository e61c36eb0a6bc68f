// Who is shown where: from the people, what they send, what this person chose and how much room there is, to boxes in
// pixels. Pure; ui/tiles.ts puts the boxes on the screen, and what is shown decides what is asked of the server.

export interface Seat {
  participant: number;
  kind: "camera" | "share";
}
export const keyOf = (seat: Seat): string => `${seat.kind}-${seat.participant}`;

export interface Person {
  participant: number;
  self: boolean;
  /** A camera that is on. */
  video: boolean;
  share: boolean;
}

export type ViewMode = "gallery" | "speaker";

export interface StageInput {
  people: readonly Person[];
  mode: ViewMode;
  /** Chosen here. */
  pinned: readonly number[];
  /** Chosen by a host for everybody; what is pinned here comes first. */
  spotlight: readonly number[];
  /** Who speaks, after hysteresis; 0 for nobody yet. */
  active: number;
  hideSelf: boolean;
  hideWithoutVideo: boolean;
  page: number;
  width: number;
  height: number;
  /** Pictures of others that can come at once. */
  slots: number;
}

/** Lengths along the line from its start, so that right-to-left is turned by the style sheet. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
export interface Placed extends Seat, Box {
  /** What one looks at; the others are a strip beside it. */
  main: boolean;
}
export interface Stage {
  placed: Placed[];
  page: number;
  pages: number;
  /** Somebody or something is larger than the others. */
  focused: boolean;
}

const gap = 8;
const wideShape = 16 / 9;
/** Tiles on a tall phone are taller than wide, so that four of them are two by two. */
const tallShape = 0.62;
const leastTile = { width: 150, height: 96 };
const mostTiles = 25;

export interface Grid {
  columns: number;
  rows: number;
  width: number;
  height: number;
}

/** The columns that make `count` tiles as large as they can be in the room. */
export function bestGrid(count: number, width: number, height: number): Grid {
  let best: Grid = { columns: 1, rows: Math.max(count, 1), width: 0, height: 0 };
  for (let columns = 1; columns <= count; ++columns) {
    const rows = Math.ceil(count / columns);
    let w = (width - gap * (columns - 1)) / columns;
    let h = (height - gap * (rows - 1)) / rows;
    if (w / h > wideShape) w = h * wideShape;
    else if (w / h < tallShape) h = w / tallShape;
    // Equal areas: fewer empty places.
    if (w * h > best.width * best.height * 1.001) best = { columns, rows, width: w, height: h };
  }
  return best;
}

/** How many tiles have at least the least size. */
export function capacityOf(width: number, height: number): number {
  // A phone shows two by two, whatever would fit.
  if (Math.min(width, height) < 480 && Math.max(width, height) < 960) return 4;
  const columns = Math.max(1, Math.floor((width + gap) / (leastTile.width + gap)));
  const rows = Math.max(1, Math.floor((height + gap) / (leastTile.height + gap)));
  return Math.min(mostTiles, columns * rows);
}

function placeGrid(seats: readonly Seat[], at: Box, main: boolean): Placed[] {
  if (seats.length === 0) return [];
  if (seats.length === 1) return [{ ...seats[0]!, ...at, main }];
  const grid = bestGrid(seats.length, at.width, at.height);
  const high = grid.rows * grid.height + (grid.rows - 1) * gap;
  return seats.map((seat, k) => {
    const row = Math.floor(k / grid.columns);
    const inRow = Math.min(grid.columns, seats.length - row * grid.columns);
    const long = inRow * grid.width + (inRow - 1) * gap;
    return {
      ...seat, main, width: grid.width, height: grid.height,
      x: at.x + (at.width - long) / 2 + (k % grid.columns) * (grid.width + gap), y: at.y + (at.height - high) / 2 + row * (grid.height + gap),
    };
  });
}

type Order = Pick<StageInput, "people" | "hideSelf" | "hideWithoutVideo" | "pinned" | "spotlight" | "active">;

/** Oneself, then who is seen, then who is not; always in the same order, so that nobody jumps about. */
function ordered(input: Order): Person[] {
  const others = input.people.filter((p) => !p.self);
  const shown = input.people.filter((p) => {
    if (p.self) return !input.hideSelf || others.length === 0;
    return !input.hideWithoutVideo || p.video || input.pinned.includes(p.participant) || input.spotlight.includes(p.participant) || input.active === p.participant;
  });
  const rank = (p: Person) => (p.self ? 0 : p.video ? 1 : 2);
  return shown.map((p, k) => ({ p, k })).sort((a, b) => rank(a.p) - rank(b.p) || a.k - b.k).map(({ p }) => p);
}

/** Whom a digit means: 0 is oneself, 1 the first of the others in the gallery. */
export function personAt(digit: number, input: Order): number | undefined {
  if (digit === 0) return input.people.find((p) => p.self)?.participant;
  return ordered(input).filter((p) => !p.self)[digit - 1]?.participant;
}

/** Whoever speaks comes to the first page, in its last place. */
function withSpeakerInFront(people: readonly Person[], active: number, capacity: number): readonly Person[] {
  const at = people.findIndex((p) => p.participant === active);
  if (at < capacity || capacity < 1) return people;
  const rest = people.filter((_, k) => k !== at);
  return [...rest.slice(0, capacity - 1), people[at]!, ...rest.slice(capacity - 1)];
}

function paged<T>(all: readonly T[], capacity: number, page: number): { here: readonly T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(all.length / Math.max(capacity, 1)));
  const now = Math.min(Math.max(page, 0), pages - 1);
  return { here: all.slice(now * capacity, (now + 1) * capacity), page: now, pages };
}

const camera = (p: Person): Seat => ({ participant: p.participant, kind: "camera" });

export function arrange(input: StageInput): Stage {
  const { width, height } = input;
  if (width <= 0 || height <= 0) return { placed: [], page: 0, pages: 1, focused: false };
  const people = ordered(input);
  const present = new Map(input.people.map((p) => [p.participant, p]));
  const shares: Seat[] = input.people.filter((p) => p.share && !p.self).map((p) => ({ participant: p.participant, kind: "share" }));
  const chosen = (list: readonly number[]) => list.flatMap((n) => present.get(n) ?? []);
  const pinned = chosen(input.pinned);
  const lit = pinned.length > 0 ? pinned : chosen(input.spotlight);
  const main: Seat[] = [...shares, ...lit.map(camera)];
  if (main.length === 0 && input.mode === "speaker") {
    const speaker = present.get(input.active) ?? people.find((p) => !p.self) ?? people[0];
    if (speaker) main.push(camera(speaker));
  }
  const all: Box = { x: 0, y: 0, width, height };

  if (main.length === 0) {
    const capacity = Math.min(capacityOf(width, height), input.slots);
    const { here, page, pages } = paged(withSpeakerInFront(people, input.active, capacity), capacity, input.page);
    return { placed: placeGrid(here.map(camera), all, true), page, pages, focused: false };
  }

  const big = new Set(main.map(keyOf));
  const rest = people.filter((p) => !big.has(keyOf(camera(p))));
  if (rest.length === 0) return { placed: placeGrid(main, all, true), page: 0, pages: 1, focused: true };
  const beside = width > height * 1.25;
  const thick = beside ? Math.min(Math.max(width * 0.19, 130), 260) : Math.min(Math.max(height * 0.2, 84), 150);
  const tile = beside ? { width: thick, height: thick / wideShape } : { width: thick * (wideShape * 0.85), height: thick };
  const fits = Math.max(1, Math.floor(((beside ? height : width) + gap) / ((beside ? tile.height : tile.width) + gap)));
  const capacity = Math.min(fits, Math.max(1, input.slots - main.length));
  const { here, page, pages } = paged(withSpeakerInFront(rest, input.active, capacity), capacity, input.page);
  const room: Box = beside ? { ...all, width: width - thick - gap } : { ...all, height: height - thick - gap };
  const long = here.length * (beside ? tile.height : tile.width) + (here.length - 1) * gap;
  const strip = here.map((p, k): Placed => ({
    ...camera(p), ...tile, main: false,
    x: beside ? width - thick : (width - long) / 2 + k * (tile.width + gap),
    y: beside ? (height - long) / 2 + k * (tile.height + gap) : height - thick,
  }));
  return { placed: [...placeGrid(main, room, true), ...strip], page, pages, focused: true };
}
