import { describe, expect, it } from "vitest";
import { arrange, bestGrid, capacityOf, keyOf, type Person, personAt, type StageInput } from "../src/stage/layout";

const person = (participant: number, more: Partial<Person> = {}): Person => ({ participant, self: participant === 1, video: true, share: false, ...more });
const people = (count: number): Person[] => Array.from({ length: count }, (_, k) => person(k + 1));
const input = (more: Partial<StageInput>): StageInput => ({
  people: people(3), mode: "gallery", pinned: [], spotlight: [], active: 0, hideSelf: false, hideWithoutVideo: false, page: 0, width: 1280, height: 700, slots: 9, ...more,
});
const keys = (more: Partial<StageInput>, main?: boolean) => arrange(input(more)).placed.filter((p) => main === undefined || p.main === main).map(keyOf);

describe("grid", () => {
  it("makes tiles as large as they can be", () => {
    expect(bestGrid(4, 1280, 720)).toMatchObject({ columns: 2, rows: 2 });
    expect(bestGrid(9, 1280, 720)).toMatchObject({ columns: 3, rows: 3 });
    expect(bestGrid(2, 390, 700)).toMatchObject({ columns: 1, rows: 2 });
    expect(bestGrid(4, 390, 700)).toMatchObject({ columns: 2, rows: 2 });
  });
  it("never draws a tile flatter than 16:9 or outside of the room, and none over another", () => {
    for (let count = 1; count <= 12; ++count) {
      for (const [width, height] of [[1280, 700], [390, 640], [800, 300], [320, 256]] as const) {
        const { placed } = arrange(input({ people: people(count), width, height, slots: 25 }));
        for (const [k, a] of placed.entries()) {
          expect(a.x).toBeGreaterThanOrEqual(-0.01);
          expect(a.y).toBeGreaterThanOrEqual(-0.01);
          expect(a.x + a.width).toBeLessThanOrEqual(width + 0.01);
          expect(a.y + a.height).toBeLessThanOrEqual(height + 0.01);
          if (placed.length > 1) expect(a.width / a.height).toBeLessThanOrEqual(16 / 9 + 0.01);
          for (const b of placed.slice(k + 1)) expect(a.x + a.width <= b.x + 0.01 || b.x + b.width <= a.x + 0.01 || a.y + a.height <= b.y + 0.01 || b.y + b.height <= a.y + 0.01).toBe(true);
        }
      }
    }
  });
  it("shows two by two on a phone, in both ways of holding it", () => {
    expect(capacityOf(390, 640)).toBe(4);
    expect(capacityOf(800, 320)).toBe(4);
    expect(capacityOf(1280, 700)).toBe(25);
  });
});

describe("gallery", () => {
  it("keeps an order: oneself, who is seen, who is not", () => {
    expect(keys({ people: [person(2, { video: false }), person(3), person(1, { video: false })] })).toEqual(["camera-1", "camera-3", "camera-2"]);
  });
  it("pages what does not fit, and stays within the pages", () => {
    const many = { people: people(20) };
    expect(arrange(input(many))).toMatchObject({ page: 0, pages: 3, focused: false });
    expect(keys({ ...many, page: 1 })[0]).toBe("camera-10");
    expect(arrange(input({ ...many, page: 99 }))).toMatchObject({ page: 2 });
    expect(arrange(input({ ...many, page: 99 })).placed).toHaveLength(2);
  });
  it("brings whoever speaks to the first page and moves nobody else there", () => {
    const quiet = keys({ people: people(20) });
    const loud = keys({ people: people(20), active: 17 });
    expect(loud).toEqual([...quiet.slice(0, 8), "camera-17"]);
    expect(keys({ people: people(20), active: 3 })).toEqual(quiet);
  });
  it("hides oneself only when somebody else is there, and people without picture unless they speak or are pinned", () => {
    expect(keys({ hideSelf: true })).toEqual(["camera-2", "camera-3"]);
    expect(keys({ people: [person(1)], hideSelf: true })).toEqual(["camera-1"]);
    const dark = [person(1), person(2, { video: false }), person(3, { video: false })];
    expect(keys({ people: dark, hideWithoutVideo: true })).toEqual(["camera-1"]);
    expect(keys({ people: dark, hideWithoutVideo: true, active: 3 })).toEqual(["camera-1", "camera-3"]);
  });
});

describe("focus", () => {
  it("shows the speaker large, and somebody else than oneself before anybody has spoken", () => {
    expect(keys({ mode: "speaker", active: 3 }, true)).toEqual(["camera-3"]);
    expect(keys({ mode: "speaker" }, true)).toEqual(["camera-2"]);
    expect(keys({ mode: "speaker", active: 3 }, false)).toEqual(["camera-1", "camera-2"]);
  });
  it("puts a shared screen beside the people, on a wide and on a tall screen", () => {
    const shared = [person(1), person(2, { share: true }), person(3)];
    const wide = arrange(input({ people: shared })).placed;
    expect(wide.filter((p) => p.main).map(keyOf)).toEqual(["share-2"]);
    expect(wide.filter((p) => !p.main).every((p) => p.x > wide[0]!.width)).toBe(true);
    const tall = arrange(input({ people: shared, width: 390, height: 640 })).placed;
    expect(tall.filter((p) => !p.main).every((p) => p.y > tall[0]!.height)).toBe(true);
  });
  it("does not show one's own screen to oneself", () => {
    expect(keys({ people: [person(1, { share: true }), person(2)] })).toEqual(["camera-1", "camera-2"]);
  });
  it("takes pins before the spotlight, several of them, and forgets who has left", () => {
    expect(keys({ spotlight: [3] }, true)).toEqual(["camera-3"]);
    expect(keys({ spotlight: [3], pinned: [2, 1] }, true)).toEqual(["camera-2", "camera-1"]);
    expect(keys({ pinned: [77] })).toEqual(["camera-1", "camera-2", "camera-3"]);
  });
  it("asks for no more pictures than there are slots", () => {
    const shared = people(30).map((p) => (p.participant === 2 ? { ...p, share: true } : p));
    expect(arrange(input({ people: shared, height: 3000, width: 3000 })).placed.length).toBeLessThanOrEqual(9);
  });
});

describe("digits", () => {
  it("are oneself and the others as the gallery has them, also when one hides oneself", () => {
    const all = [person(1), person(2, { video: false }), person(3), person(4)];
    const at = (digit: number, more: Partial<StageInput> = {}) => personAt(digit, input({ people: all, ...more }));
    expect([0, 1, 2, 3, 4].map((digit) => at(digit))).toEqual([1, 3, 4, 2, undefined]);
    expect([at(0, { hideSelf: true }), at(1, { hideSelf: true })]).toEqual([1, 3]);
    expect(at(3, { hideWithoutVideo: true })).toBeUndefined();
  });
});
