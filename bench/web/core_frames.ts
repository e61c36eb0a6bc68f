// Frames a second through the core, AES-GCM by WebCrypto and by the core itself, beside bare WebCrypto over the same bytes.
// Runs in Node and in a worker of Chromium (core_frames.mjs).
import type { CoreExports } from "../../web/src/core/abi";
import { CoreSession, loadCore } from "../../web/src/core/core";
import { generationInfo, sealBase } from "../../web/test/hpke";

export interface Row {
  name: string;
  value: number;
  unit: string;
  better: "higher";
  floor?: string;
  limit?: number;
  note?: string;
}

/** Opus, one packet of video, and a picture of 500 kbit/s at 30 a second in two packets. */
const sizes = [100, 1200, 2400];
/** As many as the streams of a meeting keep under way. */
const atOnce = 16;
/** What somebody in a gallery of nine opens: 30 pictures and 50 packets of sound of each. */
const gallery = 9 * 80;
const meeting = new Uint8Array(16).fill(3);

async function perSecond(seconds: number, once: (k: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let done = 0;
  for (let at = start; at < start + seconds * 1000; at = performance.now()) {
    await Promise.all(Array.from({ length: atOnce }, (_, k) => once(done + k)));
    done += atOnce;
  }
  return (done * 1000) / (performance.now() - start);
}

async function pair(core: CoreExports, aead: "host" | "inline"): Promise<[CoreSession, CoreSession]> {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const sessions: CoreSession[] = [];
  for (const participant of [1, 2]) {
    const session = new CoreSession(core, aead, () => 0);
    session.joined(meeting, participant, participant);
    const sealed = await sealBase(session.hpkePublicKey, generationInfo(meeting, 1, participant), secret);
    session.addGeneration(1, sealed.enc, sealed.ciphertext);
    session.activate(1);
    sessions.push(session);
  }
  sessions[1]!.setSender(1, sessions[0]!.senderNonce);
  return [sessions[0]!, sessions[1]!];
}

async function ofSize(core: CoreExports, where: string, size: number, seconds: number): Promise<Row[]> {
  const rows: Row[] = [];
  const frame = new Uint8Array(size).fill(0x5a);
  const key = await crypto.subtle.importKey("raw", crypto.getRandomValues(new Uint8Array(32)), "AES-GCM", false, ["encrypt"]);
  const additionalData = new Uint8Array(8);
  const floor = `${where}/floor_webcrypto_encrypt/${size}`;
  const iv = new Uint8Array(12);
  const bare = await perSecond(seconds, (k) => {
    new DataView(iv.buffer).setUint32(8, k);
    return crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, key, frame);
  });
  rows.push({ name: floor, value: bare, unit: "frames/s", better: "higher" });
  for (const aead of ["host", "inline"] as const) {
    const how = aead === "host" ? "webcrypto" : "own_aes";
    const [sender, receiver] = await pair(core, aead);
    rows.push({ name: `${where}/seal_${how}/${size}`, value: await perSecond(seconds, () => sender.seal(0, frame, 0)), unit: "frames/s", better: "higher", floor });
    // Each frame opens once: they are sealed first, and only opening is timed.
    const sealed = await Promise.all(Array.from({ length: 512 }, () => sender.seal(0, frame, 0)));
    const start = performance.now();
    for (let k = 0; k < sealed.length; k += atOnce) await Promise.all(sealed.slice(k, k + atOnce).map((s) => receiver.open(s, 0)));
    const opened = (sealed.length * 1000) / (performance.now() - start);
    rows.push({ name: `${where}/open_${how}/${size}`, value: opened, unit: "frames/s", better: "higher", floor, limit: gallery });
    sender.end();
    receiver.end();
  }
  return rows;
}

/** Every row of every round; whoever reads them takes the best. */
export async function measure(module: WebAssembly.Module, where: string, quick: boolean): Promise<Row[]> {
  const core = await loadCore(module);
  const rows: Row[] = [];
  for (let round = 0; round < (quick ? 1 : 5); ++round) {
    for (const size of sizes) rows.push(...(await ofSize(core, where, size, quick ? 0.1 : 0.3)));
  }
  return rows;
}

if ("WorkerGlobalScope" in globalThis) {
  self.onmessage = async ({ data }: MessageEvent<{ quick: boolean }>) => {
    const module = await WebAssembly.compileStreaming(fetch("/sealhall_core.wasm"));
    self.postMessage(await measure(module, "chromium", data.quick));
  };
}
