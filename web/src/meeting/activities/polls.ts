// Polls, and whether one has voted oneself.
import type { Poll, ServerMessage } from "@protocol/signalling";

export interface KnownPoll extends Poll {
  voted: boolean;
}

export interface PollsState {
  polls: ReadonlyMap<number, KnownPoll>;
}

export const noPolls: PollsState = { polls: new Map() };

export function reducePolls(state: PollsState, message: ServerMessage): Partial<PollsState> {
  switch (message.type) {
    case "poll_changed": {
      const polls = new Map(state.polls);
      const voted = message.voted ?? state.polls.get(message.poll.poll)?.voted ?? false;
      polls.set(message.poll.poll, { ...message.poll, voted });
      return { polls };
    }
    case "poll_removed": {
      const polls = new Map(state.polls);
      polls.delete(message.poll);
      return { polls };
    }
    default:
      return {};
  }
}

/** The server has kept our vote. */
export function voteKept(state: PollsState, poll: number): Partial<PollsState> {
  const known = state.polls.get(poll);
  if (!known) return {};
  return { polls: new Map(state.polls).set(poll, { ...known, voted: true }) };
}
