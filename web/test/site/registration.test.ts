import "./page";
import { afterEach, expect, test, vi } from "vitest";
import { blankDraft, bodyOf, draftOf, problemsIn } from "../../src/site/meetings/form";
import { type Asked, askedOf, fieldName, problemOf, questionsOf, sameQuestions } from "../../src/site/meetings/questions";
import { answersOf, chosenOf, loadRegistrants, nameOf, type Registrant } from "../../src/site/meetings/registrants";
import { registrationAsked } from "../../src/meeting/registration";
import type { Meeting } from "../../src/site/meetings/types";

const asked: Asked = {
  standard: [{ field: "org", required: true }, { field: "no_of_employees", required: false }],
  own: [
    { title: " What do you eat? ", choice: true, required: true, answers: "Everything\n\n Plants \nEverything" },
    { title: "Anything else?", choice: false, required: false, answers: "left over" },
  ],
};
const eve: Registrant = {
  id: "r1", email: "eve@example.org", first_name: "Eve", last_name: "", status: "approved", create_time: "2026-11-28T09:00:00Z",
  org: "Acme", phone: "", custom_questions: [{ title: "What do you eat?", value: "Plants" }, { title: "Anything else?" }],
};

afterEach(() => vi.unstubAllGlobals());

test("questions go out as the API has them, and come back as they were typed", () => {
  const body = questionsOf(asked);
  expect(body).toEqual({
    questions: [{ field_name: "org", required: true }, { field_name: "no_of_employees", required: false }],
    custom_questions: [{ title: "What do you eat?", type: "single", required: true, answers: ["Everything", "Plants"] }, { title: "Anything else?", type: "short", required: false }],
  });
  expect(sameQuestions(askedOf(body), asked)).toBe(true);
  expect(sameQuestions({ ...asked, own: asked.own.slice(1) }, asked)).toBe(false);
  // What another program asked for is kept though these pages do not offer it.
  expect(fieldName("no_of_employees")).toBe("no of employees");
  expect(fieldName("job_title")).toBe("Job title");
});

test("a question needs words of its own, and a choice something to choose from", () => {
  const own = (...questions: { title: string; choice?: boolean; answers?: string }[]): Asked => ({ standard: [], own: questions.map((q) => ({ choice: false, required: false, answers: "", ...q })) });
  expect(problemOf(asked, 0)).toBeUndefined();
  expect(problemOf(own({ title: " " }), 0)).toBe("needed");
  expect(problemOf(own({ title: "Why?" }, { title: "Why? " }), 1)).toBe("twice");
  expect(problemOf(own({ title: "Which?", choice: true, answers: "one\none\n" }), 0)).toBe("answers");
  const draft = { ...blankDraft(new Date(), "UTC", { waitingRoom: false, joinBeforeHost: true, passcode: "" }), topic: "Plans", asked: own({ title: "" }) };
  // Without registration nobody is asked anything.
  expect(problemsIn(draft)).toEqual({});
  expect(problemsIn({ ...draft, registration: "open" })).toEqual({ asked: "questions" });
});

test("what a meeting says about registration is read and sent", () => {
  const meeting = { id: 1, topic: "T", agenda: "", type: 8, timezone: "UTC", password: "", settings: { approval_type: 0, registration_type: 3, close_registration: true } } as unknown as Meeting;
  const draft = draftOf(meeting, new Date(), questionsOf(asked));
  expect(draft).toMatchObject({ registration: "open", registrationFor: 3, registrationCloses: true });
  expect(draft.asked.standard).toHaveLength(2);
  expect(bodyOf(draft)).toMatchObject({ settings: { approval_type: 0, registration_type: 3, close_registration: true } });
});

test("a registrant's answers and the dates that were chosen", () => {
  expect(nameOf(eve)).toBe("Eve");
  expect(answersOf(eve)).toEqual([["Organisation", "Acme"], ["What do you eat?", "Plants"]]);
  const meeting = { occurrences: [{ occurrence_id: "7", start_time: "2030-01-07T01:30:00Z" }, { occurrence_id: "9", start_time: "2030-01-09T01:30:00Z" }] } as unknown as Meeting;
  expect(chosenOf({ ...eve, occurrence_ids: ["9"] }, meeting).map((d) => d.toISOString())).toEqual(["2030-01-09T01:30:00.000Z"]);
  expect(chosenOf(eve, meeting)).toEqual([]);
});

test("whoever waits stands first, and every page of a list is read", async () => {
  const pages: Record<string, unknown> = {
    pending: { next_page_token: "", registrants: [{ ...eve, id: "p" }] },
    approved: { next_page_token: "more", registrants: [{ ...eve, id: "a" }] },
    "approved more": { next_page_token: "", registrants: [{ ...eve, id: "b" }] },
    denied: { next_page_token: "", registrants: [] },
  };
  vi.stubGlobal("fetch", async (url: string) => {
    const query = new URL(url, "https://meet.example").searchParams;
    return new Response(JSON.stringify(pages[[query.get("status"), query.get("next_page_token")].filter(Boolean).join(" ")]));
  });
  expect((await loadRegistrants(1, new AbortController().signal)).map((r) => r.id)).toEqual(["p", "a", "b"]);
});

test("whoever comes without a registration is shown the way to it, on this server only", () => {
  const notice = "Please register for this meeting first: https://meet.example/register/98765432100";
  expect(registrationAsked(notice, "https://meet.example")).toEqual({ sentence: "Please register for this meeting first.", path: "/register/98765432100" });
  expect(registrationAsked(notice, "https://other.example")).toBeUndefined();
  expect(registrationAsked("Please register: https://meet.example/app", "https://meet.example")).toBeUndefined();
  expect(registrationAsked("Your registration was not approved yet.", "https://meet.example")).toBeUndefined();
});
