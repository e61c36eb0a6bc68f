// A meeting after it was held, as the API tells it: its times, who was there, what was written to everybody.
import { api, ApiFailure, segment } from "../api";

export interface Held {
  uuid: string;
  start_time: string;
}

export interface Visit {
  /** The number in the meeting; whoever came twice has two lines. */
  user_id: string;
  name: string;
  /** "" of guests. */
  user_email: string;
  join_time: string;
  leave_time?: string;
  /** Seconds. */
  duration: number;
}

export interface Line {
  message: number;
  name: string;
  text: string;
  sent_at: string;
  files: string[];
}

/** What `read` gives; undefined where there is nothing, or nothing for whoever asks (an assistant plans and does not read). */
export async function ifThere<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (error instanceof ApiFailure && (error.status === 404 || error.status === 403)) return undefined;
    throw error;
  });
}

/** The times that are over, the newest first. */
export async function loadHeld(meeting: number, signal: AbortSignal): Promise<Held[]> {
  return (await ifThere(api.get<{ meetings: Held[] }>(`/v2/past_meetings/${meeting}/instances`, {}, signal)))?.meetings ?? [];
}

export const visitsPath = (uuid: string) => `/v2/past_meetings/${segment(uuid)}/participants`;

const visitsInPage = 300;
/** Nobody reads more in a table; the exported file has all. */
export const mostVisits = 4 * visitsInPage;
/** Nobody reads more at once; the search finds what is older. */
export const mostLines = 200;

/** In the order in which they came; the first `mostVisits`. */
export async function loadVisits(uuid: string, signal: AbortSignal): Promise<Visit[]> {
  const all: Visit[] = [];
  let token: string | undefined;
  for (let page = 0; page < mostVisits / visitsInPage; page += 1) {
    const list = await api.get<{ next_page_token: string; participants: Visit[] }>(visitsPath(uuid), { page_size: visitsInPage, next_page_token: token }, signal);
    all.push(...list.participants);
    if (list.next_page_token === "") break;
    token = list.next_page_token;
  }
  return all;
}

/** Of all times together, the newest `mostLines` first; `query` is searched for in what was written. */
export async function loadChat(meeting: number, query: string, signal: AbortSignal): Promise<Line[]> {
  const list = await ifThere(api.get<{ messages: Line[] }>(`/api/meetings/${meeting}/chat`, { limit: mostLines, query: query === "" ? undefined : query }, signal));
  return list?.messages ?? [];
}

/** One answer to a question of a poll, or to what somebody asked. */
export interface Given {
  /** Who voted, or asked. */
  name: string;
  question: string;
  answer: string;
}

interface Answers {
  questions: { name: string; question_details: { question: string; answer: string }[] }[];
}

export function givenIn(answers: Answers): Given[] {
  return answers.questions.flatMap(({ name, question_details }) => question_details.map(({ question, answer }) => ({ name, question, answer })));
}

/** Of one time that it was held: what was voted in polls, or what was asked and answered. */
export async function loadGiven(uuid: string, kind: "polls" | "qa", signal: AbortSignal): Promise<Given[]> {
  const answers = await ifThere(api.get<Answers>(`/v2/past_meetings/${segment(uuid)}/${kind}`, {}, signal));
  return answers ? givenIn(answers) : [];
}
