// A poll that is being written, and what of it the server would take.
import type { PollQuestion } from "@protocol/signalling";

export interface PollDraft {
  poll: number | null;
  title: string;
  anonymous: boolean;
  questions: PollQuestion[];
}

/** As core/wire allows. */
export const most = { questions: 10, options: 20, title: 200, question: 500, option: 200 };

export const emptyPoll = (): PollDraft => ({ poll: null, title: "", anonymous: false, questions: [emptyQuestion()] });
export const emptyQuestion = (): PollQuestion => ({ text: "", multiple: false, options: ["", ""] });

/** What the server would take: empty options are left out; null when something is missing. */
export function completed(draft: PollDraft): PollDraft | null {
  const questions = draft.questions.map((q) => ({ ...q, text: q.text.trim(), options: q.options.map((o) => o.trim()).filter((o) => o !== "") }));
  if (questions.length === 0 || questions.some((q) => q.text === "" || q.options.length < 2)) return null;
  return { ...draft, title: draft.title.trim(), questions };
}
