// Everything that people do besides being seen and heard: one reducer an activity, each from the server's messages.
import type { ServerMessage } from "@protocol/signalling";
import { type BoardState, noBoard, reduceBoard } from "./board";
import { type ChatState, noChat, recipientAfter, reduceChat } from "./chat";
import { type HandsState, noHands, reduceHands } from "./hands";
import { noPolls, type PollsState, reducePolls } from "./polls";
import { noQuestions, type QuestionsState, reduceQuestions } from "./questions";
import { noRecording, type RecordingConsentState, reduceRecording } from "./recording";
import { noRooms, reduceRooms, type RoomsState } from "./rooms";

export type ActivityState = BoardState & ChatState & HandsState & PollsState & QuestionsState & RecordingConsentState & RoomsState;

export const noActivities: ActivityState = { ...noBoard, ...noChat, ...noHands, ...noPolls, ...noQuestions, ...noRecording, ...noRooms };

export interface Circumstances {
  /** Our own number. */
  self: number;
  /** Milliseconds of the page's clock. */
  now: number;
}

/** What the message changes. */
export function reduceActivities(state: ActivityState, message: ServerMessage, around: Circumstances): Partial<ActivityState> {
  return {
    ...reduceBoard(state, message, around),
    ...reduceChat(state, message, around),
    ...reduceHands(state, message, around),
    ...reducePolls(state, message),
    ...reduceQuestions(state, message),
    ...reduceRecording(state, message),
    ...reduceRooms(state, message, around),
  };
}

/** After a new join one is where one was, in another room, or for the server somebody new: it knows nothing of before. */
export type Back = "same" | "room" | "anew";

/** A new join: the server tells all of it again, and of a room its own. The rooms themselves are the main meeting's,
 * and what a host has asked for is asked for still, but not of somebody new, to whom the numbers
 * of before say nothing. What was unread is unread still where one was. What is being written goes to whom it was meant for. */
export function joinedAgain(state: ActivityState, back: Back = "same"): Partial<ActivityState> {
  const unread = back === "same" ? { unread: state.unread, chatNewest: state.chatNewest ?? 0 } : {};
  const chat = { ...noChat, ...unread, chatOpen: state.chatOpen, chatTo: recipientAfter(state.chatTo, back === "anew") };
  const kept = back === "anew" ? noRooms : { askedToUnmute: state.askedToUnmute, moving: null };
  return { ...noBoard, boardOpen: state.boardOpen, ...chat, ...noHands, ...noPolls, ...noQuestions, ...noRecording, ...kept };
}
