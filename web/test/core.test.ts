// The core as WebAssembly in Node: the vectors that the native core passes, and what the wrapper adds.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { type CoreExports, exportedFunctions, SealhallError } from "../src/core/abi";
import { CoreSession, FrameError, loadCore } from "../src/core/core";
import { generationInfo, sealBase } from "./hpke";

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (b) => parseInt(b, 16));
interface FrameVector {
  name: string;
  generation: number;
  secret: string;
  sender_index: number;
  sender_nonce: string;
  context: number;
  clear_prefix: number;
  frame: string;
  sealed: string;
}
const vectors = JSON.parse(readFileSync(new URL("../../tests/vectors/frames.json", import.meta.url), "utf8")) as { meeting_uuid: string; frames: FrameVector[] };
const meeting = hex(vectors.meeting_uuid);

let module: WebAssembly.Module;
let core: CoreExports;
let now = 0;
beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(new URL("../core/sealhall_core.wasm", import.meta.url)));
  core = await loadCore(module);
});

async function learn(session: CoreSession, participant: number, generation: number, secret: Uint8Array): Promise<void> {
  const sealed = await sealBase(session.hpkePublicKey, generationInfo(meeting, generation, participant), secret);
  expect(session.addGeneration(generation, sealed.enc, sealed.ciphertext)).toBe(SealhallError.ok);
}

function begin(aead: "host" | "inline", participant: number, senderIndex: number): CoreSession {
  const session = new CoreSession(core, aead, () => now);
  expect(session.joined(meeting, participant, senderIndex)).toBe(SealhallError.ok);
  return session;
}

describe("the module", () => {
  test("exports what the header declares and imports nothing but WASI", () => {
    const names = WebAssembly.Module.exports(module).map((e) => e.name);
    for (const name of exportedFunctions) expect(names).toContain(name);
    expect(new Set(WebAssembly.Module.imports(module).map((i) => i.module))).toEqual(new Set(["wasi_snapshot_preview1"]));
  });
  test("keys of two joins differ", () => {
    const [a, b] = [begin("host", 1, 1), begin("host", 1, 1)];
    expect(a.hpkePublicKey).not.toEqual(b.hpkePublicKey);
    expect(a.senderNonce).not.toEqual(b.senderNonce);
    a.end();
    b.end();
  });
});

for (const aead of ["host", "inline"] as const) {
  describe(`frames, AES-GCM by ${aead === "host" ? "WebCrypto" : "the core"}`, () => {
    test.each(vectors.frames)("vector: $name", async (v) => {
      const session = begin(aead, 2, 900);
      await learn(session, 2, v.generation, hex(v.secret));
      session.setSender(v.sender_index, hex(v.sender_nonce));
      const frame = hex(v.frame);
      const clear = v.context === 0 || v.context === 3 ? 0 : session.vp8ClearPrefix(frame);
      expect(clear).toBe(v.clear_prefix);
      const sealed = hex(v.sealed);
      // Whoever receives it finds the same border in what is sealed.
      if (clear > 0) expect(session.vp8ClearPrefix(sealed)).toBe(clear);
      const opened = await session.open(sealed, clear);
      expect(opened).toMatchObject({ senderIndex: v.sender_index, context: v.context, generation: v.generation });
      expect(opened.data).toEqual(frame);
      await expect(session.open(sealed, clear)).rejects.toMatchObject({ code: SealhallError.replayed });
      const forged = sealed.slice();
      forged[forged.length - 1]! ^= 1;
      await expect(session.open(forged, clear)).rejects.toBeInstanceOf(FrameError);
      session.end();
    });

    test("what one seals the other opens, in both ways of doing AES", async () => {
      const sender = begin(aead, 1, 1);
      const receiver = begin(aead === "host" ? "inline" : "host", 2, 2);
      const secret = new Uint8Array(32).fill(7);
      for (const [session, participant] of [[sender, 1], [receiver, 2]] as const) {
        await learn(session, participant, 1, secret);
        expect(session.activate(1)).toBe(SealhallError.ok);
      }
      receiver.setSender(1, sender.senderNonce);
      const frames = Array.from({ length: 50 }, (_, k) => new Uint8Array(200 + k).fill(k));
      const sealed = await Promise.all(frames.map((f) => sender.seal(0, f, 0)));
      const opened = await Promise.all(sealed.map((s) => receiver.open(s, 0)));
      opened.forEach((o, k) => expect(o.data).toEqual(frames[k]));
      expect(receiver.counts().count_opened).toBe(50);
      sender.end();
      receiver.end();
    });
  });
}

test("a generation that retired opens ten seconds more, and somebody who left is not opened", async () => {
  now = 1000;
  const sender = begin("host", 1, 1);
  const receiver = begin("host", 2, 2);
  receiver.setSender(1, sender.senderNonce);
  for (const generation of [1, 2]) {
    const secret = new Uint8Array(32).fill(generation);
    await learn(sender, 1, generation, secret);
    await learn(receiver, 2, generation, secret);
  }
  sender.activate(1);
  receiver.activate(1);
  const frame = new Uint8Array(50);
  const sealed = await Promise.all([0, 1, 2].map(() => sender.seal(0, frame, 0)));
  receiver.activate(2);
  now = 10_000;
  await receiver.open(sealed[0]!, 0);
  now = 12_000;
  await expect(receiver.open(sealed[1]!, 0)).rejects.toMatchObject({ code: SealhallError.unknown_generation });
  sender.activate(2);
  const fresh = await sender.seal(0, frame, 0);
  receiver.removeSender(1);
  await expect(receiver.open(fresh, 0)).rejects.toMatchObject({ code: SealhallError.unknown_sender });
  sender.end();
  receiver.end();
});
