// What people are asked who register: the fields that every server knows, and questions in the host's own words.
import { site } from "../../i18n/site";

/** In the order in which they are offered. First name and address are always asked for. */
export const standardFields = ["last_name", "org", "job_title", "phone", "address", "city", "state", "zip", "country", "industry", "comments"] as const;

export interface OwnQuestion {
  title: string;
  /** One of `answers`; otherwise a line of text. */
  choice: boolean;
  required: boolean;
  /** As they are typed: one a line. */
  answers: string;
}

export interface Asked {
  /** `field` may also be one that these pages do not offer: it stays as it is. */
  standard: { field: string; required: boolean }[];
  own: OwnQuestion[];
}

/** As the API has it. */
export interface QuestionsBody {
  questions: { field_name: string; required?: boolean }[];
  custom_questions: { title: string; type?: string; required?: boolean; answers?: string[] }[];
}

export const nothingAsked: Asked = { standard: [], own: [] };

export function askedOf(body: QuestionsBody): Asked {
  return {
    standard: body.questions.map((q) => ({ field: q.field_name, required: q.required ?? false })),
    own: body.custom_questions.map((q) => ({ title: q.title, choice: q.type === "single", required: q.required ?? false, answers: (q.answers ?? []).join("\n") })),
  };
}

export function answersIn(text: string): string[] {
  return [...new Set(text.split("\n").map((line) => line.trim()).filter((line) => line !== ""))];
}

export function questionsOf(asked: Asked): QuestionsBody {
  return {
    questions: asked.standard.map(({ field, required }) => ({ field_name: field, required })),
    custom_questions: asked.own.map((q) => (
      q.choice ? { title: q.title.trim(), type: "single", required: q.required, answers: answersIn(q.answers) } : { title: q.title.trim(), type: "short", required: q.required }
    )),
  };
}

export function sameQuestions(a: Asked, b: Asked): boolean {
  return JSON.stringify(questionsOf(a)) === JSON.stringify(questionsOf(b));
}

export type QuestionProblem = "needed" | "answers" | "twice";

/** What is wrong with the own question of that place. Answers are kept by the question's words, so these differ. */
export function problemOf(asked: Asked, place: number): QuestionProblem | undefined {
  const question = asked.own[place]!;
  const title = question.title.trim();
  if (title === "") return "needed";
  if (asked.own.slice(0, place).some((other) => other.title.trim() === title)) return "twice";
  return question.choice && answersIn(question.answers).length < 2 ? "answers" : undefined;
}

export function wrongQuestions(asked: Asked): boolean {
  return asked.own.some((_, place) => problemOf(asked, place) !== undefined);
}

/** A field that these pages have no word for is shown as the API calls it. */
export function fieldName(field: string): string {
  const known = standardFields.find((f) => f === field);
  return known ? site(`ask.${known}`) : field.replaceAll("_", " ");
}
