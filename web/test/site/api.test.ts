import "./page";
import { afterEach, expect, test, vi } from "vitest";
import { address, api, ApiFailure, failureOf, onSignedOut, sentenceOf } from "../../src/site/api";
import { askEarly } from "../../src/site/early";

afterEach(() => void vi.unstubAllGlobals());

test("a query leaves out what is undefined and encodes the rest", () => {
  expect(address("/v2/meetings/1", { occurrence_id: undefined })).toBe("/v2/meetings/1");
  expect(address("/x", { a: "b&c=d", n: 0, yes: false })).toBe("/x?a=b%26c%3Dd&n=0&yes=false");
});

test("what the server refuses is a sentence, and which field it is about", () => {
  const failure = failureOf(400, `{"code":300,"message":"Please check what you sent.","errors":[{"field":"password","message":"At least 10 characters."}]}`);
  expect(failure.fields).toEqual({ password: "At least 10 characters." });
  expect(failure.sentence).toBe("At least 10 characters.");
  expect(failureOf(409, `{"code":409,"message":"Taken.","errors":[]}`).sentence).toBe("Taken.");
});

test("what is not an answer of ours still gives a sentence", () => {
  for (const text of ["", "<html>502</html>", "[]", "null", `{"message":5}`, `{"errors":"x"}`]) {
    expect(failureOf(502, text).sentence).toMatch(/server has a problem/);
  }
  expect(failureOf(400, `{"message":"m","errors":{}}`).fields).toEqual({});
  expect(sentenceOf(new TypeError("x"))).not.toContain("x is");
});

test("a session that is over is told once, wrong passwords are not taken for that", async () => {
  const told = vi.fn();
  onSignedOut(told);
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(`{"message":"Please sign in.","errors":[]}`, { status: 401 })));
  await expect(api.post("/api/sign-in", {})).rejects.toBeInstanceOf(ApiFailure);
  expect(told).not.toHaveBeenCalled();
  await expect(api.get("/api/me")).rejects.toMatchObject({ status: 401 });
  expect(told).toHaveBeenCalledOnce();
});

test("no connection is no server's fault", async () => {
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  await expect(api.get("/api/me")).rejects.toMatchObject({ status: 0 });
});

test("a page does not wait for ever, and what it wants no more is not called unreachable", async () => {
  const limit = new AbortController();
  const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(limit.signal);
  vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) => new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error))));
  askEarly("/api/status");
  const gone = new AbortController();
  const left = api.get("/api/meetings", {}, gone.signal);
  const late = [api.get("/api/me"), api.get("/api/me", {}, new AbortController().signal), api.get("/api/status")].map((call) => call.catch((error: unknown) => error));
  gone.abort();
  await expect(left).rejects.toMatchObject({ name: "AbortError" });
  limit.abort(new DOMException("signal timed out", "TimeoutError"));
  for (const error of await Promise.all(late)) expect(error).toMatchObject({ status: 0 });
  expect(timeout).toHaveBeenCalledTimes(4);
  timeout.mockRestore();
});

test("what was asked early is taken once, by whoever asks for the same; a failure is theirs", async () => {
  const asked: string[] = [];
  const answers = [`{"login":"ada"}`, `{"topic":"x"}`, `{"login":"bob"}`];
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(new Response(answers[asked.length - 1]!));
  });
  askEarly("/api/me");
  expect(await api.get("/api/meetings")).toEqual({ topic: "x" });
  expect(await api.get("/api/me")).toEqual({ login: "ada" });
  expect(await api.get("/api/me")).toEqual({ login: "bob" });
  expect(asked).toEqual(["/api/me", "/api/meetings", "/api/me"]);
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  askEarly("/api/me");
  await expect(api.get("/api/me")).rejects.toMatchObject({ status: 0 });
});

test("a file goes as it is, everything else as JSON", async () => {
  const sent: RequestInit[] = [];
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
    sent.push(init);
    return Promise.resolve(new Response("{}"));
  });
  const picture = new Blob([new Uint8Array([1, 2])], { type: "image/png" });
  await api.put("/api/branding/logo", picture);
  await api.put("/api/policies/account", { settings: [] });
  expect(sent[0]).toMatchObject({ body: picture, headers: {} });
  expect(sent[1]).toMatchObject({ body: `{"settings":[]}`, headers: { "Content-Type": "application/json" } });
});
