// The worker in which frames are sealed and opened: the only place of the page that ever holds a key.
import { fromBase64Url, toBase64Url } from "./base64url";
import { codecOfPayload } from "./codecs";
import { contextOf } from "./contexts";
import { type Aead, CoreSession, loadCore, usableAead } from "./core";
import type { CoreExports } from "./abi";
import { SealhallError } from "./abi";
import type { FromWorker, RosterKey, ToWorker, TransformOptions } from "./messages";

interface EncodedFrame {
  data: ArrayBuffer;
  getMetadata(): { synchronizationSource?: number; rid?: string; payloadType?: number };
}
interface ScriptTransformer {
  readable: ReadableStream<EncodedFrame>;
  writable: WritableStream<EncodedFrame>;
  options: TransformOptions;
}
interface WorkerScope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  onrtctransform: ((event: { transformer: ScriptTransformer }) => void) | null;
}

const scope = self as unknown as WorkerScope;
let core: CoreExports | undefined;
let aead: Aead = "inline";
let session: CoreSession | undefined;
let senders = new Map<number, string>();
let rids: Record<number, string> = {};
const counts = { sealed: 0, notSealed: 0 };
const receiverSenders = new Map<number, string>();

function setRoster(roster: RosterKey[]): void {
  if (!session) return;
  const now = new Map(roster.map((entry) => [entry.senderIndex, entry.nonce]));
  for (const index of senders.keys()) if (!now.has(index)) session.removeSender(index);
  for (const [index, nonce] of now) if (senders.get(index) !== nonce) session.setSender(index, fromBase64Url(nonce));
  senders = now;
}

function addGeneration(sealed: { generation: number; enc: string; ciphertext: string }): boolean {
  return session?.addGeneration(sealed.generation, fromBase64Url(sealed.enc), fromBase64Url(sealed.ciphertext)) === SealhallError.ok;
}

scope.onmessage = async ({ data }) => {
  try {
    switch (data.type) {
      case "load":
        core = await loadCore(data.module);
        aead = await usableAead(globalThis.crypto?.subtle);
        scope.postMessage({ type: "ready" });
        break;
      case "begin":
        if (!core) throw new Error("begin before load");
        session?.end();
        session = new CoreSession(core, aead, () => performance.now());
        senders = new Map();
        receiverSenders.clear();
        rids = {};
        scope.postMessage({ type: "begun", number: data.number, hpkePublicKey: toBase64Url(session.hpkePublicKey), senderNonce: toBase64Url(session.senderNonce) });
        break;
      case "joined":
        if (session?.joined(fromBase64Url(data.meetingUuid), data.participant, data.senderIndex) !== SealhallError.ok) throw new Error("there are no keys for this join");
        setRoster(data.roster);
        for (const sealed of data.generations) {
          if (addGeneration(sealed)) scope.postMessage({ type: "key_ready", generation: sealed.generation });
        }
        session?.activate(data.active);
        scope.postMessage({ type: "active", generation: session?.activeGeneration ?? 0 });
        break;
      case "generation":
        if (addGeneration(data.sealed)) scope.postMessage({ type: "key_ready", generation: data.sealed.generation });
        break;
      case "activate":
        session?.activate(data.generation);
        scope.postMessage({ type: "active", generation: session?.activeGeneration ?? 0 });
        break;
      case "roster":
        setRoster(data.roster);
        break;
      case "ssrcs":
        rids = data.rids;
        break;
      case "streams":
        connect(data);
        break;
      case "stats":
        session?.advance();
        scope.postMessage({ type: "stats", counts: { ...counts, opened: session?.counts() ?? {} }, activeGeneration: session?.activeGeneration ?? 0 });
        break;
    }
  } catch (error) {
    scope.postMessage({ type: "failed", message: String(error) });
  }
};

/** Frames leave sealed or not at all. */
function sealing(options: Extract<TransformOptions, { direction: "send" }>): TransformStream<EncodedFrame, EncodedFrame> {
  const video = options.source === "camera" || options.source === "share";
  return new TransformStream({
    async transform(frame, controller) {
      const { synchronizationSource, payloadType } = frame.getMetadata();
      const rid = video ? (rids[synchronizationSource ?? 0] ?? "") : "";
      const context = contextOf(options.source, rid);
      const data = new Uint8Array(frame.data);
      if (!session || context === undefined || data.length === 0) {
        counts.notSealed += 1;
        return;
      }
      try {
        const sealed = await session.sealFrame(context, video ? codecOfPayload(payloadType) : undefined, data);
        frame.data = sealed.buffer;
        counts.sealed += 1;
        controller.enqueue(frame);
      } catch {
        counts.notSealed += 1;
      }
    },
  });
}

/** A frame that does not open is dropped; the core has counted why. */
function opening(options: Extract<TransformOptions, { direction: "receive" }>): TransformStream<EncodedFrame, EncodedFrame> {
  return new TransformStream({
    async transform(frame, controller) {
      const data = new Uint8Array(frame.data);
      if (!session || data.length === 0) return;
      try {
        const opened = await session.openFrame(options.video ? codecOfPayload(frame.getMetadata().payloadType) : undefined, data);
        const sender = `${opened.senderIndex}/${opened.context}`;
        if (receiverSenders.get(options.receiver) !== sender) {
          receiverSenders.set(options.receiver, sender);
          scope.postMessage({ type: "receiver_sender", receiver: options.receiver, senderIndex: opened.senderIndex, context: opened.context });
        }
        frame.data = opened.data.buffer;
        controller.enqueue(frame);
      } catch {
        // dropped
      }
    },
  });
}

function connect({ readable, writable, options }: ScriptTransformer): void {
  const stream = options.direction === "send" ? sealing(options) : opening(options);
  void readable.pipeThrough(stream).pipeTo(writable).catch(() => undefined);
}

scope.onrtctransform = ({ transformer }) => connect(transformer);
