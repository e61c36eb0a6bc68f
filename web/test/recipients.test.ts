// To whom a message goes: never to more people than it was begun for.
import type { ChatMessage, MeetingInfo, RosterEntry } from "@protocol/signalling";
import { describe, expect, it } from "vitest";
import { addressee, answerTo, recipients } from "../src/activities/chat/recipients";
import { joinedAgain, noActivities } from "../src/meeting/activities";
import { noRecipient } from "../src/meeting/activities/chat";

const bob = 7;
const entry = (participant: number) => ({ participant, client: "web", role: "participant" }) as RosterEntry;
const meeting = (more: Partial<MeetingInfo> = {}) => ({ chat: "everyone_and_direct", suspended: false, switched_off: [], room: 0, ...more }) as unknown as MeetingInfo;
const inside = (people: number[], more: Partial<MeetingInfo> = {}) =>
  recipients({ phase: "joined", meeting: meeting(more), roster: new Map(people.map((p) => [p, entry(p)])), self: 1, role: "participant" });

describe("a message that was begun for one person", () => {
  it("goes to that person, and to nobody when the person has left or may not be written to any more", () => {
    expect(addressee(bob, inside([1, bob]))).toBe(bob);
    expect(addressee(bob, inside([1, 2]))).toBeNull();
    expect(addressee(bob, inside([1, bob], { chat: "everyone" }))).toBeNull();
    expect(addressee(bob, inside([1, bob], { switched_off: ["private_chat"] }))).toBeNull();
    expect(addressee(bob, ["hosts"])).toBeNull();
    expect(addressee(noRecipient, inside([1, bob]))).toBeNull();
  });

  it("goes to that person still after a reconnect, and to nobody when numbers have begun anew", () => {
    expect(joinedAgain({ ...noActivities, chatTo: bob }).chatTo).toBe(bob);
    expect(joinedAgain({ ...noActivities, chatTo: bob }, "anew").chatTo).toBe(noRecipient);
    expect(joinedAgain({ ...noActivities, chatTo: "hosts" }, "anew").chatTo).toBe("hosts");
  });

  it("is an answer to a private one of one's own: to whom that went, or to nobody", () => {
    const own = { from: 1, scope: "direct", to: bob } as ChatMessage;
    expect(answerTo(own, 1)).toBe(bob);
    const { to: _, ...lost } = own;
    expect(answerTo(lost as ChatMessage, 1)).toBe(noRecipient);
  });
});

it("a message that was begun for those who wait goes to nobody else; one for everyone goes to hosts where no more is allowed", () => {
  expect(addressee("waiting_room", inside([1, bob]))).toBeNull();
  expect(addressee("hosts", inside([1, bob]))).toBe("hosts");
  expect(addressee("everyone", inside([1, bob]))).toBe("everyone");
  expect(addressee("everyone", inside([1, bob], { chat: "hosts" }))).toBe("hosts");
  expect(addressee("everyone", inside([1, bob], { chat: "nobody" }))).toBeNull();
});
