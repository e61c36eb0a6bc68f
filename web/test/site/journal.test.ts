import "./page";
import { expect, test } from "vitest";
import { chaptersOf, chatOf, currentOf, linesOf } from "../../src/site/recordings/journal";

const line = (value: object) => JSON.stringify(value);
const timeline = [
  line({ type: "came", at_ms: 0, participant: 1, name: "Ada", client: "web", role: "host" }),
  line({ type: "came", at_ms: 0, participant: 2, name: "<b>Bob</b>", client: "web", role: "participant" }),
  line({ type: "speaking", at_ms: 1000, participants: [1, 2] }),
  line({ type: "speaking", at_ms: 3000, participants: [] }),
  line({ type: "speaking", at_ms: 4000, participants: [1] }),
  line({ type: "speaking", at_ms: 20000, participants: [2] }),
  line({ type: "sharing", at_ms: 22000, participant: 2, on: true }),
  line({ type: "speaking", at_ms: 24000, participants: [1] }),
  line({ type: "paused", at_ms: 50000, for_ms: 90000 }),
].join("\n");

test("chapters: turns that last, shares, pauses and who came later", () => {
  const second = line({ type: "came", at_ms: 6000, participant: 3, name: "Cem" });
  const chapters = chaptersOf([{ text: timeline, offset: 0 }, { text: `${second}\n{"type":"gone"`, offset: 60 }], 100);
  expect(chapters).toEqual([
    { at: 0, kind: "start", name: "" },
    { at: 1, kind: "speaker", name: "Ada" },
    { at: 22, kind: "share", name: "<b>Bob</b>" },
    { at: 50, kind: "pause", name: "", length: 90 },
    { at: 66, kind: "came", name: "Cem" },
  ]);
  expect(currentOf(chapters, 21.99)).toBe(2);
  expect(currentOf(chapters, 0)).toBe(0);
});

test("lines that are not ours are left out", () => {
  expect(linesOf(`{"type":"x"}\nnull\n5\n[]\nnot json\n{"type":"gone","at_ms":1}\n{"type":"ca`)).toEqual([{ type: "gone", at_ms: 1 }]);
  expect(chaptersOf([{ text: `{"type":"speaking","at_ms":1,"participants":"x"}`, offset: 0 }], 10)).toHaveLength(1);
});

test("the chat in the film's time", () => {
  const text = line({ type: "chat_line", at_ms: 1500, participant: 1, name: "Ada", text: "Hello" });
  expect(chatOf([{ text, offset: 10 }, { text, offset: 0 }])).toEqual([{ at: 1.5, name: "Ada", text: "Hello" }, { at: 11.5, name: "Ada", text: "Hello" }]);
});
