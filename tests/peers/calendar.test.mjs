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
