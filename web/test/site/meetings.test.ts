import "./page";
import { expect, test } from "vitest";
import { addressesIn, blankDraft, bodyOf, draftOf, type Draft, problemsIn, recurrenceOf } from "../../src/site/meetings/form";
import { isMissing, saidOf, trackedValues } from "../../src/site/meetings/tracking";
import type { Meeting } from "../../src/site/meetings/types";
import { grouped } from "../../src/site/meetings/types";
import { bytes, clockOf, localParts, nearDay, offsetOf, suggestedStart, weekdayNames, weekdayOf, weekOf } from "../../src/site/times";

const now = new Date("2026-11-28T09:05:00Z");
const blank = (change: Partial<Draft> = {}): Draft => ({ ...blankDraft(now, "Asia/Taipei", { waitingRoom: true, joinBeforeHost: false, passcode: "123456" }), topic: "Plans", ...change });

test("a moment in a zone, and across its midnight", () => {
  expect(localParts(new Date("2026-11-28T17:30:00Z"), "Asia/Taipei")).toEqual({ date: "2026-11-29", time: "01:30" });
  expect(localParts(new Date("2026-07-01T23:00:00Z"), "America/New_York")).toEqual({ date: "2026-07-01", time: "19:00" });
  expect(localParts(new Date("2026-11-28T00:00:00Z"), "UTC").time).toBe("00:00");
  expect(offsetOf("Asia/Taipei", now)).toBe("GMT+08:00");
  expect(offsetOf("UTC", now)).toBe("GMT+00:00");
});

test("a new meeting begins at a half hour, not in the next minutes", () => {
  expect(suggestedStart(now).toISOString()).toBe("2026-11-28T09:30:00.000Z");
  expect(suggestedStart(new Date("2026-11-28T09:21:00Z")).toISOString()).toBe("2026-11-28T10:00:00.000Z");
});

test("days near, weekdays, weeks of a month", () => {
  expect(nearDay(new Date("2026-11-28T23:00:00Z"), now, "UTC")).toBe("today");
  expect(nearDay(new Date("2026-11-28T23:00:00Z"), now, "Asia/Taipei")).toBe("tomorrow");
  expect(nearDay(new Date("2026-12-05T09:00:00Z"), now, "UTC")).toBeUndefined();
  expect(weekdayOf("2026-11-29")).toBe(1);
  expect(weekdayNames("short")[0]).toBe("Sun");
  expect([weekOf("2026-11-01"), weekOf("2026-11-14"), weekOf("2026-11-23"), weekOf("2026-11-24"), weekOf("2026-02-28")]).toEqual([1, 2, 4, -1, -1]);
});

test("a rule of each kind in the API's words", () => {
  expect(recurrenceOf(blank())).toBeUndefined();
  expect(recurrenceOf(blank({ repeats: "weekly", weekdays: [4, 2], interval: 2, count: 5 }))).toEqual({ type: 2, repeat_interval: 2, weekly_days: "2,4", end_times: 5 });
  expect(recurrenceOf(blank({ repeats: "monthly", date: "2026-11-30", monthlyBy: "day" }))).toMatchObject({ type: 3, monthly_day: 30 });
  expect(recurrenceOf(blank({ repeats: "monthly", date: "2026-11-30", monthlyBy: "weekday", ends: "date", until: "2027-01-31" }))).toEqual({ type: 3, repeat_interval: 1, monthly_week: -1, monthly_week_day: 2, end_date_time: "2027-01-31T23:59:59" });
});

test("what was read is sent back as it was", () => {
  const meeting: Meeting = {
    id: 98765432100, topic: "Weekly", agenda: "a\nb", type: 8, status: "waiting", host_id: "h", start_time: "2026-12-01T01:00:00Z", duration: 45, timezone: "Asia/Taipei",
    password: "abc", join_url: "https://meet.example/j/98765432100", settings: { waiting_room: true, join_before_host: false, approval_type: 1, auto_recording: "cloud", alternative_hosts: "a@b;c@d", meeting_invitees: [{ email: "e@f" }] },
    recurrence: { type: 2, repeat_interval: 1, weekly_days: "3", end_times: 4 },
  };
  const draft = draftOf(meeting, now);
  expect(draft).toMatchObject({ date: "2026-12-01", time: "09:00", minutes: 45, repeats: "weekly", weekdays: [3], registration: "approved", recordAutomatically: true });
  expect(bodyOf(draft)).toMatchObject({
    type: 8, start_time: "2026-12-01T09:00:00", timezone: "Asia/Taipei", duration: 45, password: "abc", recurrence: meeting.recurrence,
    settings: { waiting_room: true, join_before_host: false, approval_type: 1, auto_recording: "cloud", alternative_hosts: "a@b;c@d", meeting_invitees: [{ email: "e@f" }] },
  });
  // A change of the topic leaves the series with its exceptions alone.
  const renamed = bodyOf({ ...draft, topic: "New" }, draft);
  expect(renamed).toMatchObject({ topic: "New" });
  for (const field of ["recurrence", "start_time", "timezone", "type"]) expect(renamed).not.toHaveProperty(field);
  expect(bodyOf({ ...draft, time: "10:00" }, draft)).toHaveProperty("recurrence");
});

test("what cannot be sent is said at its field", () => {
  expect(problemsIn(blank())).toEqual({});
  expect(problemsIn(blank({ topic: " " }))).toEqual({ topic: "needed" });
  expect(problemsIn(blank({ repeats: "weekly", weekdays: [] }))).toEqual({ weekdays: "days" });
  expect(problemsIn(blank({ repeats: "daily", ends: "date", until: "2026-11-01" }))).toEqual({ until: "until" });
  expect(problemsIn(blank({ hosts: "bob" }))).toEqual({ hosts: "address" });
  expect(addressesIn("a@b, c@d;a@b\n e@f、")).toEqual(["a@b", "c@d", "e@f"]);
});

test("numbers that people read", () => {
  expect(grouped(98765432100)).toBe("987 6543 2100");
  expect(clockOf(3909)).toBe("1:05:09");
  expect(clockOf(187.9)).toBe("3:07");
  expect(bytes(1_234_567)).toBe("1.2 MB");
  expect(bytes(0)).toBe("0 B");
});

test("what the organisation asks of a meeting has to be said, and comes back as it was", () => {
  const asked = [{ field: "Cost centre", required: true, visible: true, recommended_values: [] }, { field: "Room", required: false, visible: true, recommended_values: ["7"] }];
  expect(problemsIn(blank(), asked)).toEqual({ tracking: "needed" });
  expect(problemsIn(blank({ tracking: { "Cost centre": "  " } }), asked)).toEqual({ tracking: "needed" });
  expect(problemsIn(blank({ tracking: { "Cost centre": "17" } }), asked)).toEqual({});
  expect(bodyOf(blank({ tracking: { "Cost centre": " 17 ", Room: "" } }))).toMatchObject({ tracking_fields: [{ field: "Cost centre", value: "17" }] });
  // Where nothing was ever said, a template's own values stay; where something was, taking it away is said.
  expect(bodyOf(blank())).not.toHaveProperty("tracking_fields");
  expect(trackedValues({ Room: "" })).toEqual({ tracking_fields: [] });
  // A field whose name every object has.
  expect(saidOf({}, "constructor")).toBe("");
  expect(isMissing({ ...asked[0]!, field: "constructor" }, {})).toBe(true);
  const meeting = { id: 1, topic: "T", agenda: "", type: 2, timezone: "UTC", password: "", settings: { mute_upon_entry: true }, tracking_fields: [{ field: "Room", value: "7" }, { field: "Empty" }] } as unknown as Meeting;
  expect(draftOf(meeting, now)).toMatchObject({ comeMuted: true, tracking: { Room: "7", Empty: "" } });
  expect(bodyOf(blank({ comeMuted: true }))).toMatchObject({ settings: { mute_upon_entry: true } });
});
