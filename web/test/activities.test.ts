// What the page makes of the server's messages, and of numbered questions to it.
import type { BoardItem, ChatMessage, Poll, Question, ServerMessage } from "@protocol/signalling";
import { describe, expect, it } from "vitest";
import { type ActivityState, joinedAgain, noActivities, reduceActivities } from "../src/meeting/activities";
import { thinned } from "../src/meeting/activities/board";
import { searchChat } from "../src/meeting/activities/chat";
import { reactionTime } from "../src/meeting/activities/hands";
import { voteKept } from "../src/meeting/activities/polls";
import { sortedQuestions, upvoteKept } from "../src/meeting/activities/questions";
import { shuffled } from "../src/meeting/activities/rooms";
import { Refused, Requests } from "../src/meeting/requests";

const written = (message: number, more: Partial<ChatMessage> = {}): ChatMessage => ({
  message, from: 2, name: "Ada", scope: "everyone", text: `text ${message}`, sent_at_ms: 0, deleted: false, reactions: [], files: [], ...more,
});
const poll: Poll = { poll: 7, title: "Lunch", anonymous: false, state: "open", questions: [], shared: false, votes: 0, results: [] };
const question = (number: number, more: Partial<Question> = {}): Question => ({ question: number, name: "Ada", text: "?", asked_at_ms: 0, state: "open", upvotes: 0, answers: [], ...more });

function after(messages: ServerMessage[], from: ActivityState = noActivities, now = 1000): ActivityState {
  return messages.reduce((state, message) => ({ ...state, ...reduceActivities(state, message, { self: 1, now }) }), from);
}
const chat = (messages: ChatMessage[], history = false, more = false): ServerMessage => ({ type: "chat", messages, history, more });

describe("chat", () => {
  it("keeps messages in their order, and a changed one replaces what was known", () => {
    const state = after([chat([written(3)]), chat([written(1), written(2)], true), chat([written(2, { text: "changed", edited_at_ms: 5 })])]);
    expect(state.chat.map((m) => m.text)).toEqual(["text 1", "changed", "text 3"]);
  });

  it("counts as unread what others write while the panel is closed: no history, no change, nothing of one's own", () => {
    const state = after([chat([written(1)], true), chat([written(2)]), chat([written(2, { text: "changed" })]), chat([written(3, { from: 1 })]), chat([written(4)])]);
    expect(state.unread).toBe(2);
    expect(after([chat([written(9)])], { ...state, chatOpen: true, unread: 0 }).unread).toBe(0);
  });

  it("has after a reconnect unread what was, and what has come meanwhile; in another room it begins with nothing", () => {
    const before = after([chat([written(1), written(2)], true), chat([written(3)])]);
    expect(before.unread).toBe(1);
    const page = chat([1, 2, 3, 4, 5].map((n) => written(n, n === 5 ? { from: 1 } : {})), true);
    const back = after([page], { ...before, ...joinedAgain(before) });
    expect([back.unread, back.chat.length]).toEqual([2, 5]);
    // Older pages are no news.
    expect(after([chat([written(0)], true)], back).unread).toBe(2);
    expect(after([page], { ...before, ...joinedAgain(before, "room") }).unread).toBe(0);
    expect(after([page], { ...before, chatOpen: true, unread: 0, ...joinedAgain({ ...before, chatOpen: true, unread: 0 }) }).unread).toBe(0);
  });

  it("knows whether there is more from the oldest page only", () => {
    const first = after([chat([written(50)], true, true)]);
    expect(first.chatMore).toBe(true);
    expect(after([chat([written(51)])], first).chatMore).toBe(true);
    expect(after([chat([written(1), written(49)], true, false)], first).chatMore).toBe(false);
    expect(after([chat([], true, false)], first).chatMore).toBe(false);
  });

  it("is searched for all words, in texts, names and names of files; what was deleted is not found", () => {
    const all = [written(1, { text: "The Budget is large" }), written(2, { files: [{ file: "x", name: "budget.ods", size: 1 }] }), written(3, { text: "budget", deleted: true })];
    expect(searchChat(all, "budget").map((m) => m.message)).toEqual([1, 2]);
    expect(searchChat(all, " LARGE  budget ").map((m) => m.message)).toEqual([1]);
    expect(searchChat(all, "  ")).toBe(all);
  });
});

describe("hands and reactions", () => {
  it("keeps the server's order of hands, and the spotlight", () => {
    const state = after([{ type: "hands", raised: [3, 1] }, { type: "spotlight", participants: [2] }]);
    expect([state.hands, state.spotlight]).toEqual([[3, 1], [2]]);
  });

  it("forgets old reactions when new ones come, and never shows a flood", () => {
    const react = (emoji: string): ServerMessage => ({ type: "reaction", participant: 2, emoji });
    const early = after([react("a"), react("b")]);
    expect(early.reactions.map((r) => r.id)).toEqual([1, 2]);
    const late = after([react("c")], early, 1000 + reactionTime);
    expect(late.reactions.map((r) => r.emoji)).toEqual(["c"]);
    expect(late.reactions[0]!.id).toBe(3);
    expect(after(Array.from({ length: 500 }, () => react("x"))).reactions.length).toBe(40);
  });
});

describe("polls and questions", () => {
  it("remembers one's own vote over changes that do not say it", () => {
    let state = after([{ type: "poll_changed", poll, voted: false }]);
    state = { ...state, ...voteKept(state, 7) };
    state = after([{ type: "poll_changed", poll: { ...poll, votes: 1 } }], state);
    expect(state.polls.get(7)).toMatchObject({ voted: true, votes: 1 });
    expect(after([{ type: "poll_removed", poll: 7 }], state).polls.size).toBe(0);
    expect(voteKept(state, 99)).toEqual({});
  });

  it("remembers one's own upvote, and sorts what is wanted most first", () => {
    let state = after([1, 2, 3].map((n) => ({ type: "question_changed", question: question(n, { upvotes: n, state: n === 3 ? "answered" : "open" }), upvoted: false })));
    state = { ...state, ...upvoteKept(state, 1, true) };
    state = after([{ type: "question_changed", question: question(1, { upvotes: 1 }) }], state);
    expect(state.questions.get(1)!.upvoted).toBe(true);
    expect(sortedQuestions(state.questions).map((q) => q.question)).toEqual([2, 1, 3]);
    expect(after([{ type: "question_removed", question: 2 }], state).questions.has(2)).toBe(false);
  });
});

describe("recording and rooms", () => {
  it("says who records and whether an answer is waited for", () => {
    const state = after([{ type: "recording", recorders: [9], asked: true, notice: "House rules" }]);
    expect(state).toMatchObject({ recorded: true, consentAsked: true, consentNotice: "House rules", recorders: [9] });
    expect(after([{ type: "recording", recorders: [], asked: false }], state)).toMatchObject({ recorded: false, consentAsked: false, consentNotice: "" });
  });

  it("turns the countdown into a time of the page's clock, and forgets calls for help when the rooms close", () => {
    const rooms = [{ room: 1, name: "North", assigned: [2], inside: [] }];
    let state = after([{ type: "rooms", rooms, open: true, choose: false, closing_in_seconds: 30 }, { type: "help_wanted", room: 1, participant: 2 }]);
    expect(state).toMatchObject({ roomsOpen: true, roomsCloseAt: 31_000, helpWanted: [{ room: 1 }] });
    state = after([{ type: "help_wanted", room: 1, participant: 3 }], state);
    expect(state.helpWanted.length).toBe(1);
    expect(after([{ type: "rooms", rooms, open: false, choose: false }], state)).toMatchObject({ roomsCloseAt: null, helpWanted: [] });
  });

  it("spreads people evenly and puts everybody somewhere", () => {
    let seed = 1;
    const random = () => ((seed = (seed * 16807) % 2147483647) / 2147483647);
    const rooms = shuffled([1, 2, 3, 4, 5, 6, 7], 3, random);
    expect(rooms.map((r) => r.length)).toEqual([3, 2, 2]);
    expect(rooms.flat().sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(shuffled([1], 0, random)).toEqual([]);
  });

  it("a new join begins anew, but for the rooms, which are the main meeting's", () => {
    const state = after([chat([written(1)]), { type: "hands", raised: [1] }, { type: "rooms", rooms: [], open: true, choose: true }, { type: "move_to_room", room: 1, name: "North" }]);
    expect(state.moving).toEqual({ room: 1, name: "North" });
    const asked = after([{ type: "asked_to_unmute", audio: true, video: false, name: "Ada" }], state);
    expect(joinedAgain(asked).askedToUnmute?.name).toBe("Ada");
    expect(joinedAgain(asked, "anew")).toMatchObject({ askedToUnmute: null, rooms: [], roomsOpen: false, moving: null });
    expect({ ...state, ...joinedAgain(state, "room") }).toMatchObject({ chat: [], hands: [], unread: 0, chatNewest: null, roomsOpen: true, roomsChoose: true, moving: null });
  });
});

describe("whiteboard", () => {
  const item = (number: number, more: Partial<BoardItem> = {}): BoardItem => ({ item: number, from: 2, kind: "line", points: [0, 0, 9, 9], color: 0, width: 1, text: "", ...more });
  const board = (items: BoardItem[], all = false): ServerMessage => ({ type: "board", items, all });

  it("takes away what was erased, and on clearing everything before it", () => {
    const state = after([board([item(1), item(2)], true), board([item(3, { kind: "erase", erases: 1 })]), board([item(4)])]);
    expect([...state.board.keys()]).toEqual([2, 4]);
    expect(state.boardNews).toBe(true);
    expect([...after([board([item(5, { kind: "clear" }), item(6)])], state).board.keys()]).toEqual([6]);
    expect([...after([board([item(7)], true)], state).board.keys()]).toEqual([7]);
    expect(after([board([item(1, { from: 1 })])]).boardNews).toBe(false);
  });

  it("keeps ends and shape of a line with fewer points", () => {
    const line: [number, number][] = Array.from({ length: 5000 }, (_, k) => [k, 0]);
    const out = thinned(line, 10, 100);
    expect(out.length).toBe(100);
    expect([out[0], out.at(-1)]).toEqual([[0, 0], [4999, 0]]);
    expect(thinned([[0, 0], [1, 0], [2, 0]], 10, 100)).toEqual([[0, 0], [2, 0]]);
    expect(thinned([[5, 5]], 10, 100)).toEqual([[5, 5]]);
  });
});

describe("requests", () => {
  it("each answer finds who waits for it; what belongs to nobody is left to others", async () => {
    const requests = new Requests();
    const first = requests.make();
    const second = requests.make();
    expect(requests.settle({ type: "acknowledged", request: second.request, made: 4 })).toBe(true);
    expect(requests.settle({ type: "acknowledged", request: second.request })).toBe(false);
    expect(requests.settle({ type: "error", code: "not_allowed", message: "No.", fatal: false })).toBe(false);
    expect(requests.settle({ type: "error", code: "not_allowed", message: "No.", fatal: false, request: first.request })).toBe(true);
    await expect(second.answer).resolves.toMatchObject({ made: 4 });
    await expect(first.answer).rejects.toMatchObject({ message: "No.", code: "not_allowed" });
  });

  it("nobody waits for ever when the connection is gone", async () => {
    const requests = new Requests();
    const { answer } = requests.make();
    requests.abandon();
    await expect(answer).rejects.toBeInstanceOf(Refused);
  });
});
