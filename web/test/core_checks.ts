// What the core as WebAssembly must do: the vectors that the native core passes, and what the wrapper adds. Without a test
// framework, since the same checks run in Node (core.test.ts) and in a worker of Chromium (chromium.ts).
import frames from "../../tests/vectors/frames.json";
import joins from "../../tests/vectors/joins.json";
import { type CoreExports, exportedFunctions, SealhallError } from "../src/core/abi";
import type { VideoCodec } from "../src/core/codecs";
import { CoreSession, FrameError, nameOf } from "../src/core/core";
import { generationInfo, sealBase } from "./hpke";

export interface Check {
  name: string;
  run(core: CoreExports, module: WebAssembly.Module): Promise<void>;
}
type Aead = "host" | "inline";

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (b) => parseInt(b, 16));
const toHex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const meeting = hex(frames.meeting_uuid);

function same(what: string, is: unknown, wanted: unknown): void {
  const [a, b] = [is, wanted].map((v) => (v instanceof Uint8Array ? toHex(v) : v));
  if (a !== b) throw new Error(`${what} is ${String(a)}, not ${String(b)}`);
}

async function refused(what: string, call: Promise<unknown>, code: number): Promise<void> {
  const error = await call.then(() => undefined, (e: unknown) => e);
  if (!(error instanceof FrameError)) throw new Error(`${what} was not refused (${String(error)})`);
  same(`${what}: the reason`, nameOf(error.code), nameOf(code));
}

async function learn(session: CoreSession, participant: number, generation: number, secret: Uint8Array): Promise<void> {
  const sealed = await sealBase(session.hpkePublicKey, generationInfo(meeting, generation, participant), secret);
  same("the generation", session.addGeneration(generation, sealed.enc, sealed.ciphertext), SealhallError.ok);
}

function begin(core: CoreExports, aead: Aead, participant: number, senderIndex: number, now = () => 0): CoreSession {
  const session = new CoreSession(core, aead, now);
  same("joined", session.joined(meeting, participant, senderIndex), SealhallError.ok);
  return session;
}

/** Whatever asks for random bytes during `use` gets these. */
function withRandom<T>(bytes: Uint8Array, use: () => T): T {
  let drawn = 0;
  const getRandomValues = <A extends ArrayBufferView | null>(out: A): A => {
    const view = out as unknown as Uint8Array;
    view.set(bytes.subarray(drawn, (drawn += view.length)));
    return out;
  };
  Object.defineProperty(crypto, "getRandomValues", { value: getRandomValues, configurable: true });
  try {
    return use();
  } finally {
    delete (crypto as unknown as Record<string, unknown>)["getRandomValues"];
    same("random bytes drawn", drawn, bytes.length);
  }
}

function frameVector(aead: Aead, v: (typeof frames.frames)[number]): Check["run"] {
  return async (core) => {
    const session = begin(core, aead, 2, 900);
    await learn(session, 2, v.generation, hex(v.secret));
    session.setSender(v.sender_index, hex(v.sender_nonce));
    const frame = hex(v.frame);
    const codec = v.codec === "opus" ? undefined : (v.codec as VideoCodec);
    const clear = v.clear_prefix;
    const sealed = hex(v.sealed);
    if (codec === "vp8") {
      same("the clear prefix", session.vp8ClearPrefix(frame), clear);
      // Whoever receives it finds the same border in what is sealed.
      same("the clear prefix of what is sealed", session.vp8ClearPrefix(sealed), clear);
    }
    const opened = await session.openFrame(codec, sealed);
    same("the sender", opened.senderIndex, v.sender_index);
    same("the context", opened.context, v.context);
    same("the generation", opened.generation, v.generation);
    same("the frame", opened.data, frame);
    await refused("the same frame again", session.openFrame(codec, sealed), SealhallError.replayed);
    for (const at of [sealed.length - 1, sealed.length - 17, clear]) {
      if (at < 0) continue;
      const forged = sealed.slice();
      forged[at]! ^= 1;
      const error = await session.openFrame(codec, forged).catch((e: unknown) => e);
      if (!(error instanceof FrameError)) throw new Error(`byte ${at} was changed and the frame opened`);
    }
    session.end();
  };
}

/** From the random bytes of a join to its frames: HPKE, key schedule, key identifiers and counters, byte for byte. */
function joinVector(aead: Aead): Check["run"] {
  return async (core) => {
    const session = withRandom(hex(joins.random), () => new CoreSession(core, aead, () => 0));
    same("the HPKE key", session.hpkePublicKey, hex(joins.hpke_public_key));
    same("the nonce", session.senderNonce, hex(joins.sender_nonce));
    same("joined", session.joined(hex(joins.meeting_uuid), joins.participant, joins.sender_index), SealhallError.ok);
    for (const g of joins.generations) {
      const forged = hex(g.ciphertext);
      forged[0]! ^= 1;
      same("a forged generation", nameOf(session.addGeneration(g.generation, hex(g.enc), forged)), "bad_sealed_generation");
      same(`generation ${g.generation}`, session.addGeneration(g.generation, hex(g.enc), hex(g.ciphertext)), SealhallError.ok);
      same("activate", session.activate(g.generation), SealhallError.ok);
      for (const f of g.frames) same(`generation ${g.generation}, context ${f.context}`, await session.seal(f.context, hex(f.frame), f.clear_prefix), hex(f.sealed));
    }
    session.end();
  };
}

function eachOpensTheOther(aead: Aead): Check["run"] {
  return async (core) => {
    const sender = begin(core, aead, 1, 1);
    const receiver = begin(core, aead === "host" ? "inline" : "host", 2, 2);
    const secret = new Uint8Array(32).fill(7);
    for (const [session, participant] of [[sender, 1], [receiver, 2]] as const) {
      await learn(session, participant, 1, secret);
      same("activate", session.activate(1), SealhallError.ok);
    }
    receiver.setSender(1, sender.senderNonce);
    // Every number of bytes around the blocks of AES, and some frames of video.
    const sizes = [...Array.from({ length: 80 }, (_, k) => k + 1), 1000, 1199, 4096, 30_001];
    const plain = sizes.map((size, k) => new Uint8Array(size).fill(k));
    const sealed = await Promise.all(plain.map((f) => sender.seal(0, f, 0)));
    const opened = await Promise.all(sealed.map((s) => receiver.open(s, 0)));
    opened.forEach((o, k) => same(`frame ${k}`, o.data, plain[k]));
    same("the count", receiver.counts().count_opened, sizes.length);
    sender.end();
    receiver.end();
  };
}

async function epochs(core: CoreExports): Promise<void> {
  let now = 1000;
  const sender = begin(core, "host", 1, 1, () => now);
  const receiver = begin(core, "host", 2, 2, () => now);
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
  await refused("a generation that retired", receiver.open(sealed[1]!, 0), SealhallError.unknown_generation);
  sender.activate(2);
  const fresh = await sender.seal(0, frame, 0);
  receiver.removeSender(1);
  await refused("somebody who left", receiver.open(fresh, 0), SealhallError.unknown_sender);
  sender.end();
  receiver.end();
}

async function endsInTheMiddle(core: CoreExports): Promise<void> {
  const frame = new Uint8Array(50);
  for (let round = 0; round < 3; ++round) {
    const [sender, receiver] = [begin(core, "host", 1, 1), begin(core, "host", 2, 2)];
    const secret = new Uint8Array(32).fill(9);
    for (const [session, participant] of [[sender, 1], [receiver, 2]] as const) {
      await learn(session, participant, 1, secret);
      same("activate", session.activate(1), SealhallError.ok);
    }
    receiver.setSender(1, sender.senderNonce);
    const sealed = await sender.seal(0, frame, 0);
    const underWay = [sender.seal(0, frame, 0), receiver.open(sealed, 0)];
    sender.end();
    receiver.end();
    for (const one of underWay) await refused("a frame of a join that has ended", one, SealhallError.not_joined);
    await refused("a frame after the end", sender.seal(0, frame, 0), SealhallError.not_joined);
  }
}

const byBoth = (name: string, make: (aead: Aead) => Check["run"]): Check[] =>
  (["host", "inline"] as const).map((aead) => ({ name: `${name}; AES-GCM by ${aead === "host" ? "WebCrypto" : "the core"}`, run: make(aead) }));

export const coreChecks: Check[] = [
  {
    name: "the module exports what the header declares and imports nothing but WASI",
    async run(_, module) {
      const names = WebAssembly.Module.exports(module).map((e) => e.name);
      for (const name of exportedFunctions) same(name, names.includes(name), true);
      for (const { module: from } of WebAssembly.Module.imports(module)) same("an import", from, "wasi_snapshot_preview1");
    },
  },
  {
    name: "keys of two joins differ",
    async run(core) {
      const [a, b] = [begin(core, "host", 1, 1), begin(core, "host", 1, 1)];
      same("the same keys", toHex(a.hpkePublicKey) === toHex(b.hpkePublicKey) || toHex(a.senderNonce) === toHex(b.senderNonce), false);
      a.end();
      b.end();
    },
  },
  ...byBoth("a join from its random bytes to its frames", joinVector),
  ...frames.frames.flatMap((v) => byBoth(`vector: ${v.name}`, (aead) => frameVector(aead, v))),
  ...byBoth("what one seals the other opens", eachOpensTheOther),
  { name: "a generation that retired opens ten seconds more, and somebody who left is not opened", run: epochs },
  { name: "a join ends while frames are sealed and opened, and another begins", run: endsInTheMiddle },
];
