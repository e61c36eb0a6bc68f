// When a browser on TLS asks whether UDP works again, and how it goes back: no sleeping, time and chance are arguments.
import { expect, test } from "vitest";
import { type ReturnAction, UdpReturn } from "../src/media/udp_return";

/** A call that is read every 200 ms. UDP works from `works` on; a browser that `moves` by itself takes it a second after it was told to. */
class Call {
  now = 0;
  readonly did: [ReturnAction, number][] = [];
  relayed = true;
  private tells: number | undefined;

  constructor(readonly back: UdpReturn, public works: (now: number) => boolean, readonly moves: boolean) {}

  until(to: number): void {
    while (this.now < to) {
      this.now += 200;
      if (this.moves && this.tells !== undefined && this.now >= this.tells + 1000) this.relayed = false;
      this.back.read(this.relayed, this.now);
      const step = this.back.due(this.now);
      if (!step) continue;
      this.did.push([step, this.now]);
      if (step === "ask") this.back.answered(this.works(this.now), this.now);
      if (step === "move") this.tells = this.now;
      if (step === "renew") this.transport(!this.works(this.now));
    }
  }

  transport(relayed: boolean): void {
    this.back.started();
    this.relayed = relayed;
    this.tells = undefined;
  }

  steps = (): string => this.did.map(([step]) => step).join(" ");
}
const half = () => 0.5;

test("over UDP nothing is asked, nor before it is known what is in use", () => {
  const back = new UdpReturn(half);
  for (let now = 0; now < 100_000; now += 200) {
    back.read(now < 50_000 ? undefined : false, now);
    expect(back.due(now)).toBeUndefined();
  }
});

test("over TLS it is asked about every ten seconds, not by all at once, and while nothing answers nobody notices", () => {
  for (const [chance, every] of [[0, 7500], [0.5, 10_000], [1, 12_500]] as const) {
    const call = new Call(new UdpReturn(() => chance), () => false, true);
    call.until(100_000);
    expect(new Set(call.did.map(([step]) => step))).toEqual(new Set(["ask"]));
    const gaps = call.did.slice(1).map(([, at], k) => at - call.did[k]![1]);
    for (const gap of gaps) expect(Math.abs(gap - every)).toBeLessThanOrEqual(300);
  }
});

test("one question at a time: none is asked while the answer is open", () => {
  const back = new UdpReturn(half);
  back.read(true, 0);
  expect(back.due(10_000)).toBe("ask");
  for (let now = 10_200; now < 60_000; now += 200) {
    back.read(true, now);
    expect(back.due(now)).toBeUndefined();
  }
});

test("a browser that changes by itself is told once and keeps its transport; whoever does not gets a new one: within 30 s, whenever UDP came back", () => {
  for (const moves of [true, false]) {
    for (let works = 20_000; works < 32_000; works += 500) {
      const call = new Call(new UdpReturn(() => 1), (now) => now >= works, moves);
      call.until(works + 30_000 - 5000);  // 5 s: what the question and a new transport take
      expect(call.relayed).toBe(false);
      expect(call.steps()).toMatch(moves ? /^(ask )+move$/ : /^(ask )+move renew$/);
    }
  }
});

test("an answer that comes when there is another transport is not taken for its own", () => {
  const back = new UdpReturn(half);
  back.read(true, 0);
  expect(back.due(10_000)).toBe("ask");
  back.started();
  back.answered(true, 11_000);
  back.read(true, 11_200);
  expect(back.due(12_000)).toBeUndefined();
});

test("a new transport that has to take TLS as well is not made again and again", () => {
  const call = new Call(new UdpReturn(half), () => true, false);
  call.until(1);
  const renewed = () => call.did.filter(([step]) => step === "renew").map(([, at]) => at);
  while (call.now < 700_000) {
    call.until(call.now + 200);
    call.relayed = true;  // whatever the question says
  }
  const gaps = renewed().slice(1).map((at, k) => Math.round((at - renewed()[k]!) / 1000));
  expect(gaps).toEqual([23, 43, 83, 163, 163, 163]);
});

test("returns that do not last become rare, and after one that does it is as in the beginning", () => {
  const call = new Call(new UdpReturn(half), () => true, true);
  /** When it is asked next, after UDP has worked for so long and been lost. */
  const after = (worked: number): number => {
    const { length } = call.did;
    call.transport(false);
    call.until(call.now + worked);
    call.transport(true);
    const lost = call.now;
    while (call.did.length === length) call.until(call.now + 200);
    const asked = call.did[length]![1] - lost;
    call.until(call.now + 5000);
    expect(call.relayed).toBe(false);
    return Math.round(asked / 1000);
  };
  expect(after(5000)).toBe(10);
  expect([after(5000), after(5000), after(5000)]).toEqual([20, 40, 80]);
  expect(after(61_000)).toBe(10);
});
