// What is told to a person, and what stands there afterwards.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import "./site/page";
import { ActingStore } from "../src/meeting/acting";

class Store extends ActingStore {
  sent = true;
  override send(): boolean {
    return this.sent;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", globalThis);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a sentence stays for a while", () => {
  const store = new Store();
  store.set({ phase: "joined" });
  store.tell("Not so fast.");
  vi.advanceTimersByTime(7999);
  expect(store.state.notice).toBe("Not so fast.");
  vi.advanceTimersByTime(1);
  expect(store.state.notice).toBe("");
});

test("a sentence that is told again stays as long as the first time", () => {
  const store = new Store();
  store.set({ phase: "joined" });
  store.tell("Not so fast.");
  vi.advanceTimersByTime(7000);
  store.tell("Not so fast.");
  vi.advanceTimersByTime(7999);
  expect(store.state.notice).toBe("Not so fast.");
  vi.advanceTimersByTime(1);
  expect(store.state.notice).toBe("");
});

test("in the waiting room the topic comes back after it, also after two of them", () => {
  const store = new Store();
  store.set({ phase: "waiting", notice: "Weekly planning" });
  store.tell("Not so fast.");
  vi.advanceTimersByTime(5000);
  store.tell("Not at all.");
  vi.advanceTimersByTime(5000);
  expect(store.state.notice).toBe("Not at all.");
  vi.advanceTimersByTime(3000);
  expect(store.state.notice).toBe("Weekly planning");
  store.tell("Not at all.");
  vi.advanceTimersByTime(8000);
  expect(store.state.notice).toBe("Weekly planning");
});

test("whoever was let in meanwhile reads no topic of the waiting room", () => {
  const store = new Store();
  store.set({ phase: "waiting", notice: "Weekly planning" });
  store.tell("Not so fast.");
  store.set({ phase: "joined", notice: "" });
  store.tell("You cannot share.");
  vi.advanceTimersByTime(8000);
  expect(store.state.notice).toBe("");
});

test("what did not go out is told, and is no success", () => {
  const store = new Store();
  store.set({ phase: "joined" });
  expect(store.say({ type: "ask_for_help" })).toBe(true);
  expect(store.state.notice).toBe("");
  store.sent = false;
  expect(store.say({ type: "ask_for_help" })).toBe(false);
  expect(store.state.notice).toContain("may not have been done");
});
