import "./page";
import { afterEach, expect, test, vi } from "vitest";
import { givenIn, ifThere, loadChat, loadGiven, loadHeld, loadVisits, mostVisits } from "../../src/site/meetings/held";
import { ApiFailure } from "../../src/site/api";

const signal = new AbortController().signal;
const visit = { user_id: "1", name: "Ada", user_email: "", join_time: "2026-11-28T09:00:00Z", duration: 60 };

/** Answers by path and query; anything else is not there. */
function server(answers: Record<string, unknown>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    asked.push(url);
    return url in answers ? new Response(JSON.stringify(answers[url])) : new Response(JSON.stringify({ code: 3001, message: "There is no such meeting." }), { status: 404 });
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

test("a meeting that was never held has no times, and that is no failure", async () => {
  server({});
  expect(await loadHeld(98765432100, signal)).toEqual([]);
  server({ "/v2/past_meetings/98765432100/instances": { meetings: [{ uuid: "u", start_time: "2026-11-28T09:00:00Z" }] } });
  expect((await loadHeld(98765432100, signal)).map((one) => one.uuid)).toEqual(["u"]);
});

test("what is refused to who asks is not there for them; what is broken is told", async () => {
  expect(await ifThere(Promise.reject(new ApiFailure(403, "no")))).toBeUndefined();
  expect(await ifThere(Promise.resolve(1))).toBe(1);
  await expect(ifThere(Promise.reject(new ApiFailure(503, "later")))).rejects.toThrow("later");
  await expect(ifThere(Promise.reject(new TypeError("ours")))).rejects.toThrow("ours");
});

test("who was there is read page by page, of a time whose name has signs of its own", async () => {
  const path = "/v2/past_meetings/a%2Bb%3D%3D/participants?page_size=300";
  const asked = server({ [path]: { next_page_token: "more", participants: [visit] }, [`${path}&next_page_token=more`]: { next_page_token: "", participants: [{ ...visit, user_id: "2" }] } });
  expect((await loadVisits("a+b==", signal)).map((v) => v.user_id)).toEqual(["1", "2"]);
  expect(asked).toHaveLength(2);
});

test("no more of them are read than a table is good for, and that is known to have happened", async () => {
  const path = "/v2/past_meetings/u/participants?page_size=300";
  const page = { next_page_token: "more", participants: Array.from({ length: 300 }, () => visit) };
  const asked = server({ [path]: page, [`${path}&next_page_token=more`]: page });
  expect(await loadVisits("u", signal)).toHaveLength(mostVisits);
  expect(asked).toHaveLength(4);
});

test("the chat is searched only when something is sought", async () => {
  const line = { message: 1, name: "Ada", text: "soup", sent_at: "2026-11-28T09:00:00Z", files: [] };
  const asked = server({ "/api/meetings/1/chat?limit=200": { messages: [line, line] }, "/api/meetings/1/chat?limit=200&query=so+up": { messages: [line] } });
  expect(await loadChat(1, "", signal)).toHaveLength(2);
  expect(await loadChat(1, "so up", signal)).toHaveLength(1);
  expect(asked).toHaveLength(2);
});

test("what was voted and asked, each answer by itself; none where nobody did", async () => {
  const answers = { questions: [
    { name: "Ada", question_details: [{ question: "What?", answer: "Soup;Salad" }, { question: "When?", answer: "Now" }] }, { name: "Anonymous Attendee", question_details: [{ question: "What?", answer: "Soup" }] },
  ] };
  expect(givenIn(answers).map((one) => `${one.name}: ${one.question} ${one.answer}`)).toEqual(["Ada: What? Soup;Salad", "Ada: When? Now", "Anonymous Attendee: What? Soup"]);
  server({ "/v2/past_meetings/u/qa": answers });
  expect(await loadGiven("u", "qa", signal)).toHaveLength(3);
  expect(await loadGiven("u", "polls", signal)).toEqual([]);
});
