// People who have registered for a meeting, as the API lists them.
import { api } from "../api";
import { fieldName, standardFields } from "./questions";
import type { Meeting } from "./types";

type Answers = Partial<Record<(typeof standardFields)[number], string>>;

export interface Registrant extends Answers {
  id: string;
  email: string;
  first_name: string;
  last_name: string;
  /** "pending", "approved" or "denied". */
  status: string;
  create_time: string;
  custom_questions: { title: string; value?: string }[];
  /** Of whom was approved: the link of theirs alone. */
  join_url?: string;
  /** Absent: all times. */
  occurrence_ids?: string[];
}

interface List {
  next_page_token: string;
  registrants: Registrant[];
}

// The server hands out 300 at once. Nobody reads more than this in a table.
const mostPages = 10;

/** Those who wait first, then who comes, then who was refused. */
export async function loadRegistrants(meeting: number, signal: AbortSignal): Promise<Registrant[]> {
  const path = `/v2/meetings/${meeting}/registrants`;
  const lists = ["pending", "approved", "denied"].map(async (status) => {
    const all: Registrant[] = [];
    let token: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const list = await api.get<List>(path, { status, page_size: 300, next_page_token: token }, signal);
      all.push(...list.registrants);
      if (list.next_page_token === "") break;
      token = list.next_page_token;
    }
    return all;
  });
  return (await Promise.all(lists)).flat();
}

export function nameOf(r: Registrant): string {
  return [r.first_name, r.last_name].filter((n) => n !== "").join(" ");
}

/** What somebody has answered, besides name and address: question and answer. */
export function answersOf(r: Registrant): [string, string][] {
  const standard = standardFields.filter((field) => field !== "last_name").map((field): [string, string] => [fieldName(field), r[field] ?? ""]);
  const own = r.custom_questions.map((q): [string, string] => [q.title, q.value ?? ""]);
  return [...standard, ...own].filter(([, answer]) => answer !== "");
}

/** The moments that somebody has chosen of a series; empty: it is for all of them. */
export function chosenOf(r: Registrant, meeting: Meeting): Date[] {
  return (meeting.occurrences ?? []).filter((one) => r.occurrence_ids?.includes(one.occurrence_id)).map((one) => new Date(one.start_time));
}
