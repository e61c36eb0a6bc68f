// When a new transport is asked for: no sleeping, the time is an argument.
import { expect, test } from "vitest";
import { PathWatch } from "../src/media/path_watch";
import { type Traffic, trafficOf } from "../src/media/silence";

function connected(): PathWatch {
  const watch = new PathWatch();
  watch.started(0);
  watch.connection("connecting", 10);
  watch.connection("connected", 100);
  return watch;
}

test("while media flows nothing is asked for", () => {
  const watch = connected();
  for (const now of [100, 10_000, 1_000_000]) expect(watch.due(now)).toBeUndefined();
});

test("a disconnection has a second to end by itself", () => {
  const watch = connected();
  watch.connection("disconnected", 5000);
  expect(watch.due(5900)).toBeUndefined();
  watch.connection("connected", 5950);
  expect(watch.due(9000)).toBeUndefined();
  watch.connection("disconnected", 10_000);
  expect(watch.due(11_000)).toBe("renew");
});

test("failure does not wait, and is asked about once", () => {
  const watch = connected();
  watch.connection("failed", 5000);
  expect(watch.due(5000)).toBe("renew");
  expect(watch.due(5500)).toBeUndefined();
  watch.started(5600);
  expect(watch.due(5700)).toBeUndefined();
});

test("a server that brings no new transport is joined again", () => {
  const watch = connected();
  watch.connection("failed", 5000);
  watch.due(5000);
  expect(watch.due(8900)).toBeUndefined();
  expect(watch.due(9000)).toBe("rejoin");
});

test("a network that is back brings a new transport at once; none is asked for while there is no network", () => {
  const watch = connected();
  watch.network(false);
  watch.connection("failed", 3000);
  expect(watch.due(9000)).toBeUndefined();
  watch.network(true);
  expect(watch.due(9001)).toBe("renew");
  expect(watch.due(9002)).toBeUndefined();
});

test("a better way brings a new transport, once", () => {
  const watch = connected();
  watch.better();
  expect(watch.due(5000)).toBe("renew");
  watch.started(5200);
  watch.connection("connected", 5300);
  expect(watch.due(60_000)).toBeUndefined();
});

test("a new transport that does not come up in time is asked for again", () => {
  const watch = new PathWatch();
  watch.started(0);
  watch.connection("connecting", 50);
  expect(watch.due(7900)).toBeUndefined();
  expect(watch.due(8100)).toBe("renew");
});

/** Readings of a connection every 200 ms, until `watch` wants something or the time is `to`; the time it wants it. */
class Call {
  private traffic: Traffic = { pair: "P", received: 0, sent: 0, roundTripMs: 40, relayed: false };
  now = 100;

  constructor(readonly watch: PathWatch, more: Partial<Traffic> = {}) {
    Object.assign(this.traffic, more);
  }

  until(to: number, { sends = 10, comes = 1000 } = {}): number | undefined {
    while (this.now + 200 <= to) {
      this.now += 200;
      this.traffic = { ...this.traffic, sent: this.traffic.sent + sends, received: this.traffic.received + comes };
      this.watch.read(this.traffic, this.now);
      if (this.watch.due(this.now) !== undefined) return this.now;
    }
    return undefined;
  }

  over(more: Partial<Traffic>): void {
    this.traffic = { ...this.traffic, ...more };
  }
}
const dead = { comes: 0 };
const idle = { sends: 0, comes: 0 };

test("when we send and nothing at all comes, a new transport is asked for within a second", () => {
  const call = new Call(connected());
  expect(call.until(5100)).toBeUndefined();
  // The way breaks at 5100; the reading that tells is the first without anything.
  const asked = call.until(9000, dead)!;
  expect(asked).toBeGreaterThan(5700);
  expect(asked).toBeLessThanOrEqual(5900);
});

test("a burst of losses asks for nothing", () => {
  const call = new Call(connected());
  for (let k = 1; k <= 20; ++k) {
    expect(call.until(2000 * k)).toBeUndefined();
    expect(call.until(2000 * k + 600, dead)).toBeUndefined();
  }
});

test("silence says nothing while we send nothing, nor when we begin to send after it", () => {
  const call = new Call(connected());
  call.until(5000);
  expect(call.until(60_000, idle)).toBeUndefined();
  // What is sent first is answered by the next reading but one.
  expect(call.until(60_400, dead)).toBeUndefined();
  expect(call.until(70_000)).toBeUndefined();
  expect(call.until(80_000, { sends: 0, comes: 100 })).toBeUndefined();
});

test("whoever only listens is told by the browser's checks, once several stay without answer", () => {
  const call = new Call(connected());
  // Sound of others, and a check every two and a half seconds.
  for (let k = 1; k <= 5; ++k) {
    expect(call.until(2500 * k, { sends: 0, comes: 1000 })).toBeUndefined();
    expect(call.until(2500 * k + 200, { sends: 1, comes: 1000 })).toBeUndefined();
  }
  // Everybody falls silent: then there are checks alone, of which one may be lost.
  expect(call.until(15_000, idle)).toBeUndefined();
  expect(call.until(15_200, { sends: 1, comes: 0 })).toBeUndefined();
  expect(call.until(17_000, idle)).toBeUndefined();
  expect(call.until(17_200, { sends: 1, comes: 1 })).toBeUndefined();
  const broke = call.now;
  expect(call.until(broke + 2500, idle)).toBeUndefined();
  expect(call.until(broke + 4000, { sends: 2, comes: 0 })).toBeDefined();
});

test("a path with a long round trip has it on top", () => {
  const call = new Call(connected(), { roundTripMs: 1500 });
  call.until(5100);
  expect(call.until(7200, dead)).toBeUndefined();
  expect(call.until(8000, dead)).toBeDefined();
});

test("over TLS, where everything waits for one lost segment, it takes longer", () => {
  const call = new Call(connected(), { relayed: true });
  call.until(5100);
  expect(call.until(7500, dead)).toBeUndefined();
  expect(call.until(9000, dead)).toBeDefined();
});

test("a server that has answered nothing yet is not taken for dead, and another pair begins anew", () => {
  const young = new Call(connected());
  expect(young.until(6000, dead)).toBeUndefined();
  const call = new Call(connected());
  call.until(5100);
  expect(call.until(5700, dead)).toBeUndefined();
  call.over({ pair: "Q" });
  expect(call.until(6300, dead)).toBeUndefined();
});

test("a page that slept does not take its sleep for silence", () => {
  const call = new Call(connected());
  call.until(5100);
  call.now = 60_000;
  expect(call.until(60_800, dead)).toBeUndefined();
});

test("silence that a new transport does not end brings the next one later each time; after a good while it is as in the beginning", () => {
  const watch = connected();
  const call = new Call(watch);
  /** Two good seconds, then none: when it is asked for the next transport, which comes at once. */
  const next = (): number => {
    call.until(call.now + 2000);
    const at = call.until(call.now + 100_000, dead)!;
    watch.started(at);
    watch.connection("connected", at);
    return at;
  };
  const asked = [next(), next(), next(), next()];
  expect(asked.slice(1).map((at, k) => at - asked[k]!)).toEqual([10_000, 20_000, 40_000]);
  call.until(call.now + 400_000);
  const first = next();
  expect(next() - first).toBe(10_000);
});

test("nothing is joined again for silence while the browser has not given up", () => {
  const watch = connected();
  const call = new Call(watch);
  call.until(5100);
  const asked = call.until(9000, dead)!;
  for (const now of [asked + 3900, asked + 4000, asked + 4100]) expect(watch.due(now)).toBeUndefined();
  watch.connection("disconnected", asked + 5000);
  expect(watch.due(asked + 6000)).toBe("renew");
  expect(watch.due(asked + 10_000)).toBe("rejoin");
});

test("both browsers' statistics are read: the pair in use, what came over it, what left", () => {
  const report = (...stats: Record<string, unknown>[]) => new Map(stats.map((s) => [String(s["id"]), s]));
  const pair = { type: "candidate-pair", bytesReceived: 5000, responsesReceived: 7, requestsSent: 3, consentRequestsSent: 5, localCandidateId: "L" };
  const sent = [{ id: "O1", type: "outbound-rtp", packetsSent: 30 }, { id: "O2", type: "outbound-rtp", packetsSent: 12 }, { id: "O3", type: "outbound-rtp" }];
  const other = { ...pair, id: "old", bytesReceived: 9, nominated: true };
  const chromium = report({ id: "T", type: "transport", selectedCandidatePairId: "P" }, other, { ...pair, id: "P", currentRoundTripTime: 0.02 },
    { id: "L", type: "local-candidate", candidateType: "prflx", relayProtocol: "tls" }, ...sent);
  expect(trafficOf(chromium)).toEqual({ pair: "P", received: 5007, sent: 50, roundTripMs: 20, relayed: true });
  const firefox = report({ ...other, selected: false }, { id: "P", type: "candidate-pair", bytesReceived: 5000, localCandidateId: "L", selected: true }, { id: "L", candidateType: "host" }, ...sent);
  expect(trafficOf(firefox)).toEqual({ pair: "P", received: 5000, sent: 42, roundTripMs: 0, relayed: false });
  expect(trafficOf(report(...sent))).toBeUndefined();
});
