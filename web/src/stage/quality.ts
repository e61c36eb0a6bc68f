// How good the connection is, from two readings of getStats, and what to do about it. Pure: monitor.ts takes the readings.

type Stat = Record<string, unknown> & { id: string; type: string; timestamp: number };
export type Reading = ReadonlyMap<string, Stat>;

/** One flow of pictures or sound of somebody else. */
export interface Incoming {
  /** The receiver's track, by which it is found again. */
  track: string;
  video: boolean;
  bitrate: number;
  lossPercent: number;
  jitterMs: number;
  framesPerSecond: number;
  freezes: number;
}

export interface Quality {
  roundTripMs: number | null;
  /** Of what we send, as the server tells. */
  lossUpPercent: number | null;
  lossDownPercent: number | null;
  jitterMs: number | null;
  upBps: number;
  downBps: number;
  /** What the browser believes it can send. */
  availableUpBps: number | null;
  framesDropped: number;
  framesDecoded: number;
  /** Packets with pictures of others. */
  videoPackets: number;
  /** Pictures are expected and none comes (receiving.ts). */
  notReceiving: boolean;
  /** Why our picture is worse than it could be. */
  limitation: "none" | "cpu" | "bandwidth" | "other";
  sentHeight: number;
  sentFramesPerSecond: number;
  path: "udp" | "tcp" | "tls" | "unknown";
  srtpCipher: string;
  dtlsCipher: string;
  tlsVersion: string;
  incoming: readonly Incoming[];
}

const num = (stat: Stat | undefined, key: string): number => (typeof stat?.[key] === "number" ? (stat[key] as number) : 0);
const maybe = (stat: Stat | undefined, key: string): number | null => (typeof stat?.[key] === "number" ? (stat[key] as number) : null);
const text = (stat: Stat | undefined, key: string): string => (typeof stat?.[key] === "string" ? (stat[key] as string) : "");

function grown(now: Stat, before: Reading, key: string): number {
  return Math.max(0, num(now, key) - num(before.get(now.id), key));
}

const share = (part: number, rest: number): number => (part + rest > 0 ? (100 * part) / (part + rest) : 0);

export function qualityOf(now: Reading, before: Reading): Quality {
  const all = [...now.values()];
  const of = (type: string) => all.filter((s) => s.type === type);
  const transport = of("transport")[0];
  const pair = now.get(text(transport, "selectedCandidatePairId")) ?? of("candidate-pair").find((s) => s["nominated"] === true);
  const local = now.get(text(pair, "localCandidateId"));
  const seconds = (s: Stat) => Math.max(0.001, (s.timestamp - (before.get(s.id)?.timestamp ?? s.timestamp - 1000)) / 1000);
  const rate = (list: Stat[], key: string) => list.reduce((sum, s) => sum + (8 * grown(s, before, key)) / seconds(s), 0);

  const inbound = of("inbound-rtp");
  const outbound = of("outbound-rtp");
  const remote = of("remote-inbound-rtp");
  const incoming = inbound.map((s): Incoming => ({
    track: text(s, "trackIdentifier"), video: s["kind"] === "video", bitrate: rate([s], "bytesReceived"),
    lossPercent: share(grown(s, before, "packetsLost"), grown(s, before, "packetsReceived")), jitterMs: num(s, "jitter") * 1000,
    framesPerSecond: num(s, "framesPerSecond"), freezes: grown(s, before, "freezeCount"),
  }));
  const alive = inbound.filter((s) => grown(s, before, "packetsReceived") > 0);
  const sum = (list: Stat[], key: string) => list.reduce((total, s) => total + grown(s, before, key), 0);
  const reported = remote.map((s) => maybe(s, "fractionLost")).filter((v) => v !== null);
  const cameras = outbound.filter((s) => s["kind"] === "video" && s["active"] !== false && grown(s, before, "framesSent") > 0);
  const largest = cameras.reduce<Stat | undefined>((best, s) => (num(s, "frameHeight") > num(best, "frameHeight") ? s : best), undefined);
  const reasons = cameras.map((s) => text(s, "qualityLimitationReason"));
  const roundTrip = maybe(pair, "currentRoundTripTime") ?? maybe(remote.find((s) => maybe(s, "roundTripTime") !== null), "roundTripTime");
  const protocol = text(local, "candidateType") === "relay" || text(local, "relayProtocol") !== "" ? text(local, "relayProtocol") || text(local, "protocol") : text(local, "protocol");
  return {
    roundTripMs: roundTrip === null ? null : roundTrip * 1000,
    lossUpPercent: reported.length > 0 ? 100 * Math.max(...reported) : null,
    lossDownPercent: alive.length > 0 ? share(sum(alive, "packetsLost"), sum(alive, "packetsReceived")) : null,
    jitterMs: alive.length > 0 ? Math.max(...alive.map((s) => num(s, "jitter"))) * 1000 : null,
    upBps: rate(outbound, "bytesSent"), downBps: rate(inbound, "bytesReceived"),
    availableUpBps: maybe(pair, "availableOutgoingBitrate"),
    framesDropped: sum(inbound, "framesDropped"), framesDecoded: sum(inbound, "framesDecoded"),
    videoPackets: sum(inbound.filter((s) => s["kind"] === "video"), "packetsReceived"), notReceiving: false,
    limitation: reasons.includes("cpu") ? "cpu" : reasons.includes("bandwidth") ? "bandwidth" : reasons.includes("other") ? "other" : "none",
    sentHeight: num(largest, "frameHeight"), sentFramesPerSecond: num(largest, "framesPerSecond"),
    path: protocol === "udp" || protocol === "tcp" || protocol === "tls" ? protocol : "unknown",
    srtpCipher: text(transport, "srtpCipher"), dtlsCipher: text(transport, "dtlsCipher"), tlsVersion: text(transport, "tlsVersion"),
    incoming,
  };
}

export type Grade = "good" | "fair" | "bad";
export type Finding = "lossUp" | "lossDown" | "slow" | "jitter" | "cpuSend" | "cpuReceive" | "bandwidth" | "relay" | "notReceiving";

/** What is worth saying, the worst first. Where a sentence begins is where people begin to notice. */
export function findings(q: Quality): { finding: Finding; grade: Grade }[] {
  const found: { finding: Finding; grade: Grade }[] = [];
  const add = (finding: Finding, value: number | null, fair: number, bad: number) => {
    if (value !== null && value >= fair) found.push({ finding, grade: value >= bad ? "bad" : "fair" });
  };
  if (q.notReceiving) found.push({ finding: "notReceiving", grade: "bad" });
  add("lossUp", q.lossUpPercent, 2, 8);
  add("lossDown", q.lossDownPercent, 2, 8);
  add("slow", q.roundTripMs, 250, 600);
  add("jitter", q.jitterMs, 40, 120);
  if (q.limitation === "cpu") found.push({ finding: "cpuSend", grade: "fair" });
  if (q.limitation === "bandwidth") found.push({ finding: "bandwidth", grade: "fair" });
  if (q.framesDecoded > 10) add("cpuReceive", (100 * q.framesDropped) / q.framesDecoded, 10, 30);
  if (q.path === "tls" || q.path === "tcp") found.push({ finding: "relay", grade: "fair" });
  return found.sort((a, b) => Number(b.grade === "bad") - Number(a.grade === "bad"));
}

export function gradeOf(q: Quality): Grade {
  const found = findings(q).filter((f) => f.finding !== "relay");
  return found.some((f) => f.grade === "bad") ? "bad" : found.length > 0 ? "fair" : "good";
}

export function gradeOfIncoming(flow: Incoming): Grade {
  if (flow.lossPercent >= 8 || flow.freezes > 1) return "bad";
  return flow.lossPercent >= 2 || flow.freezes > 0 ? "fair" : "good";
}

const steps = [180, 360, 720] as const;
/** Readings in a row. Down at once when it is bad for a while; up only after a long good time, so that it does not swing. */
export const badBefore = 3;
export const goodBefore = 10;

/** How high pictures may be that we ask for, as the network takes them. One reading after the other. */
export class SharpnessCap {
  private bad = 0;
  private good = 0;
  private at = steps.length - 1;

  get height(): 180 | 360 | 720 {
    return steps[this.at]!;
  }

  feed(q: Pick<Quality, "lossDownPercent" | "framesDropped" | "framesDecoded">): number {
    const loss = q.lossDownPercent ?? 0;
    const tooMuch = loss >= 8 || (q.framesDecoded > 10 && q.framesDropped / q.framesDecoded > 0.3);
    this.bad = tooMuch ? this.bad + 1 : 0;
    this.good = !tooMuch && loss < 2 ? this.good + 1 : 0;
    if (this.bad >= badBefore && this.at > 0) {
      this.at -= 1;
      this.bad = 0;
    } else if (this.good >= goodBefore && this.at < steps.length - 1) {
      this.at += 1;
      this.good = 0;
    }
    return this.height;
  }
}
