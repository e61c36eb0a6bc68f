// Saved ways to make meetings: as the API has them, and a form that begins with one.
import { localParts } from "../times";
import { blankDraft, type Draft, draftOf } from "./form";
import type { QuestionsBody } from "./questions";
import { type Meeting, once, type Recurrence, series, type Settings } from "./types";

export interface TemplateEntry {
  id: string;
  name: string;
  type: number;
}

export interface TemplateList {
  templates: TemplateEntry[];
}

/** Without passcode and times: a meeting gets its own. */
export interface Template extends TemplateEntry, QuestionsBody {
  duration: number;
  topic: string;
  agenda: string;
  settings: Settings;
  recurrence?: Recurrence;
}

/** A meeting like the template, at the next time that suits. A last day that is over says nothing any more. */
export function draftFrom(template: Template, now: Date, zone: string, standard: { passcode: string }): Draft {
  const blank = blankDraft(now, zone, { waitingRoom: false, joinBeforeHost: true, passcode: standard.passcode });
  const like: Meeting = {
    id: 0, status: "", host_id: "", join_url: "", topic: template.topic, agenda: template.agenda, type: template.recurrence ? series : once, timezone: zone, password: standard.passcode,
    duration: template.duration, settings: template.settings, ...(template.recurrence ? { recurrence: template.recurrence } : {}),
  };
  const draft = { ...draftOf(like, now, template), date: blank.date, time: blank.time };
  const over = draft.ends === "date" && draft.until < localParts(now, zone).date;
  return over ? { ...draft, ends: blank.ends, until: blank.until } : draft;
}
