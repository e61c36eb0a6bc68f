import "./page";
import { expect, test } from "vitest";
import { byArea, type OwnRule, ownRules, typedValue } from "../../src/site/settings/rules";

const words = { meaning: "m", meaning_zh: "z" };
const number: OwnRule = { ...words, name: "meeting.max_participants", kind: "number", least: 2, most: 1000, for_users: true, value: 100, source: "user", locked: false };
const text: OwnRule = { ...words, name: "recording.consent_text", kind: "text", most: 1000, for_users: true, value: "", source: "standard", locked: false };

test("what a person may set, with what counts now; what is the whole account's, or of signing in, stays out", () => {
  const rules = [
    { ...words, name: "chat.private", kind: "boolean" as const, for_users: true }, { ...words, name: "logs.retention_days", kind: "number" as const, for_users: false },
    { ...words, name: "chat.unknown", kind: "boolean" as const, for_users: true }, { ...words, name: "sign_in.password", kind: "boolean" as const, for_users: true },
  ];
  const effective = [{ name: "logs.retention_days", value: 365, source: "standard" as const, locked: false }, { name: "sign_in.password", value: true, source: "standard" as const, locked: false }, { name: "chat.private", value: false, source: "account" as const, locked: true }];
  expect(ownRules(rules, effective)).toEqual([{ ...rules[0], value: false, source: "account", locked: true }]);
});

test("what is typed is kept within its limits, and is nothing where it is no number or the same", () => {
  expect(typedValue(number, "5000")).toBe(1000);
  expect(typedValue(number, "0")).toBe(2);
  expect(typedValue(number, "7.9")).toBe(7);
  for (const same of ["100", "100.5", "", " ", "many"]) expect(typedValue(number, same), same).toBeUndefined();
  expect(typedValue(text, "May we?")).toBe("May we?");
  expect(typedValue(text, "")).toBeUndefined();
  expect(typedValue({ ...text, value: "x" }, "")).toBe("");
});

test("rules stand together by their area", () => {
  const other = { ...number, name: "meeting.polls" };
  expect(byArea([number, text, other])).toEqual([["meeting", [number, other]], ["recording", [text]]]);
});
