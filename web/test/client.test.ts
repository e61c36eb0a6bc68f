// The page's side of the worker from its start on: a worker that was ready, and then is not.
import { describe, expect, it, vi } from "vitest";
import { CoreWorker } from "../src/core/client";

class Spoilt {
  onmessage: ((event: object) => void) | null = null;
  onerror: ((event: object) => void) | null = null;
  stopped = false;
  postMessage(message: { type: string }) {
    queueMicrotask(() => this.onmessage?.({ data: message.type === "load" ? { type: "ready" } : { type: "failed", message: "the core stopped" } }));
  }
  terminate() { this.stopped = true; }
}
const worker = new Spoilt();
vi.mock("../src/core/worker?worker&url", () => ({ default: "worker.js" }));
vi.mock("../src/core/checked", () => ({ checkedWorker: async () => worker, fetchChecked: async () => new Response() }));

describe("a worker", () => {
  it("that is ready and cannot begin is heard, also when it breaks without a word", async () => {
    vi.spyOn(WebAssembly, "compileStreaming").mockResolvedValue({} as WebAssembly.Module);
    const core = await CoreWorker.start("core.wasm");
    await expect(core.begin()).rejects.toThrow("the core stopped");
    const told: string[] = [];
    core.onMessage = (message) => told.push(message.type === "failed" ? message.message : message.type);
    worker.onerror?.({ message: "out of memory" });
    expect(told).toEqual(["out of memory"]);
  });

  it("that is stopped leaves nobody waiting for keys", async () => {
    const core = new CoreWorker({ postMessage: () => undefined, terminate: () => undefined } as unknown as Worker);
    const waiting = core.begin();
    core.stop();
    expect(await waiting).toBeUndefined();
  });
});
