// A browser that is pretended, as far as media asks it: a connection that answers as Chromium did, with its senders and
// receivers. Tests extend it by what they look at.
import { readFileSync } from "node:fs";
import type { CoreWorker } from "../src/core/client";

export interface Encoding {
  rid?: string;
  active?: boolean;
  codec?: { mimeType: string };
  scalabilityMode?: string;
}

export class PretendedSender {
  transform: object | null = null;
  encodings: Encoding[] = [];
  constructor(readonly mid: string) {}
  getParameters(): { codecs: object[]; encodings: Encoding[] } {
    return { codecs: [], encodings: this.encodings.map((e) => ({ ...e })) };
  }
  async setParameters(_parameters: { encodings: Encoding[] }): Promise<void> {}
  async replaceTrack(): Promise<void> {}
}
interface Transceiver {
  mid: string;
  direction: string;
  sender: PretendedSender;
  receiver: { transform: object | null; track: object };
}

export class PretendedConnection {
  protected transceivers: Transceiver[] = [];
  ontrack: ((event: object) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  connectionState = "new";
  iceConnectionState = "new";
  offer = "";
  constructor(readonly configuration?: RTCConfiguration) {}

  /** Of the offer's sections those that become transceivers. */
  protected taken(mids: string[]): string[] {
    return mids;
  }
  protected makeSender(mid: string): PretendedSender {
    return new PretendedSender(mid);
  }
  protected answer(): string {
    return readFileSync(new URL("golden/chromium_answer.sdp", import.meta.url), "utf8").replaceAll("\n", "\r\n");
  }

  getTransceivers(): Transceiver[] {
    return this.transceivers;
  }
  /** All of it happens in the call. */
  async setRemoteDescription({ sdp }: { sdp: string }): Promise<void> {
    this.offer = sdp;
    const mids = [...sdp.matchAll(/a=mid:(\d+)/g)].map((found) => found[1]!);
    this.transceivers = this.taken(mids).map((mid) => ({ mid, direction: "recvonly", sender: this.makeSender(mid), receiver: { transform: null, track: {} } }));
    this.ontrack?.({});
  }
  async createAnswer(): Promise<{ type: string; sdp: string }> {
    return { type: "answer", sdp: this.answer() };
  }
  async setLocalDescription(): Promise<void> {}
  async getStats(): Promise<Map<string, object>> {
    return new Map();
  }
  close(): void {
    this.connectionState = "closed";
  }
}

/** The page that `connection` is the browser of; its timers do nothing. */
export function pretend(connection: unknown, transform: unknown): void {
  const window = Object.assign(new EventTarget(), { setInterval: () => 0, clearInterval: () => undefined, setTimeout: () => 0, clearTimeout: () => undefined });
  Object.assign(globalThis, { RTCPeerConnection: connection, RTCRtpScriptTransform: transform, location: { hostname: "h", port: "" }, window });
}

export const noCore = { worker: {}, send: () => undefined } as unknown as CoreWorker;

/** What a server says of its end: one slot of each kind. */
export const serverEnd = (ufrag: string) => ({
  transport: { ice_ufrag: ufrag, ice_password: "p".repeat(24), dtls_fingerprint: "sha-256 AB", candidates: [] },
  relay: { username: "u", password: "p", realm: "r" },
  slots: [{ slot: 0, video: false, ssrc: 1, rtx_ssrc: 0 }, { slot: 1, video: true, ssrc: 2, rtx_ssrc: 3 }],
});
