// The screen stays on during a meeting; which layers of a camera are sent.
import { afterEach, describe, expect, it, vi } from "vitest";
import { cameraLayers } from "../src/media/layers";
import { keepAwake } from "../src/stage/wakeLock";

/** A page that may be seen or not, on a system that gives locks one by one as it is told. */
function world() {
  const heard = new Set<() => Promise<void>>();
  const page = {
    visibilityState: "visible",
    addEventListener: (_: string, listener: () => Promise<void>) => heard.add(listener),
    removeEventListener: (_: string, listener: () => Promise<void>) => heard.delete(listener),
  };
  const asked: { give(): void; refuse(): void; released: boolean }[] = [];
  const request = (kind: string) => new Promise((resolve, reject) => {
    expect(kind).toBe("screen");
    const one = {
      released: false,
      give: () => resolve({ release: () => { one.released = true; return Promise.resolve(); } }),
      refuse: () => reject(new DOMException("battery", "NotAllowedError")),
    };
    asked.push(one);
  });
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", { wakeLock: { request } });
  return {
    page, asked, heard,
    async see(state: "visible" | "hidden") {
      page.visibilityState = state;
      for (const listener of heard) void listener();
      await settled();
    },
  };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));
afterEach(() => vi.unstubAllGlobals());

describe("the screen", () => {
  it("is kept on, asked for again when the page is seen again, and let go at the end", async () => {
    const { asked, see, heard } = world();
    const sleep = keepAwake();
    asked[0]!.give();
    await settled();
    await see("hidden");
    expect(asked).toHaveLength(1);
    await see("visible");
    expect(asked).toHaveLength(2);
    asked[1]!.give();
    await settled();
    sleep();
    expect(asked[1]!.released).toBe(true);
    expect(heard.size).toBe(0);
  });
  it("is let go also when the system gives it after the end, and its refusal is no error", async () => {
    const { asked } = world();
    const first = keepAwake();
    first();
    asked[0]!.give();
    await settled();
    expect(asked[0]!.released).toBe(true);
    const second = keepAwake();
    asked[1]!.refuse();
    await settled();
    expect(second).not.toThrow();
  });
  it("goes dark as always where there is no such thing", () => {
    const { heard } = world();
    vi.stubGlobal("navigator", {});
    const sleep = keepAwake();
    expect(heard.size).toBe(1);
    sleep();
    expect(heard.size).toBe(0);
  });
});

describe("layers of a camera", () => {
  it("are three from 960 pixels of width on, two below, the last one as it is", () => {
    expect([1920, 1280, 960].map((w) => cameraLayers(w).map((l) => [l.rid, l.scale]))).toEqual(Array.from({ length: 3 }, () => [["q", 4], ["h", 2], ["f", 1]]));
    expect([959, 640, 320].map((w) => cameraLayers(w).map((l) => [l.rid, l.scale]))).toEqual(Array.from({ length: 3 }, () => [["q", 2], ["h", 1]]));
  });
  it("cost more the larger they are, and all of them what a home network can send", () => {
    for (const width of [640, 1280]) {
      const rates = cameraLayers(width).map((l) => l.maxBitrate);
      expect(rates).toEqual([...rates].sort((a, b) => a - b));
      expect(new Set(rates).size).toBe(rates.length);
      expect(rates.reduce((a, b) => a + b)).toBeLessThan(2_500_000);
    }
  });
});
