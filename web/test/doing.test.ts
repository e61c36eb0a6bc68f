// Who may do what with whom, whom one may write to, what is said aloud: as the server decides it.
import type { ChatMessage, MeetingInfo, RosterEntry } from "@protocol/signalling";
import { describe, expect, it } from "vitest";
import { Announcer } from "../src/activities/announcer";
import { answerTo, recipients } from "../src/activities/chat/recipients";
import { inviteLink } from "../src/activities/invite";
import { tellNews } from "../src/activities/news";
import { offers } from "../src/activities/people/offers";
import { completed, emptyPoll } from "../src/activities/polls/draft";
import { initialState, mayShare, type MeetingState } from "../src/meeting/state";

const person = (participant: number, more: Partial<RosterEntry> = {}): RosterEntry => ({
  participant, name: `P${participant}`, role: "participant", client: "web", outer_leg: "none_outside", sender_index: participant, sender_nonce: "", audio_muted: true, video_muted: true,
  connected: true, sources: [], recording: "off", consent: "not_asked", ...more,
});
const meeting: MeetingInfo = {
  meeting_id: "1", meeting_uuid: "", topic: "", locked: false, waiting_room: false, chat: "everyone_and_direct", rename: false, unmute: true, share: true, draw: true,
  suspended: false, room: 0, room_name: "", switched_off: [],
};
function here(role: MeetingState["role"], people: RosterEntry[], more: Partial<MeetingInfo> = {}): MeetingState {
  const roster = new Map([person(1, { role }), ...people].map((e) => [e.participant, e]));
  return { ...initialState, phase: "joined", self: 1, role, roster, names: new Map([...roster].map(([n, e]) => [n, e.name])), meeting: { ...meeting, ...more } };
}
const ids = (entry: RosterEntry, state: MeetingState) => offers(entry, state).flat().map((o) => o.id);

describe("what can be done with a person", () => {
  it("participants write and report, and change their own name only where they may", () => {
    expect(ids(person(2), here("participant", [person(2)]))).toEqual(["write", "report"]);
    expect(ids(person(1), here("participant", []))).toEqual([]);
    expect(ids(person(1), here("participant", [], { rename: true }))).toEqual(["rename"]);
  });

  it("hosts act on lower roles only; a co-host makes nobody host", () => {
    const all = ids(person(2), here("host", [person(2)]));
    for (const id of ["ask_unmute", "ask_video", "spotlight", "make_cohost", "make_host", "remove", "ban", "rename"]) expect(all).toContain(id);
    // Their own recording is for programs that can make one.
    expect(all).not.toContain("allow_recording");
    expect(ids(person(2, { client: "native" }), here("host", [person(2, { client: "native" })]))).toContain("allow_recording");
    expect(ids(person(2, { role: "host" }), here("cohost", [person(2, { role: "host" })]))).toEqual(["write", "spotlight", "report"]);
    expect(ids(person(2), here("cohost", [person(2)]))).not.toContain("make_cohost");
  });

  it("mute or ask, by what is on; a share can be stopped when there is one", () => {
    const loud = person(2, { audio_muted: false, video_muted: false, sources: ["share"] });
    expect(ids(loud, here("host", [loud]))).toEqual(expect.arrayContaining(["mute_audio", "stop_video", "stop_share"]));
  });

  it("whoever is in another room can only be taken out; a recorder is nobody to talk to", () => {
    const away = person(2, { room: 1 });
    expect(ids(away, here("host", [away]))).not.toContain("ask_unmute");
    expect(ids(away, here("host", [away]))).toContain("remove");
    const recorder = person(3, { client: "recorder" });
    expect(ids(recorder, here("host", [recorder]))).toEqual(["remove"]);
  });
});

describe("one's own screen", () => {
  const now = (role: MeetingState["role"], rules: Partial<MeetingInfo>) => ({ role, meeting: { share: true, suspended: false, ...rules } as MeetingInfo });
  it("may be shared as the meeting's rule says, by hosts always, and by nobody before the meeting", () => {
    expect(mayShare(now("participant", {}))).toBe(true);
    expect(mayShare(now("participant", { share: false }))).toBe(false);
    expect(mayShare(now("participant", { suspended: true }))).toBe(false);
    expect(mayShare(now("cohost", { share: false, suspended: true }))).toBe(true);
    expect(mayShare(initialState)).toBe(false);
  });
});

describe("whom one may write to", () => {
  const others = [person(2), person(3, { role: "host" }), person(4, { client: "recorder" })];
  it("follows the rule of the chat", () => {
    const may = (chat: MeetingInfo["chat"], more: Partial<MeetingInfo> = {}) => recipients(here("participant", others, { chat, ...more }));
    expect(may("everyone_and_direct")).toEqual(["everyone", "hosts", 2, 3]);
    expect(may("everyone")).toEqual(["everyone", "hosts", 3]);
    expect(may("hosts")).toEqual(["hosts", 3]);
    expect(may("nobody")).toEqual([]);
    expect(may("everyone", { suspended: true })).toEqual([]);
    expect(may("everyone", { switched_off: ["private_chat"] })).toEqual(["everyone", "hosts"]);
    expect(may("everyone", { switched_off: ["chat"] })).toEqual([]);
  });
  it("hosts always may, also to those who wait; who waits writes to hosts", () => {
    expect(recipients(here("host", others, { chat: "nobody", suspended: true }))).toEqual(["everyone", "hosts", "waiting_room", 2, 3]);
    expect(recipients({ ...here("participant", []), phase: "waiting", meeting: null })).toEqual(["hosts"]);
  });
  it("an answer goes to those who have read the question", () => {
    const said = (more: Partial<ChatMessage>): ChatMessage => ({ message: 1, from: 2, name: "", scope: "everyone", text: "", sent_at_ms: 0, deleted: false, reactions: [], files: [], ...more });
    expect(answerTo(said({}), 1)).toBe("everyone");
    expect(answerTo(said({ scope: "direct", to: 1 }), 1)).toBe(2);
    expect(answerTo(said({ scope: "direct", from: 1, to: 5 }), 1)).toBe(5);
  });
});

describe("news", () => {
  const say = (before: MeetingState, now: MeetingState) => {
    const announcer = new Announcer();
    tellNews(before, now, announcer);
    return announcer.due(0).map(({ news, names }) => [news, names]);
  };
  const message = (number: number, more: Partial<ChatMessage> = {}): ChatMessage => ({ message: number, from: 2, name: "P2", scope: "everyone", text: "x", sent_at_ms: 0, deleted: false, reactions: [], files: [], ...more });
  it("are who comes, goes, raises a hand or writes", () => {
    const before = here("participant", [person(2)]);
    expect(say(before, here("participant", [person(2), person(3)]))).toEqual([["joined", ["P3"]]]);
    expect(say(before, { ...here("participant", []), names: before.names })).toEqual([["left", ["P2"]]]);
    expect(say(before, { ...before, hands: [1, 2] })).toEqual([["hand", ["P2"]]]);
    expect(say(before, { ...before, unread: 1, chat: [message(1, { scope: "direct" })] })).toEqual([["private", ["P2"]]]);
  });
  it("are not what was known before a reconnect", () => {
    const back = { ...here("participant", [person(2), person(3)]), chatNewest: 5 };
    expect(say(back, { ...back, unread: 1, chatNewest: 6, chat: [message(5), message(6, { from: 3, name: "P3" })] })).toEqual([["chat", ["P3"]]]);
  });
  it("are not what was there when one came, nor another room", () => {
    expect(say({ ...initialState, phase: "connecting" }, here("participant", [person(2)]))).toEqual([]);
    expect(say(here("participant", [person(2)]), here("participant", [], { room: 1 }))).toEqual([]);
    const before = here("participant", [person(2)]);
    expect(say(before, { ...before, chat: [message(1), message(2)] })).toEqual([]);
  });
});

describe("polls and invitations", () => {
  it("a poll is complete with a text and two answers in each question; empty answers are left out", () => {
    const poll = emptyPoll();
    expect(completed(poll)).toBeNull();
    poll.questions[0] = { text: " Lunch? ", multiple: false, options: ["Soup", " ", "Salad "] };
    expect(completed(poll)?.questions).toEqual([{ text: "Lunch?", multiple: false, options: ["Soup", "Salad"] }]);
    expect(completed({ ...poll, questions: [...poll.questions, { text: "?", multiple: true, options: ["one", ""] }] })).toBeNull();
  });
  it("a link holds what an address must hold", () => {
    expect(inviteLink("https://a.example", "123", undefined)).toBe("https://a.example/j/123");
    expect(inviteLink("https://a.example", "12/3", "p&w d")).toBe("https://a.example/j/12%2F3?pwd=p%26w%20d");
  });
});
