import "./page";
import { expect, test } from "vitest";
import { bodyOf } from "../../src/site/meetings/form";
import { draftFrom, type Template } from "../../src/site/meetings/templates";

const now = new Date("2026-11-28T09:05:00Z");
const template: Template = {
  id: "t", name: "Course", type: 8, duration: 45, topic: "Course", agenda: "What comes", questions: [{ field_name: "org", required: true }], custom_questions: [],
  settings: { waiting_room: true, join_before_host: false, approval_type: 1, alternative_hosts: "bob@example.org" },
  recurrence: { type: 2, repeat_interval: 1, weekly_days: "2,4", end_date_time: "2027-01-31T15:59:59Z" },
};

test("a meeting begins like its template, with a passcode and a time of its own", () => {
  const draft = draftFrom(template, now, "Asia/Taipei", { passcode: "123456" });
  expect(draft).toMatchObject({ topic: "Course", agenda: "What comes", minutes: 45, passcode: "123456", waitingRoom: true, joinBeforeHost: false, registration: "approved", hosts: "bob@example.org" });
  expect(draft).toMatchObject({ date: "2026-11-28", time: "17:30", zone: "Asia/Taipei", repeats: "weekly", weekdays: [2, 4], ends: "date", until: "2027-01-31" });
  expect(draft.asked.standard).toEqual([{ field: "org", required: true }]);
  expect(bodyOf(draft)).toMatchObject({ type: 8, start_time: "2026-11-28T17:30:00" });
});

test("a series whose last day is over gets a number of meetings instead", () => {
  const old = { ...template, recurrence: { ...template.recurrence!, end_date_time: "2026-10-31T15:59:59Z" } };
  expect(draftFrom(old, now, "UTC", { passcode: "" })).toMatchObject({ repeats: "weekly", ends: "count", count: 10 });
  const { recurrence: _, ...single } = template;
  expect(draftFrom(single, now, "UTC", { passcode: "" }).repeats).toBe("never");
});
