// The order in which a connection is made, with a browser that is pretended: no frame may pass a sender or a receiver before its
// transform is set, and the server is told our end before the first check leaves.
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MediaConnection } from "../src/media/connection";
import { cameraLayers, layersOf } from "../src/media/layers";
import { udpAnswers } from "../src/media/probe";
import { MediaSession } from "../src/media/session";
import { noCore, pretend, PretendedConnection, serverEnd } from "./pretended";

const log: string[] = [];

class Transform {
  constructor(readonly worker: unknown, readonly options: { direction: string }) {}
}
let made: FakeConnection[] = [];
let refuses = false;
/** What the statistics have besides the streams. */
let counted: { id: string; type: string; [more: string]: unknown }[] = [];
class FakeConnection extends PretendedConnection {
  readonly told: RTCIceCandidateInit[] = [];
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    made.push(this);
  }
  /** A browser that leaves a section out makes no transceiver for it. */
  protected override taken(mids: string[]): string[] {
    return refuses ? mids.slice(1) : mids;
  }
  override setRemoteDescription(offer: { sdp: string }): Promise<void> {
    const done = super.setRemoteDescription(offer);
    log.push(`in the event ${this.unguarded().length} are without`);
    return done;
  }
  override async setLocalDescription(): Promise<void> {
    log.push(`local, ${this.unguarded().length} are without`);
  }
  override async getStats(): Promise<Map<string, object>> {
    return new Map([
      ["a", { type: "outbound-rtp", kind: "video", mid: "1", rid: "h", ssrc: 20, rtxSsrc: 21 }],
      ["b", { type: "outbound-rtp", kind: "video", mid: "1", rid: "q", ssrc: 10, rtxSsrc: 11 }],
      ...counted.map((s): [string, object] => [s.id, s]),
    ]);
  }
  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    this.told.push(candidate);
  }
  private unguarded = () => this.transceivers.filter((t) => (t.direction === "sendonly" ? t.sender : t.receiver).transform === null);
}

const server = serverEnd("sErv");

beforeEach(() => {
  log.length = 0;
  made = [];
  counted = [];
  refuses = false;
  pretend(FakeConnection, Transform);
});

afterEach(() => void vi.restoreAllMocks());

test("transforms are there in the step that makes senders and receivers, and our end is said before anything flows", async () => {
  const connection = new MediaConnection({} as Worker, server, 640);
  const tracks = await connection.start((mine) => log.push(`said ${mine.ice_ufrag}`));
  expect(log).toEqual(["in the event 0 are without", "said frag", "local, 0 are without"]);
  expect(tracks.map(({ slot, video }) => ({ slot, video }))).toEqual([{ slot: 0, video: false }, { slot: 1, video: true }]);
});

test("a browser that leaves something out begins nothing", async () => {
  refuses = true;
  const connection = new MediaConnection({} as Worker, server, 640);
  await expect(connection.start(() => log.push("said"))).rejects.toThrow();
  expect(log).not.toContain("said");
});

test("layers are known from the statistics where the answer does not name them, small to large", async () => {
  const connection = new MediaConnection({} as Worker, server, 640);
  await connection.start(() => undefined);
  const { sources, rids } = await connection.published(["audio", "camera"], { width: 640, height: 360 });
  expect(sources.find((s) => s.kind === "camera")?.encodings).toMatchObject([
    { rid: "q", ssrc: 10, rtx_ssrc: 11, width: 320, height: 180 }, { rid: "h", ssrc: 20, rtx_ssrc: 21, width: 640, height: 360 },
  ]);
  expect(rids).toMatchObject({ 10: "q", 20: "h" });
});

test("another transport of the same join: other receivers, the connection before is closed, what is sent goes on", async () => {
  const said: { type: string }[] = [];
  const seen: number[][] = [];
  const session = new MediaSession(noCore, {
    send: (message) => said.push(message), tracks: (tracks) => seen.push(tracks.map((t) => t.receiver)), state: () => undefined, rejoin: () => undefined,
  });
  await session.open(server);
  await session.open({ ...server, transport: { ...server.transport, ice_ufrag: "othr" } });
  expect(made.map((c) => c.connectionState)).toEqual(["closed", "new"]);
  expect(said.map((m) => m.type)).toEqual(["client_transport", "publish", "client_transport", "publish"]);
  expect(said.filter((m) => m.type === "client_transport")).toMatchObject([{ answers: "sErv" }, { answers: "othr" }]);
  expect(new Set(seen.flat()).size).toBe(4);
  session.close();
});

test("a camera that is switched on later, or changed, is coded and announced by its own size", async () => {
  const said: { type: string; sources?: { kind: string; encodings: { rid: string; height: number; max_bitrate_bps: number }[] }[] }[] = [];
  const session = new MediaSession(noCore, { send: (message) => said.push(message as never), tracks: () => undefined, state: () => undefined, rejoin: () => undefined });
  const camera = (width: number, height: number) => ({ getSettings: () => ({ width, height }) }) as unknown as MediaStreamTrack;
  const announced = () => said.splice(0).filter((m) => m.type === "publish").map((m) => m.sources!.find((s) => s.kind === "camera")!.encodings.map((e) => [e.rid, e.height, e.max_bitrate_bps]));
  await session.send("camera", null);
  await session.open(server);
  expect(announced()).toEqual([[["q", 180, 200_000], ["h", 360, 700_000]]]);
  await session.send("camera", camera(1280, 720));
  expect(announced()).toEqual([[["q", 180, 150_000], ["h", 720, 1_700_000]]]);
  await session.send("camera", camera(1280, 720));
  expect(announced()).toEqual([]);
  await session.send("camera", camera(640, 360));
  expect(announced()).toEqual([[["q", 180, 200_000], ["h", 360, 700_000]]]);
  session.close();
});

test("of three layers that a connection began with a smaller camera leaves out what it does not give", () => {
  expect(layersOf(640, cameraLayers(1280))).toEqual(cameraLayers(1280));
  expect(layersOf(1920, cameraLayers(1280))).toEqual(cameraLayers(1280));
});

test("when what we send stays without any answer, another transport is asked for, once", async () => {
  let now = 0;
  let tick = (): void => undefined;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  Object.assign(window, { setInterval: (act: () => void) => void (tick = act) });
  const said: string[] = [];
  const session = new MediaSession(noCore, { send: (message) => said.push(message.type), tracks: () => undefined, state: () => undefined, rejoin: () => said.push("rejoin") });
  await session.open(server);
  made[0]!.connectionState = "connected";
  made[0]!.onconnectionstatechange?.();
  said.length = 0;
  const seconds = async (count: number, answered: boolean): Promise<void> => {
    for (const end = now + 1000 * count; now < end; ) {
      now += 200;
      const before = Number(counted.find((s) => s.id === "P")?.["bytesReceived"] ?? 0);
      counted = [
        { id: "T", type: "transport", selectedCandidatePairId: "P" },
        { id: "P", type: "candidate-pair", bytesReceived: before + (answered ? 100 : 0) },
        { id: "O", type: "outbound-rtp", packetsSent: now / 20 },
      ];
      tick();
      await setImmediate();
    }
  };
  await seconds(10, true);
  expect(said).toEqual([]);
  await seconds(1, false);
  expect(said).toEqual(["renew_transport"]);
  await seconds(2, false);
  expect(said).toEqual(["renew_transport"]);
  session.close();
});

test("on TLS it is asked beside what flows whether UDP works; then the browser is told to try it, and gets a new transport when it does not", async () => {
  let now = 0;
  let tick = (): void => undefined;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  Object.assign(window, { setInterval: (act: () => void) => void (tick = act) });
  const said: string[] = [];
  const session = new MediaSession(noCore, { send: (message) => said.push(message.type), tracks: () => undefined, state: () => undefined, rejoin: () => said.push("rejoin") });
  const udp = { address: "192.0.2.7", port: 3478 };
  await session.open({ ...server, transport: { ...server.transport, candidates: [udp] } });
  const media = made[0]!;
  media.connectionState = "connected";
  media.onconnectionstatechange?.();
  said.length = 0;
  const seconds = async (count: number): Promise<void> => {
    for (const end = now + 1000 * count; now < end; ) {
      now += 200;
      counted = [
        { id: "T", type: "transport", selectedCandidatePairId: "P" }, { id: "P", type: "candidate-pair", localCandidateId: "L", bytesReceived: now },
        { id: "L", type: "local-candidate", candidateType: "relay", relayProtocol: "tls" },
      ];
      tick();
      await setImmediate();
    }
  };
  await seconds(11);
  expect(made).toHaveLength(2);
  const asking = made[1]!;
  expect(asking.configuration).toBeUndefined();
  expect(asking.offer).toContain("a=ice-ufrag:sErv");
  expect(asking.offer).not.toMatch(/^m=(audio|video)/m);
  await seconds(2);
  expect(said).toEqual([]);
  expect(media.told).toEqual([]);

  asking.iceConnectionState = "connected";
  asking.oniceconnectionstatechange?.();
  await seconds(1);
  expect(asking.connectionState).toBe("closed");
  expect(media.connectionState).toBe("connected");
  expect(media.told).toMatchObject([{ candidate: expect.stringContaining("192.0.2.7 3478"), sdpMid: "0" }]);
  expect(said).toEqual([]);
  await seconds(4);
  expect(said).toEqual(["renew_transport"]);
  expect(made).toHaveLength(2);
  session.close();
});

test("a question whether UDP works leaves nothing with the signal that outlives it", async () => {
  const signal = new AbortController().signal;
  const listening = new Set<unknown>();
  vi.spyOn(signal, "addEventListener").mockImplementation((_: string, heard: unknown) => void listening.add(heard));
  vi.spyOn(signal, "removeEventListener").mockImplementation((_: string, heard: unknown) => void listening.delete(heard));
  const answered = udpAnswers(server.transport, signal);
  expect(listening.size).toBe(1);
  await setImmediate();
  made[0]!.iceConnectionState = "connected";
  made[0]!.oniceconnectionstatechange?.();
  expect(await answered).toBe(true);
  expect(listening.size).toBe(0);
  expect(made[0]!.connectionState).toBe("closed");
});

test("the time limit and the signal answer a question, too, with no", async () => {
  let late = (): void => undefined;
  Object.assign(window, { setTimeout: (act: () => void) => void (late = act) });
  const never = udpAnswers(server.transport, new AbortController().signal);
  late();
  expect(await never).toBe(false);
  const leaves = new AbortController();
  const ended = udpAnswers(server.transport, leaves.signal);
  leaves.abort();
  expect(await ended).toBe(false);
  expect(made.map((c) => c.connectionState)).toEqual(["closed", "closed"]);
});

test("where the browser makes no further connection, the session says so and keeps none that is closed", async () => {
  const session = new MediaSession(noCore, { send: () => undefined, tracks: () => undefined, state: () => undefined, rejoin: () => undefined });
  await session.open(server);
  expect(session.stats()).toBeDefined();
  globalThis.RTCPeerConnection = class {
    constructor() {
      throw new Error("Cannot create so many PeerConnections");
    }
  } as unknown as typeof RTCPeerConnection;
  await expect(session.open(server)).rejects.toThrow("so many");
  expect(session.stats()).toBeUndefined();
  session.close();
});
