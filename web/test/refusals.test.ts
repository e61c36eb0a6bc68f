import { expect, test } from "vitest";
import { consequenceOf } from "../src/meeting/refusals";

test("what is wrong with the first join ends it, whatever the server says of the connection", () => {
  for (const code of ["not_found", "wrong_passcode", "locked", "full", "internal", "rate_limited"] as const) {
    for (const fatal of [true, false]) expect(consequenceOf({ code, fatal }, "connecting", false), code).toBe("end");
  }
});

test("whoever comes back asks again while the server is not ready, and is told what will not change", () => {
  expect(consequenceOf({ code: "internal", fatal: true }, "reconnecting", true)).toBe("again");
  expect(consequenceOf({ code: "rate_limited", fatal: false }, "reconnecting", true)).toBe("again");
  for (const code of ["meeting_ended", "not_allowed", "not_found", "locked"] as const) {
    expect(consequenceOf({ code, fatal: true }, "reconnecting", true), code).toBe("end");
  }
});

test("in a meeting a refusal is told, and only a fatal one ends it", () => {
  expect(consequenceOf({ code: "not_allowed", fatal: false }, "joined", true)).toBe("tell");
  expect(consequenceOf({ code: "internal", fatal: false }, "joined", true)).toBe("tell");
  expect(consequenceOf({ code: "rate_limited", fatal: true }, "joined", true)).toBe("end");
  // Something that was sent before the join was answered.
  expect(consequenceOf({ code: "not_joined", fatal: false }, "reconnecting", true)).toBe("tell");
});
