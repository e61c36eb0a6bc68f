// Which key does what, and how often screen readers are spoken to.
import { describe, expect, it } from "vitest";
import { Announcer, sentenceEvery } from "../src/activities/announcer";
import { type Pressed, shortcutOf } from "../src/activities/shortcuts";

const key = (k: string, more: Partial<Pressed> = {}): Pressed => ({ key: k, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, repeat: false, ...more });

describe("shortcuts", () => {
  it("are the keys that people know from elsewhere", () => {
    const all = ["m", "V", "d", "r", "c", "p", "S", "?", " "].map((k) => shortcutOf(key(k), "nowhere", true));
    expect(all).toEqual(["mute", "video", "share", "hand", "chat", "people", "captions", "help", "talk"]);
    expect(shortcutOf(key("x"), "nowhere", true)).toBeUndefined();
    expect(["0", "5", "9"].map((k) => shortcutOf(key(k), "nowhere", true))).toEqual(["pin", "pin", "pin"]);
    expect([shortcutOf(key("3"), "field", true), shortcutOf(key("3"), "nowhere", false), shortcutOf(key("10"), "nowhere", true)]).toEqual([undefined, undefined, undefined]);
  });

  it("rest in a field, and leave Space to the button that has the focus", () => {
    expect(shortcutOf(key("m"), "field", true)).toBeUndefined();
    expect(shortcutOf(key("?"), "field", true)).toBeUndefined();
    expect(shortcutOf(key(" "), "control", true)).toBeUndefined();
    expect(shortcutOf(key("m"), "control", true)).toBe("mute");
  });

  it("leave alone what belongs to browser and system, a key that is held, and what an input method composes", () => {
    for (const more of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { repeat: true }, { isComposing: true }]) expect(shortcutOf(key("m", more), "nowhere", true)).toBeUndefined();
  });

  it("can be switched off; the help then still tells how to get them back", () => {
    expect(shortcutOf(key("m"), "nowhere", false)).toBeUndefined();
    expect(shortcutOf(key("?"), "nowhere", false)).toBe("help");
  });
});

describe("announcer", () => {
  it("says the first at once, and then at most one sentence of a kind in a while", () => {
    const a = new Announcer();
    a.add("joined", "Ada");
    expect(a.due(1000)).toEqual([{ news: "joined", names: ["Ada"], count: 1, text: "" }]);
    for (let k = 0; k < 100; ++k) a.add("chat", k % 2 ? "Bob" : "Eve", `text ${k}`);
    expect(a.due(1000 + sentenceEvery - 1)).toEqual([]);
    expect(a.next()).toBe(1000 + sentenceEvery);
    const said = a.due(1000 + sentenceEvery);
    expect(said).toEqual([{ news: "chat", names: ["Eve", "Bob"], count: 100, text: "text 99" }]);
    expect(a.due(1_000_000)).toEqual([]);
    expect(a.next()).toBeUndefined();
  });

  it("does not speak of who came and went meanwhile, and keeps a crowd short", () => {
    const a = new Announcer();
    a.add("joined", "Ada");
    a.add("left", "Ada");
    expect(a.due(0)).toEqual([]);
    for (let k = 0; k < 50; ++k) a.add("joined", `Guest ${k}`);
    a.add("left", "Guest 0");
    const [said] = a.due(0);
    expect(said!.count).toBe(49);
    expect(said!.names.length).toBe(7);
  });

  it("cuts what is read of a message", () => {
    const a = new Announcer();
    a.add("private", "Ada", "x".repeat(100_000));
    expect(a.due(0)[0]!.text.length).toBe(140);
  });
});
