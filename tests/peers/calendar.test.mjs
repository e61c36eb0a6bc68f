// ical.js reads the calendar files that we write, and finds the same times in them (server/schedule/testdata/calendar).
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../support/packages.mjs";

const folder = new URL("../../server/schedule/testdata/calendar/", import.meta.url);
const { default: ICAL } = await load("ical.js");

/** Every time at which the meeting of a file takes place, exceptions included, as UTC. */
function times(calendar) {
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(new ICAL.Timezone(zone), `${zone.getFirstPropertyValue("tzid")}`);
  }
  const events = calendar.getAllSubcomponents("vevent").map((c) => new ICAL.Event(c));
  const series = events.find((e) => !e.isRecurrenceException());
  for (const event of events) if (event.isRecurrenceException()) series.relateException(event);
  const found = [];
  const iterator = series.iterator();
  for (let next = iterator.next(); next && found.length < 400; next = iterator.next()) {
    const { startDate } = series.getOccurrenceDetails(next);
    found.push(startDate.toJSDate().toISOString().replace(".000Z", "Z"));
  }
  ICAL.TimezoneService.reset();
  return found;
}

for (const file of readdirSync(folder).filter((f) => f.endsWith(".ics")).sort()) {
  test(`ical.js reads ${file} and finds the same times`, () => {
    const text = readFileSync(new URL(file, folder), "utf8");
    const calendar = new ICAL.Component(ICAL.parse(text));
    assert.equal(calendar.getFirstPropertyValue("method"), "REQUEST");
    const event = calendar.getAllSubcomponents("vevent")[0];
    assert.match(event.getFirstPropertyValue("summary"), /^每週會議; "Plans", and a line .* 🙂 perhaps$/);
    assert.equal(event.getFirstPropertyValue("description"), "One\nTwo");
    assert.equal(event.getAllProperties("attendee").length, 2);
    assert.equal(event.getFirstProperty("organizer").getParameter("cn"), "Ada");
    const expected = readFileSync(new URL(file.replace(".ics", ".times"), folder), "utf8").trim().split("\n");
    assert.deepEqual(times(calendar), expected);
  });
}

const letters = new URL("letters/", folder);
const letter = (file) => {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(new URL(file, letters), "utf8")));
  const events = calendar.getAllSubcomponents("vevent");
  return {
    calendar, events, method: calendar.getFirstPropertyValue("method"),
    uids: [...new Set(events.map((e) => e.getFirstPropertyValue("uid")))],
    sequences: [...new Set(events.map((e) => e.getFirstPropertyValue("sequence")))],
    states: [...new Set(events.map((e) => e.getFirstPropertyValue("status")))],
  };
};
const utc = (event, property) => event.getFirstPropertyValue(property).toJSDate().toISOString().replace(".000Z", "Z");

test("ical.js: a change has the invitation's UID and a higher SEQUENCE, and moves what it moves", () => {
  const invitation = letter("1-invitation.ics");
  assert.deepEqual([invitation.method, invitation.sequences, invitation.states, invitation.events.length], ["REQUEST", [0], ["CONFIRMED"], 1]);
  const before = times(invitation.calendar);
  assert.equal(before.length, 6);
  const changed = letter("2-changed.ics");
  assert.deepEqual([changed.method, changed.sequences, changed.states, changed.uids], ["REQUEST", [1], ["CONFIRMED"], invitation.uids]);
  assert.equal(changed.events[0].getFirstPropertyValue("summary"), "New plans");
  const after = times(changed.calendar);
  const moved = new Date(Date.parse(before[1]) + 2 * 3600 * 1000).toISOString().replace(".000Z", "Z");
  assert.deepEqual(after, before.with(1, moved));
});

test("ical.js: cancelling names one meeting by RECURRENCE-ID, or the whole series, each with a higher SEQUENCE", () => {
  const [invitation, one, all] = ["1-invitation.ics", "3-one-cancelled.ics", "4-cancelled.ics"].map(letter);
  const planned = times(invitation.calendar);
  assert.deepEqual([one.method, one.sequences, one.states, one.uids, one.events.length], ["CANCEL", [2], ["CANCELLED"], invitation.uids, 1]);
  for (const zone of one.calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone), `${zone.getFirstPropertyValue("tzid")}`);
  const [event] = one.events;
  assert.equal(event.getFirstProperty("rrule"), null);
  assert.equal(utc(event, "recurrence-id"), planned[3]);
  assert.equal(utc(event, "dtstart"), planned[3]);
  ICAL.TimezoneService.reset();
  assert.deepEqual([all.method, all.sequences, all.states, all.uids], ["CANCEL", [3], ["CANCELLED"], invitation.uids]);
  assert.equal(all.events[0].getFirstProperty("recurrence-id"), null);
});
