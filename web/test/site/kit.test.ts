import "./page";
import { expect, test } from "vitest";
import { wordsOf } from "../../src/site/setup/checks";
import { kitCommand, kitStateOf } from "../../src/site/setup/kit";

const check = (state: string, value = "") => [{ name: "kit", verdict: "bad" as const, state, value }];

test("what the server says of the recovery kit; a server that says nothing has not shown it", () => {
  expect(kitStateOf(check("shown", "2026-11-28T12:00:00Z"))).toEqual({ kind: "shown", at: new Date("2026-11-28T12:00:00Z") });
  expect(kitStateOf(check("outdated", "2026-11-28T12:00:00Z")).kind).toBe("outdated");
  expect(kitStateOf(check("in_module", "PKCS#11 token x"))).toEqual({ kind: "in_module" });
  expect(kitStateOf(check("never_shown"))).toEqual({ kind: "never_shown" });
  expect(kitStateOf([])).toEqual({ kind: "never_shown" });
});

test("the command is one that a shell takes", () => {
  expect(kitCommand("/srv/sealhall/data")).toBe("sealhall keys kit --data /srv/sealhall/data");
  expect(kitCommand("/srv/Ada's data")).toBe("sealhall keys kit --data '/srv/Ada'\\''s data'");
});

test("the self-test has a sentence and a way out for a kit that is not on paper", () => {
  expect(wordsOf(check("never_shown")[0]!)).toMatchObject({ sentence: "The recovery kit was never shown." });
  expect(wordsOf(check("never_shown")[0]!).fix).toContain("sealhall keys kit");
  expect(wordsOf(check("outdated", "2026-11-28T12:00:00Z")[0]!).sentence).toContain("2026");
  expect(wordsOf({ ...check("in_module", "PKCS#11 token x")[0]!, verdict: "good" }).fix).toBe("");
});
