// What the page fetches for itself: with the hash that it was built with, and not for ever.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fetchChecked, notCome } from "../src/core/checked";

const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>();
beforeEach(() => {
  fetched.mockReset();
  vi.stubGlobal("fetch", fetched);
  vi.stubGlobal("location", { href: "https://meet.example/j/1" });
  vi.stubGlobal("document", { getElementById: (id: string) => (id === "integrity" ? { textContent: '{"/assets/core.wasm":"sha384-x"}' } : null) });
});
afterEach(() => void vi.unstubAllGlobals());

test("is given up when it does not come in time, whether the page knows its hash or not", async () => {
  fetched.mockImplementation(async () => new Response("core"));
  const limit = vi.spyOn(AbortSignal, "timeout");
  expect(await (await fetchChecked("/assets/core.wasm")).text()).toBe("core");
  await fetchChecked("/assets/other.js");
  expect(fetched.mock.calls.map(([, init]) => init)).toEqual([{ integrity: "sha384-x", signal: expect.any(AbortSignal) }, { signal: expect.any(AbortSignal) }]);
  expect(limit.mock.calls).toEqual([[30_000], [30_000]]);
  limit.mockRestore();
});

test("whatever keeps it away, the page knows that it has not come", async () => {
  for (const answer of [() => Promise.reject(new DOMException("signal timed out", "TimeoutError")), async () => new Response("", { status: 404 })]) {
    fetched.mockImplementation(answer);
    await expect(fetchChecked("/assets/core.wasm")).rejects.toThrow(notCome);
  }
});
