// The form of a meeting: what stands in it, what of the API it comes from, and what it sends back.
import { localParts, suggestedStart, weekdayOf, weekOf } from "../times";
import { type Asked, askedOf, nothingAsked, type QuestionsBody, wrongQuestions } from "./questions";
import { isMissing, type TrackedField, trackedValues, type Tracking, trackingOf } from "./tracking";
import { type Meeting, once, type Recurrence, series } from "./types";

export type Repeats = "never" | "daily" | "weekly" | "monthly";

export interface Draft {
  topic: string;
  agenda: string;
  /** Of the zone: "2026-11-28", "09:30". */
  date: string;
  time: string;
  minutes: number;
  zone: string;
  repeats: Repeats;
  interval: number;
  /** 1 is Sunday. */
  weekdays: number[];
  monthlyBy: "day" | "weekday";
  ends: "count" | "date";
  count: number;
  until: string;
  passcode: string;
  waitingRoom: boolean;
  joinBeforeHost: boolean;
  signedInOnly: boolean;
  /** Whoever is no host comes in with the microphone off. */
  comeMuted: boolean;
  /** As approval_type. */
  registration: "none" | "open" | "approved";
  /** Of a series, as registration_type: 1 once for all times, 2 each on its own, 3 those that one chooses. */
  registrationFor: 1 | 2 | 3;
  /** Nobody can register after the meeting has begun. */
  registrationCloses: boolean;
  asked: Asked;
  recordAutomatically: boolean;
  hosts: string;
  invitees: string;
  tracking: Tracking;
}

const registrations = ["open", "approved", "none"] as const;
const kinds: Record<number, Repeats> = { 1: "daily", 2: "weekly", 3: "monthly" };

export function blankDraft(now: Date, zone: string, standard: { waitingRoom: boolean; joinBeforeHost: boolean; passcode: string }): Draft {
  const { date, time } = localParts(suggestedStart(now), zone);
  return {
    topic: "", agenda: "", date, time, minutes: 60, zone, repeats: "never", interval: 1, weekdays: [weekdayOf(date)], monthlyBy: "day",
    ends: "count", count: 10, until: "", passcode: standard.passcode, waitingRoom: standard.waitingRoom, joinBeforeHost: standard.joinBeforeHost,
    signedInOnly: false, comeMuted: false, registration: "none", registrationFor: 1, registrationCloses: false, asked: nothingAsked, recordAutomatically: false, hosts: "", invitees: "", tracking: {},
  };
}

/** Of a whole meeting, or of one of a series as the API answers it. */
export function draftOf(meeting: Meeting, now: Date, questions: QuestionsBody = { questions: [], custom_questions: [] }): Draft {
  const start = new Date(meeting.start_time ?? suggestedStart(now));
  const { date, time } = localParts(start, meeting.timezone);
  const r = meeting.recurrence;
  const s = meeting.settings;
  return {
    topic: meeting.topic,
    agenda: meeting.agenda,
    date,
    time,
    minutes: meeting.duration ?? 60,
    zone: meeting.timezone,
    repeats: r ? (kinds[r.type] ?? "never") : "never",
    interval: r?.repeat_interval || 1,
    weekdays: r?.weekly_days ? r.weekly_days.split(",").map(Number) : [weekdayOf(date)],
    monthlyBy: r?.monthly_week ? "weekday" : "day",
    ends: r?.end_date_time ? "date" : "count",
    count: r?.end_times || 10,
    until: r?.end_date_time ? localParts(new Date(r.end_date_time), meeting.timezone).date : "",
    passcode: meeting.password,
    waitingRoom: s.waiting_room ?? false,
    joinBeforeHost: s.join_before_host ?? true,
    signedInOnly: s.meeting_authentication ?? false,
    comeMuted: s.mute_upon_entry ?? false,
    registration: registrations[s.approval_type ?? 2] ?? "none",
    registrationFor: s.registration_type === 2 || s.registration_type === 3 ? s.registration_type : 1,
    registrationCloses: s.close_registration ?? false,
    asked: askedOf(questions),
    recordAutomatically: s.auto_recording === "cloud",
    hosts: s.alternative_hosts ?? "",
    invitees: (s.meeting_invitees ?? []).map((i) => i.email).join(", "),
    tracking: trackingOf(meeting.tracking_fields),
  };
}

export function addressesIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;，；、]+/).filter((a) => a !== ""))];
}

/** What is wrong, by the field's name; empty: it can be sent. `tracked` is what the organisation asks for. */
export function problemsIn(draft: Draft, tracked: readonly TrackedField[] = []): Partial<Record<keyof Draft, "needed" | "days" | "until" | "address" | "questions">> {
  const out: ReturnType<typeof problemsIn> = {};
  if (draft.topic.trim() === "") out.topic = "needed";
  if (!/^\d{4}-\d\d-\d\d$/.test(draft.date)) out.date = "needed";
  if (!/^\d\d:\d\d$/.test(draft.time)) out.time = "needed";
  if (draft.repeats === "weekly" && draft.weekdays.length === 0) out.weekdays = "days";
  if (draft.repeats !== "never" && draft.ends === "date" && draft.until < draft.date) out.until = "until";
  const bad = (text: string) => addressesIn(text).some((a) => !/^[^@]+@[^@]+$/.test(a));
  if (bad(draft.hosts)) out.hosts = "address";
  if (bad(draft.invitees)) out.invitees = "address";
  if (draft.registration !== "none" && wrongQuestions(draft.asked)) out.asked = "questions";
  if (tracked.some((field) => isMissing(field, draft.tracking))) out.tracking = "needed";
  return out;
}

export function recurrenceOf(draft: Draft): Recurrence | undefined {
  if (draft.repeats === "never") return undefined;
  const out: Recurrence = { type: { daily: 1, weekly: 2, monthly: 3 }[draft.repeats], repeat_interval: draft.interval };
  if (draft.repeats === "weekly") out.weekly_days = [...draft.weekdays].sort((a, b) => a - b).join(",");
  if (draft.repeats === "monthly" && draft.monthlyBy === "day") out.monthly_day = Number(draft.date.slice(8));
  if (draft.repeats === "monthly" && draft.monthlyBy === "weekday") {
    out.monthly_week = weekOf(draft.date);
    out.monthly_week_day = weekdayOf(draft.date);
  }
  if (draft.ends === "count") out.end_times = draft.count;
  else out.end_date_time = `${draft.until}T23:59:59`;
  return out;
}

/** The body for POST and PATCH of a whole meeting. A time without Z is one of `timezone`. With `before`, times that are
 * as they were stay out: a rule that is sent makes the whole series anew, and what was changed in single ones is lost. */
export function bodyOf(draft: Draft, before?: Draft): object {
  const recurrence = recurrenceOf(draft);
  const times = {
    type: recurrence ? series : once,
    start_time: `${draft.date}T${draft.time}:00`,
    timezone: draft.zone,
    ...(recurrence ? { recurrence } : {}),
  };
  return {
    topic: draft.topic.trim(),
    agenda: draft.agenda,
    duration: draft.minutes,
    password: draft.passcode,
    ...(before && sameTimes(before, draft) ? {} : times),
    ...trackedValues(draft.tracking),
    settings: {
      waiting_room: draft.waitingRoom,
      join_before_host: draft.joinBeforeHost,
      meeting_authentication: draft.signedInOnly,
      mute_upon_entry: draft.comeMuted,
      approval_type: registrations.indexOf(draft.registration),
      registration_type: draft.registrationFor,
      close_registration: draft.registrationCloses,
      auto_recording: draft.recordAutomatically ? "cloud" : "none",
      alternative_hosts: addressesIn(draft.hosts).join(";"),
      meeting_invitees: addressesIn(draft.invitees).map((email) => ({ email })),
    },
  };
}

/** What of one occurrence can differ. */
export function occurrenceBodyOf(draft: Draft): object {
  return { topic: draft.topic.trim(), agenda: draft.agenda, start_time: `${draft.date}T${draft.time}:00`, timezone: draft.zone, duration: draft.minutes };
}

/** Whether the times are as before: a changed rule makes a series anew, with new occurrences. */
export function sameTimes(a: Draft, b: Draft): boolean {
  return a.date === b.date && a.time === b.time && a.zone === b.zone && JSON.stringify(recurrenceOf(a)) === JSON.stringify(recurrenceOf(b));
}
