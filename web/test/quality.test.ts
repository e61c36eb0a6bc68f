import { describe, expect, it } from "vitest";
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
  roundTripMs: 40, lossUpPercent: 0, lossDownPercent: 0, jitterMs: 5, upBps: 1e6, downBps: 1e6, availableUpBps: 2e6, framesDropped: 0, framesDecoded: 60, limitation: "none",
  sentHeight: 360, sentFramesPerSecond: 30, path: "udp", srtpCipher: "AEAD_AES_256_GCM", dtlsCipher: "", tlsVersion: "", incoming: [],
};

describe("quality", () => {
  it("reads what two seconds changed", () => {
    const q = qualityOf(call(12), call(10));
    expect(q).toMatchObject({ path: "udp", limitation: "cpu", sentHeight: 360, srtpCipher: "AEAD_AES_256_GCM", framesDecoded: 60, availableUpBps: 2_500_000 });
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
  it("marks a tile by its own flow", () => {
    const flow = { track: "x", video: true, bitrate: 1, lossPercent: 0, jitterMs: 1, framesPerSecond: 30, freezes: 0 };
    expect(gradeOfIncoming(flow)).toBe("good");
    expect(gradeOfIncoming({ ...flow, lossPercent: 3 })).toBe("fair");
    expect(gradeOfIncoming({ ...flow, freezes: 2 })).toBe("bad");
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
