// The worker as the page has it: frames through its transforms, and what it tells the page, which is never a key.
import { readFileSync } from "node:fs";
import frames from "../../tests/vectors/frames.json";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fromBase64Url, toBase64Url } from "../src/core/base64url";
import { CoreWorker } from "../src/core/client";
import { CoreSession, loadCore, usableAead } from "../src/core/core";
import type { FrameCounts, FromWorker, ToWorker, TransformOptions } from "../src/core/messages";
import { generationInfo, sealBase } from "./hpke";

interface Frame {
  data: ArrayBuffer;
  getMetadata(): object;
}
const page = {
  posted: [] as FromWorker[],
  postMessage(message: FromWorker) { this.posted.push(structuredClone(message)); },
  onmessage: null as ((event: { data: ToWorker }) => Promise<void>) | null,
  onrtctransform: null as ((event: { transformer: object }) => void) | null,
};
const meeting = Uint8Array.from(frames.meeting_uuid.match(/../g) ?? [], (b) => parseInt(b, 16));
const secret = Uint8Array.from({ length: 32 }, (_, k) => 0x51 + 3 * k);
const tell = (message: ToWorker) => page.onmessage!({ data: message });
const last = <T extends FromWorker["type"]>(type: T) => page.posted.findLast((m): m is Extract<FromWorker, { type: T }> => m.type === type)!;

/** What the worker gave to WebCrypto as a key of AES-GCM, and how. */
const imported: { raw: Uint8Array; extractable: boolean; usages: string[] }[] = [];
const plainImport = crypto.subtle.importKey;
let module: WebAssembly.Module;
let other: CoreSession;

/** From here on what the worker imports is kept. */
function watchImports(): void {
  crypto.subtle.importKey = function (this: SubtleCrypto, ...call: unknown[]) {
    const [, raw, , extractable, usages] = call as [string, Uint8Array, unknown, boolean, string[]];
    imported.push({ raw: raw.slice(), extractable, usages });
    return Reflect.apply(plainImport, this, call) as Promise<CryptoKey>;
  } as typeof crypto.subtle.importKey;
}
/** The worker is in the meeting with `other`, with the keys that it has told last; an index is given once only. */
async function enter(index: number): Promise<void> {
  const begun = last("begun");
  other.setSender(index, fromBase64Url(begun.senderNonce));
  const sealed = await sealBase(fromBase64Url(begun.hpkePublicKey), generationInfo(meeting, 1, index), secret);
  watchImports();
  await tell({
    type: "joined", meetingUuid: toBase64Url(meeting), participant: index, senderIndex: index, active: 1,
    generations: [{ generation: 1, enc: toBase64Url(sealed.enc), ciphertext: toBase64Url(sealed.ciphertext) }],
    roster: [{ senderIndex: 1, nonce: toBase64Url(other.senderNonce) }],
  });
}

/** Frames in at one end, frames out at the other, one after the other. */
function through(options: TransformOptions) {
  const before = new TransformStream<Frame, Frame>();
  const after = new TransformStream<Frame, Frame>();
  page.onrtctransform!({ transformer: { readable: before.readable, writable: after.writable, options } });
  const [writer, reader] = [before.writable.getWriter(), after.readable.getReader()];
  return {
    write: (data: Uint8Array, metadata: object = {}) => writer.write({ data: new Uint8Array(data).buffer, getMetadata: () => metadata }),
    read: async () => new Uint8Array((await reader.read()).value!.data),
    /** Everything until the end. */
    async rest() {
      const closed = writer.close();
      const left: Uint8Array[] = [];
      for (let next = await reader.read(); !next.done; next = await reader.read()) left.push(new Uint8Array(next.value.data));
      await closed;
      return left;
    },
  };
}
async function counts(): Promise<FrameCounts> {
  await tell({ type: "stats" });
  return last("stats").counts;
}

beforeAll(async () => {
  Object.assign(globalThis, { self: page });
  await import("../src/core/worker");
  module = await WebAssembly.compile(readFileSync(new URL("../core/sealhall_core.wasm", import.meta.url)));
  await tell({ type: "load", module });
  await tell({ type: "begin", number: 1 });
  // Somebody else in the same meeting, whose keys the core itself holds.
  other = new CoreSession(await loadCore(module), "inline", () => 0);
  other.joined(meeting, 1, 1);
  const forOther = await sealBase(other.hpkePublicKey, generationInfo(meeting, 1, 1), secret);
  other.addGeneration(1, forOther.enc, forOther.ciphertext);
  other.activate(1);
  await enter(2);
});
afterAll(() => {
  crypto.subtle.importKey = plainImport;
  other.end();
});

describe("the worker", () => {
  it("opens what others have sealed, and of a forged frame it gives nothing and counts it", async () => {
    const [first, forged, second] = await Promise.all([1, 2, 3].map((k) => other.seal(0, new Uint8Array(60).fill(k), 0)));
    forged![40]! ^= 1;
    const pipe = through({ direction: "receive", receiver: 5, video: false });
    for (const frame of [first!, forged!, second!, new Uint8Array(), first!]) void pipe.write(frame);
    expect(await pipe.rest()).toEqual([new Uint8Array(60).fill(1), new Uint8Array(60).fill(3)]);
    const { opened } = await counts();
    expect([opened["count_opened"], opened["count_authentication_failed"], opened["count_replayed"]]).toEqual([2, 1, 1]);
    expect(last("receiver_sender")).toEqual({ type: "receiver_sender", receiver: 5, senderIndex: 1, context: 0 });
  });

  it("lets frames leave sealed or not at all", async () => {
    const plain = new Uint8Array(80).fill(9);
    const voice = through({ direction: "send", source: "audio" });
    void voice.write(plain);
    const sealed = await voice.read();
    expect(Buffer.from(sealed).includes(Buffer.from(plain.subarray(0, 16)))).toBe(false);
    expect((await other.open(sealed, 0)).data).toEqual(plain);
    // A layer of the camera that was not announced has no key.
    const camera = through({ direction: "send", source: "camera" });
    void camera.write(plain, { synchronizationSource: 77 });
    expect(await camera.rest()).toEqual([]);
    const { sealed: went, notSealed } = await counts();
    expect([went, notSealed]).toEqual([1, 1]);
  });

  it("leaves of VP9 nothing in the clear, and of VP8 what it did before", async () => {
    await tell({ type: "ssrcs", rids: { 5: "f" } });
    const plain = new Uint8Array(200).map((_, k) => 2 * k);  // for VP8 a key frame
    const camera = through({ direction: "send", source: "camera" });
    const send = async (metadata: object) => {
      void camera.write(plain, { synchronizationSource: 5, ...metadata });
      return camera.read();
    };
    const clear = (sealed: Uint8Array, size: number) => Buffer.from(sealed.subarray(0, size)).equals(Buffer.from(plain.subarray(0, size)));
    for (const metadata of [{}, { payloadType: 96 }]) {
      const vp8 = await send(metadata);
      expect(clear(vp8, 10)).toBe(true);
      expect((await other.open(vp8, 10)).data).toEqual(plain);
    }
    const vp9 = await send({ payloadType: 98 });
    expect(clear(vp9, 1)).toBe(false);
    expect((await other.open(vp9, 0)).data).toEqual(plain);
    // H.264: parameter sets and the front of the slice, and then no start code any more.
    const h264 = Uint8Array.of(0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0, 0, 0, 1, 0x68, 0xce, 0x3c, 0, 0, 0, 1, 0x65, 0x88, 0x84, 0x21, 7, 0, 0, 1, 9);
    void camera.write(h264, { synchronizationSource: 5, payloadType: 102 });
    const hidden = Buffer.from(await camera.read());
    expect(hidden.subarray(0, 23)).toEqual(Buffer.from(h264.subarray(0, 23)));
    expect(hidden.subarray(19).includes(Buffer.of(0, 0, 1))).toBe(false);
    expect((await other.openFrame("h264", hidden)).data).toEqual(h264);
    // And the other way: the border is where the payload type says.
    const pipe = through({ direction: "receive", receiver: 7, video: true });
    void pipe.write(await other.seal(5, plain, 0), { payloadType: 98 });
    expect(await pipe.read()).toEqual(plain);
    void pipe.write(await other.seal(5, plain, 0), { payloadType: 96 });
    void pipe.write(await other.seal(5, plain, 10), { payloadType: 96 });
    void pipe.write(await other.sealFrame(5, "h264", h264), { payloadType: 102 });
    expect(await pipe.rest()).toEqual([plain, h264]);
  });

  it("gives WebCrypto keys that nobody can take out again, each for one use", () => {
    expect(imported.length).toBeGreaterThanOrEqual(2);
    for (const { extractable, usages, raw } of imported) {
      expect(extractable).toBe(false);
      expect(usages).toHaveLength(1);
      expect(raw).toHaveLength(32);
    }
  });

  it("tells the page no key, in whatever writing", () => {
    const told = JSON.stringify(page.posted, (_, value: unknown) => (ArrayBuffer.isView(value) || value instanceof ArrayBuffer ? [...new Uint8Array(value as ArrayBuffer)] : value));
    const writings = (key: Uint8Array) => [toBase64Url(key), Buffer.from(key).toString("base64"), Buffer.from(key).toString("hex"), [...key].join(",")];
    const found = (key: Uint8Array) => writings(key).filter((text) => told.toLowerCase().includes(text.toLowerCase()));
    // What it does tell would be found.
    expect(found(fromBase64Url(last("begun").hpkePublicKey))).toHaveLength(1);
    for (const key of [secret, ...imported.map(({ raw }) => raw)]) expect(found(key)).toEqual([]);
    expect(new Set(page.posted.map((m) => m.type))).toEqual(new Set(["ready", "begun", "key_ready", "active", "receiver_sender", "stats"]));
  });

  it("has no keys of a join before after the next one has begun", async () => {
    const frame = await other.seal(0, new Uint8Array(10), 0);
    await tell({ type: "begin", number: 2 });
    const pipe = through({ direction: "receive", receiver: 6, video: false });
    void pipe.write(frame);
    expect(await pipe.rest()).toEqual([]);
    expect(last("begun").number).toBe(2);
  });

  it("works without WebCrypto, by the core's own AES", async () => {
    crypto.subtle.importKey = () => Promise.reject(new DOMException("no such thing", "NotSupportedError"));
    await tell({ type: "load", module });
    crypto.subtle.importKey = plainImport;
    await tell({ type: "begin", number: 3 });
    const before = imported.length;
    await enter(3);
    const voice = through({ direction: "send", source: "audio" });
    void voice.write(new Uint8Array(80).fill(7));
    expect((await other.open(await voice.read(), 0)).data).toEqual(new Uint8Array(80).fill(7));
    const heard = through({ direction: "receive", receiver: 9, video: false });
    void heard.write(await other.seal(0, new Uint8Array(50).fill(8), 0));
    expect(await heard.read()).toEqual(new Uint8Array(50).fill(8));
    expect(imported.length).toBe(before);
    expect([await usableAead(undefined), await usableAead(crypto.subtle)]).toEqual(["inline", "host"]);
  });
});

describe("the page's side", () => {
  const keys = (number: number): FromWorker => ({ type: "begun", number, hpkePublicKey: `key ${number}`, senderNonce: "" });
  it("of two joins that begin at once only the later one is given keys, its own", async () => {
    const sent: ToWorker[] = [];
    const others: string[] = [];
    const core = new CoreWorker({ postMessage: (message: ToWorker) => void sent.push(message) } as unknown as Worker);
    core.onMessage = (message) => void others.push(message.type);
    const [first, second] = [core.begin(), core.begin()];
    core.receive(keys(1));
    core.receive({ type: "active", generation: 0 });
    core.receive(keys(2));
    expect(await first).toBeUndefined();
    expect((await second)?.hpkePublicKey).toBe("key 2");
    expect(sent).toEqual([{ type: "begin", number: 1 }, { type: "begin", number: 2 }]);
    const third = core.begin();
    core.receive(keys(3));
    expect((await third)?.hpkePublicKey).toBe("key 3");
    expect(others).toEqual(["active"]);
    // Whoever waits for keys hears that there are none; nobody tries again who waits for ever.
    const fourth = core.begin();
    core.receive({ type: "failed", message: "the core stopped" });
    await expect(fourth).rejects.toThrow("the core stopped");
    core.receive(keys(4));
    core.receive({ type: "failed", message: "later" });
    expect(others).toEqual(["active", "failed"]);
    const fifth = core.begin();
    core.receive(keys(5));
    expect((await fifth)?.hpkePublicKey).toBe("key 5");
  });
});
