// Questions and answers, and which of them one has voted for oneself.
import type { Question, ServerMessage } from "@protocol/signalling";

export interface KnownQuestion extends Question {
  upvoted: boolean;
}

export interface QuestionsState {
  questions: ReadonlyMap<number, KnownQuestion>;
}

export const noQuestions: QuestionsState = { questions: new Map() };

export function reduceQuestions(state: QuestionsState, message: ServerMessage): Partial<QuestionsState> {
  switch (message.type) {
    case "question_changed": {
      const questions = new Map(state.questions);
      const upvoted = message.upvoted ?? state.questions.get(message.question.question)?.upvoted ?? false;
      questions.set(message.question.question, { ...message.question, upvoted });
      return { questions };
    }
    case "question_removed": {
      const questions = new Map(state.questions);
      questions.delete(message.question);
      return { questions };
    }
    default:
      return {};
  }
}

/** The server has kept our vote, or has taken it back. */
export function upvoteKept(state: QuestionsState, question: number, upvoted: boolean): Partial<QuestionsState> {
  const known = state.questions.get(question);
  if (!known) return {};
  return { questions: new Map(state.questions).set(question, { ...known, upvoted }) };
}

/** What waits for an answer first, most wanted first, then in the order of asking. */
export function sortedQuestions(questions: ReadonlyMap<number, KnownQuestion>): KnownQuestion[] {
  const rank = { open: 0, answered: 1, dismissed: 2 };
  return [...questions.values()].sort((a, b) => rank[a.state] - rank[b.state] || b.upvotes - a.upvotes || a.question - b.question);
}
