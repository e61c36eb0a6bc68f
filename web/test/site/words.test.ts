import "./page";
import { expect, test } from "vitest";
import { ruleWords } from "../../src/site/meetings/words";
import { clientName } from "../../src/site/settings/clientName";
import { pathOf } from "../../src/site/settings/Totp";
import { wordsOf } from "../../src/site/setup/checks";
import { shareOf } from "../../src/site/NewPassword";

test("a rule as a sentence", () => {
  expect(ruleWords({ type: 2, repeat_interval: 1, weekly_days: "2,4", end_times: 12 }, "UTC")).toBe("Every week on Monday, Wednesday, 12 times");
  expect(ruleWords({ type: 3, repeat_interval: 2, monthly_week: -1, monthly_week_day: 6 }, "UTC")).toBe("Every 2 months on the last Friday");
  expect(ruleWords({ type: 1, end_date_time: "2027-01-31T23:59:59Z" }, "UTC")).toBe("Every day, until Sunday, 31 January 2027");
});

test("a check that this page does not know is still shown", () => {
  expect(wordsOf({ name: "disk", verdict: "bad", state: "little", value: "500" }).fix).toContain("S3");
  expect(wordsOf({ name: "mail", verdict: "good", state: "configured", value: "0" }).fix).toBe("");
  expect(wordsOf({ name: "moon", verdict: "bad", state: "full", value: "x" }).sentence).toBe("moon: full x");
});

test("devices by a name that their owner knows", () => {
  expect(clientName("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0")).toBe("Edge · Windows");
  expect(clientName("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1")).toBe("Safari · iOS");
  expect(clientName("sealhall/0.1")).toBe("sealhall/0.1");
});

test("small things", () => {
  expect(pathOf([[true, false], [false, true]])).toBe("M0 0h1v1h-1zM1 1h1v1h-1z");
  expect(shareOf({ guess_bits: 36, enough_bits: 36 })).toBe(60);
  expect(shareOf({ guess_bits: 90, enough_bits: 36 })).toBe(100);
  // What would be refused is never shown as enough.
  expect(shareOf({ guess_bits: 90, enough_bits: 36, problem: "At least 10 characters." })).toBe(55);
});
