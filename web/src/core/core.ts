// The keys and frames of one join: the WebAssembly core behind promises. Runs in the worker (and in Node for tests).
// AES-256-GCM is done by WebCrypto with keys that cannot be exported, or by the core's own constant-time code.
import { type CoreEvent, type CoreExports, readEvent, SealhallAead, SealhallCounter, SealhallError, SealhallEventKind } from "./abi";
import type { VideoCodec } from "./codecs";

export interface Opened {
  data: Uint8Array<ArrayBuffer>;
  context: number;
  senderIndex: number;
  generation: number;
}

/** A frame that was not sealed or not opened; `code` is a SealhallError. */
export class FrameError extends Error {
  constructor(readonly code: number) {
    super(`frame error ${nameOf(code)}`);
  }
}

export function nameOf(code: number): string {
  return Object.entries(SealhallError).find(([, value]) => value === code)?.[0] ?? String(code);
}

const errnoNotSupported = 52;
const errnoBadDescriptor = 8;

/** Loads the module. It imports randomness and, from wasi-libc, calls on files that it never has: those are refused. */
export async function loadCore(module: WebAssembly.Module): Promise<CoreExports> {
  let memory: WebAssembly.Memory | undefined;
  const wasi: Record<string, WebAssembly.ImportValue> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (from !== "wasi_snapshot_preview1") throw new Error(`the core asks for ${from}.${name}`);
    wasi[name] = () => errnoNotSupported;
  }
  wasi["fd_prestat_get"] = () => errnoBadDescriptor;
  wasi["environ_get"] = () => 0;
  wasi["environ_sizes_get"] = (count: number, size: number) => {
    if (!memory) return errnoNotSupported;
    const view = new DataView(memory.buffer);
    view.setUint32(count, 0, true);
    view.setUint32(size, 0, true);
    return 0;
  };
  wasi["random_get"] = (at: number, size: number) => {
    if (!memory) return errnoNotSupported;
    for (let done = 0; done < size; done += 65536) {
      crypto.getRandomValues(new Uint8Array(memory.buffer, at + done, Math.min(65536, size - done)));
    }
    return 0;
  };
  wasi["fd_write"] = (file: number, parts: number, count: number, written: number) => {
    if (!memory) return errnoNotSupported;
    const view = new DataView(memory.buffer);
    let text = "";
    let size = 0;
    for (let k = 0; k < count; ++k) {
      const length = view.getUint32(parts + 8 * k + 4, true);
      text += new TextDecoder().decode(new Uint8Array(memory.buffer, view.getUint32(parts + 8 * k, true), length));
      size += length;
    }
    view.setUint32(written, size, true);
    // What the core says before it stops itself: a condition of its own, and where (core/base/check.h).
    if (file === 2) console.error(text);
    return 0;
  };
  wasi["proc_exit"] = (code: number) => {
    throw new Error(`the core stopped: ${code}`);
  };
  const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi });
  const core = instance.exports as unknown as CoreExports;
  memory = core.memory;
  core._initialize();
  return core;
}

/** One join. `end` frees it and wipes its keys; nothing but `seal` and `open` may be called afterwards, which say not_joined,
 * as do those that are under way. */
/** Who does AES-256-GCM: the browser (WebCrypto), or the core itself, in constant time and slower. */
export type Aead = "host" | "inline";

/** WebCrypto where it takes such keys. */
export async function usableAead(subtle: Pick<SubtleCrypto, "importKey"> | undefined): Promise<Aead> {
  try {
    return (await subtle?.importKey("raw", new Uint8Array(32), "AES-GCM", false, ["encrypt"])) ? "host" : "inline";
  } catch {
    return "inline";
  }
}

export class CoreSession {
  readonly hpkePublicKey: Uint8Array<ArrayBuffer>;
  readonly senderNonce: Uint8Array<ArrayBuffer>;
  private readonly session: number;
  private readonly keys = new Map<number, Promise<CryptoKey>>();
  private readonly waiting = new Map<number, { done(event: CoreEvent): void; reject(why: FrameError): void }>();
  private nextTicket = 1;
  private ended = false;

  constructor(
    private readonly core: CoreExports,
    aead: Aead,
    private readonly now: () => number,
  ) {
    this.session = core.sealhall_begin(aead === "host" ? SealhallAead.aead_host : SealhallAead.aead_inline);
    this.hpkePublicKey = this.copy(core.sealhall_hpke_public_key(this.session), 32);
    this.senderNonce = this.copy(core.sealhall_sender_nonce(this.session), 16);
  }

  joined(meetingUuid: Uint8Array, participant: number, senderIndex: number): number {
    return this.with([meetingUuid], ([uuid]) => this.core.sealhall_joined(this.session, uuid!, participant, senderIndex));
  }

  /** A SealhallError; ok means that KeyReady may be said. */
  addGeneration(generation: number, enc: Uint8Array, ciphertext: Uint8Array): number {
    const result = this.with([enc, ciphertext], ([e, c]) =>
      this.core.sealhall_add_generation(this.session, generation, e!, enc.length, c!, ciphertext.length));
    this.drain();
    return result;
  }

  activate(generation: number): number {
    const result = this.core.sealhall_activate(this.session, generation, this.now());
    this.drain();
    return result;
  }

  advance(): void {
    this.core.sealhall_advance(this.session, this.now());
    this.drain();
  }

  get activeGeneration(): number {
    return this.core.sealhall_active_generation(this.session);
  }

  setSender(senderIndex: number, nonce: Uint8Array): number {
    return this.with([nonce], ([n]) => this.core.sealhall_set_sender(this.session, senderIndex, n!));
  }

  removeSender(senderIndex: number): void {
    this.core.sealhall_remove_sender(this.session, senderIndex);
  }

  async seal(context: number, frame: Uint8Array, clearPrefix: number): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.run((ticket, at) => this.core.sealhall_seal(this.session, ticket, context, at, frame.length, clearPrefix, this.now()), frame)).data;
  }

  open(frame: Uint8Array, clearPrefix: number): Promise<Opened> {
    return this.run((ticket, at) => this.core.sealhall_open(this.session, ticket, at, frame.length, clearPrefix, this.now()), frame);
  }

  /** A frame of video, with what must stay readable of its codec; or of sound, without one. Of VP9 nothing stays: all that is
   * read on the way stands in its payload descriptor (RFC 9628). */
  async sealFrame(context: number, codec: VideoCodec | undefined, frame: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (codec !== "h264") return this.seal(context, frame, codec === "vp8" ? this.vp8ClearPrefix(frame) : 0);
    return (await this.run((ticket, at) => this.core.sealhall_seal_h264(this.session, ticket, context, at, frame.length, this.now()), frame)).data;
  }

  openFrame(codec: VideoCodec | undefined, frame: Uint8Array): Promise<Opened> {
    if (codec !== "h264") return this.open(frame, codec === "vp8" ? this.vp8ClearPrefix(frame) : 0);
    return this.run((ticket, at) => this.core.sealhall_open_h264(this.session, ticket, at, frame.length, this.now()), frame);
  }

  vp8ClearPrefix(frame: Uint8Array): number {
    const front = frame.subarray(0, 16);
    return this.with([front], ([at]) => Math.min(this.core.sealhall_vp8_clear_prefix(at!, front.length), frame.length));
  }

  /** How many frames were opened, and dropped for each reason. */
  counts(): Record<keyof typeof SealhallCounter, number> {
    const counts = {} as Record<keyof typeof SealhallCounter, number>;
    for (const [name, which] of Object.entries(SealhallCounter)) {
      counts[name as keyof typeof SealhallCounter] = this.core.sealhall_count(this.session, which);
    }
    return counts;
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.keys.clear();
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    this.core.sealhall_end(this.session);
    for (const { reject } of waiting) reject(new FrameError(SealhallError.not_joined));
  }

  private run(call: (ticket: number, at: number) => void, frame: Uint8Array): Promise<Opened> {
    const ticket = this.nextTicket;
    this.nextTicket = (this.nextTicket + 1) >>> 0 || 1;
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(new FrameError(SealhallError.not_joined));
      this.waiting.set(ticket, {
        reject,
        done: (event) => {
          if (event.error !== SealhallError.ok) return reject(new FrameError(event.error));
          resolve({
            data: this.copy(event.data, event.dataSize),
            context: event.context,
            senderIndex: event.senderIndex,
            generation: event.generation,
          });
        },
      });
      this.with([frame], ([at]) => call(ticket, at!));
      this.drain();
    });
  }

  private drain(): void {
    for (;;) {
      const event = readEvent(new DataView(this.core.memory.buffer), this.core.sealhall_next_event(this.session));
      switch (event.kind) {
        case SealhallEventKind.event_none:
          return;
        case SealhallEventKind.event_add_key: {
          const raw = this.copy(event.data, event.dataSize);
          const key = crypto.subtle.importKey("raw", raw, "AES-GCM", false, [event.flag === 0 ? "encrypt" : "decrypt"]);
          // importKey has taken a copy when it returns (WebCrypto section 14.3.9).
          raw.fill(0);
          this.keys.set(event.key, key);
          break;
        }
        case SealhallEventKind.event_remove_key:
          this.keys.delete(event.key);
          break;
        case SealhallEventKind.event_aead_job:
          void this.doJob(event);
          break;
        default: {
          const frame = this.waiting.get(event.ticket);
          this.waiting.delete(event.ticket);
          frame?.done(event);
        }
      }
    }
  }

  private async doJob(job: CoreEvent): Promise<void> {
    const key = this.keys.get(job.key);
    const input = this.copy(job.data, job.dataSize);
    const parameters = { name: "AES-GCM", iv: this.copy(job.nonce, 12), additionalData: this.copy(job.aad, job.aadSize) };
    let written = -1;
    try {
      if (key) {
        const result = job.flag === 0
          ? await crypto.subtle.encrypt(parameters, await key, input)
          : await crypto.subtle.decrypt(parameters, await key, input);
        if (this.ended) return;
        if (result.byteLength === job.outputSize) {
          new Uint8Array(this.core.memory.buffer, job.output, job.outputSize).set(new Uint8Array(result));
          written = result.byteLength;
        }
      }
    } catch {
      written = -1;  // it did not authenticate: the core counts it
    }
    if (this.ended) return;
    this.core.sealhall_aead_done(this.session, job.ticket, written);
    this.drain();
  }

  private copy(at: number, size: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.core.memory.buffer, at, size).slice() as Uint8Array<ArrayBuffer>;
  }

  /** Puts `parts` into the core's memory for the time of `use`. */
  private with<T>(parts: Uint8Array[], use: (at: number[]) => T): T {
    const at = parts.map((part) => this.core.sealhall_alloc(part.length));
    try {
      parts.forEach((part, k) => new Uint8Array(this.core.memory.buffer, at[k]!, part.length).set(part));
      return use(at);
    } finally {
      parts.forEach((part, k) => this.core.sealhall_free(at[k]!, part.length));
    }
  }
}
