import { describe, expect, it } from "vitest";
import { expectsPictures, type Known, Receiving, silentBefore } from "../src/stage/receiving";
import { badBefore, findings, goodBefore, gradeOf, gradeOfIncoming, type Quality, qualityOf, type Reading, SharpnessCap } from "../src/stage/quality";

type Raw = Record<string, unknown> & { id: string; type: string };
const reading = (at: number, ...stats: Raw[]): Reading => new Map(stats.map((s) => [s.id, { ...s, timestamp: at }]));

/** As Chromium tells it, after `seconds` of a call with 5 % loss downwards. */
const call = (seconds: number): Reading => reading(
  seconds * 1000,
  { id: "T", type: "transport", selectedCandidatePairId: "P", srtpCipher: "AEAD_AES_256_GCM", dtlsCipher: "TLS_ECDHE", tlsVersion: "FEFD" },
  { id: "P", type: "candidate-pair", nominated: true, currentRoundTripTime: 0.042, availableOutgoingBitrate: 2_500_000, localCandidateId: "L" },
  { id: "L", type: "local-candidate", candidateType: "host", protocol: "udp" },
  { id: "I1", type: "inbound-rtp", kind: "video", trackIdentifier: "one", bytesReceived: 100_000 * seconds, packetsReceived: 95 * seconds, packetsLost: 5 * seconds, jitter: 0.012, framesDecoded: 30 * seconds, framesDropped: 0, framesPerSecond: 30, freezeCount: 0 },
  { id: "I2", type: "inbound-rtp", kind: "video", trackIdentifier: "asleep", bytesReceived: 0, packetsReceived: 0, packetsLost: 0, jitter: 9, framesDecoded: 0, framesDropped: 0 },
  { id: "O1", type: "outbound-rtp", kind: "video", active: true, bytesSent: 50_000 * seconds, framesSent: 30 * seconds, frameHeight: 360, framesPerSecond: 30, qualityLimitationReason: "cpu" },
  { id: "O2", type: "outbound-rtp", kind: "video", active: true, bytesSent: 10_000 * seconds, framesSent: 30 * seconds, frameHeight: 180, framesPerSecond: 30, qualityLimitationReason: "none" },
  { id: "R1", type: "remote-inbound-rtp", fractionLost: 0.01, roundTripTime: 0.05 },
);

const fine: Quality = {
  roundTripMs: 40, lossUpPercent: 0, lossDownPercent: 0, jitterMs: 5, upBps: 1e6, downBps: 1e6, availableUpBps: 2e6, framesDropped: 0, framesDecoded: 60, videoPackets: 190, notReceiving: false, limitation: "none",
  sentHeight: 360, sentFramesPerSecond: 30, path: "udp", srtpCipher: "AEAD_AES_256_GCM", dtlsCipher: "", tlsVersion: "", incoming: [],
};

describe("quality", () => {
  it("reads what two seconds changed", () => {
    const q = qualityOf(call(12), call(10));
    expect(q).toMatchObject({ path: "udp", limitation: "cpu", sentHeight: 360, srtpCipher: "AEAD_AES_256_GCM", framesDecoded: 60, availableUpBps: 2_500_000, videoPackets: 190 });
    expect(q.roundTripMs).toBeCloseTo(42);
    expect(q.lossDownPercent).toBeCloseTo(5);
    expect(q.lossUpPercent).toBeCloseTo(1);
    expect(q.downBps).toBeCloseTo(800_000);
    expect(q.upBps).toBeCloseTo(480_000);
    // A slot in which nothing comes says nothing about jitter.
    expect(q.jitterMs).toBeCloseTo(12);
    expect(q.incoming.find((i) => i.track === "one")?.lossPercent).toBeCloseTo(5);
  });
  it("says nothing of what nobody has measured, and survives an empty report", () => {
    const q = qualityOf(new Map(), new Map());
    expect(q).toMatchObject({ roundTripMs: null, lossUpPercent: null, lossDownPercent: null, jitterMs: null, path: "unknown", upBps: 0 });
    expect(findings(q)).toEqual([]);
    expect(gradeOf(q)).toBe("good");
  });
  it("knows a relay over TLS by what Chromium says of it", () => {
    const now = reading(1, { id: "P", type: "candidate-pair", nominated: true, localCandidateId: "L" }, { id: "L", type: "local-candidate", candidateType: "prflx", protocol: "udp", relayProtocol: "tls" });
    expect(qualityOf(now, new Map()).path).toBe("tls");
  });
});

describe("findings", () => {
  it("has nothing to say about a good connection, and a relay alone makes none bad", () => {
    expect(findings(fine)).toEqual([]);
    expect(gradeOf({ ...fine, path: "tls" })).toBe("good");
    expect(findings({ ...fine, path: "tls" })).toEqual([{ finding: "relay", grade: "fair" }]);
  });
  it("says the worst first", () => {
    const found = findings({ ...fine, lossUpPercent: 3, lossDownPercent: 20, limitation: "bandwidth" });
    expect(found[0]).toEqual({ finding: "lossDown", grade: "bad" });
    expect(found.map((f) => f.finding).sort()).toEqual(["bandwidth", "lossDown", "lossUp"]);
    expect(gradeOf({ ...fine, roundTripMs: 300 })).toBe("fair");
  });
  it("says before all else that nothing is received", () => {
    expect(findings({ ...fine, lossUpPercent: 20, notReceiving: true }).map((f) => f.finding)).toEqual(["notReceiving", "lossUp"]);
    expect(gradeOf({ ...fine, notReceiving: true })).toBe("bad");
  });
  it("marks a tile by its own flow", () => {
    const flow = { track: "x", video: true, bitrate: 1, lossPercent: 0, jitterMs: 1, framesPerSecond: 30, freezes: 0 };
    expect(gradeOfIncoming(flow)).toBe("good");
    expect(gradeOfIncoming({ ...flow, lossPercent: 3 })).toBe("fair");
    expect(gradeOfIncoming({ ...flow, freezes: 2 })).toBe("bad");
  });
});

describe("receiving", () => {
  type Entry = Known["roster"] extends ReadonlyMap<number, infer E> ? E : never;
  const shows: Entry = { connected: true, sources: ["camera"], video_muted: false };
  const expects = (entry: Entry, kind: "camera" | "share" | "audio" = "camera") =>
    expectsPictures({ assignments: new Map([[1, {}], [2, { participant: 7, kind }]]), roster: new Map([[7, entry]]) });
  it("expects pictures of who is in a slot, connected, and shows something", () => {
    expect(expects(shows)).toBe(true);
    expect(expects({ ...shows, sources: ["share"] }, "share")).toBe(true);
    expect([expects({ ...shows, video_muted: true }), expects({ ...shows, connected: false }), expects({ ...shows, sources: [] }), expects(shows, "share"), expects(shows, "audio")]).toEqual([false, false, false, false, false]);
    expect(expectsPictures({ assignments: new Map(), roster: new Map([[7, shows]]) })).toBe(false);
    expect(expectsPictures({ assignments: new Map([[1, { participant: 8, kind: "camera" as const }]]), roster: new Map([[7, shows]]) })).toBe(false);
  });
  it("complains after some readings without a packet, and not when nothing is expected", () => {
    const receiving = new Receiving();
    for (let k = 1; k < silentBefore; ++k) expect(receiving.feed(true, 0)).toBe(false);
    expect(receiving.feed(true, 0)).toBe(true);
    expect(receiving.feed(true, 1)).toBe(false);
    for (let k = 0; k < 10; ++k) expect(receiving.feed(false, 0)).toBe(false);
    expect(receiving.feed(true, 0)).toBe(false);
  });
});

describe("sharpness", () => {
  const bad = { lossDownPercent: 20, framesDropped: 0, framesDecoded: 60 };
  const good = { lossDownPercent: 0, framesDropped: 0, framesDecoded: 60 };
  it("goes down after a bad while, not after one bad reading, and has a lowest step", () => {
    const cap = new SharpnessCap();
    expect(cap.feed(bad)).toBe(720);
    expect(cap.feed(good)).toBe(720);
    for (let k = 0; k < badBefore; ++k) cap.feed(bad);
    expect(cap.height).toBe(360);
    for (let k = 0; k < 20; ++k) cap.feed(bad);
    expect(cap.height).toBe(180);
  });
  it("comes back only after a long good time", () => {
    const cap = new SharpnessCap();
    for (let k = 0; k < badBefore; ++k) cap.feed(bad);
    for (let k = 0; k < goodBefore - 1; ++k) cap.feed(good);
    expect(cap.height).toBe(360);
    expect(cap.feed(good)).toBe(720);
  });
  it("sees a computer that cannot keep up", () => {
    const cap = new SharpnessCap();
    for (let k = 0; k < badBefore; ++k) cap.feed({ lossDownPercent: 0, framesDropped: 40, framesDecoded: 60 });
    expect(cap.height).toBe(360);
  });
});
