// Captions: the lines that are shown, the recogniser that must stay on the device, and whose name a line bears.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Caption, type CaptionProblem, type CaptionSink, type CaptionSource, type Line, lineTime, stillShown, tail, withCaption } from "../src/activities/captions/captions";
import { Attribution, rms } from "../src/activities/captions/hearing";
import { DeviceRecognition, type Recogniser, recogniserMaker, type RecogniserMaker, type RecogniserResults, supportOf, wishedLanguages } from "../src/activities/captions/recogniser";
import { CaptionStore } from "../src/activities/captions/store";
import type { Support } from "../src/activities/captions/recogniser";

const said = (utterance: string, text: string, more: Partial<Caption> = {}): Caption => ({ utterance, participant: 1, text, final: false, language: "en-US", ...more });

describe("lines of captions", () => {
  it("are the last two, and what is under way is replaced where it stands", () => {
    let lines: readonly Line[] = [];
    for (const [at, caption] of [said("1", "good"), said("1", "good morning"), said("2", "hello", { participant: 2 }), said("1", "Good morning.", { final: true }), said("3", "next")].entries()) {
      lines = withCaption(lines, caption, at);
    }
    expect(lines.map((l) => [l.utterance, l.text])).toEqual([["2", "hello"], ["3", "next"]]);
    expect(withCaption(withCaption([], said("1", "a b"), 0), said("2", "c"), 1).map((l) => l.text)).toEqual(["a b", "c"]);
  });
  it("keep what is final, and drop what the recogniser takes back", () => {
    const final = withCaption([], said("1", "Done.", { final: true }), 0);
    expect(withCaption(final, said("1", "don"), 1)).toBe(final);
    expect(withCaption(withCaption([], said("1", "hm"), 0), said("1", "  "), 1)).toEqual([]);
  });
  it("go when they have been there long enough, counted from their last change", () => {
    const lines = withCaption(withCaption([], said("1", "a"), 0), said("2", "b"), 5000);
    expect(stillShown(lines, lineTime - 1)).toHaveLength(2);
    expect(stillShown(lines, lineTime).map((l) => l.text)).toEqual(["b"]);
    expect(withCaption(lines, said("1", "a c"), 7000)[0]!.at).toBe(7000);
  });
  it("are harmless and short, whatever a source says", () => {
    const [line] = withCaption([], said("1", `\u202Eevil\n\n ${"word ".repeat(100_000)}`), 0);
    expect(line!.text.length).toBeLessThan(170);
    expect(line!.text).toMatch(/^…word /);
    expect(withCaption([], said("1", "a\u202E\u200Bb"), 0)[0]!.text).toBe("ab");
    expect(tail("字".repeat(200), 10)).toBe(`…${"字".repeat(10)}`);
    expect(tail("😀".repeat(10), 5)).toBe("…😀😀");
  });
});

describe("whose words they are", () => {
  it("is said by loudness, so that a cough does not take a sentence", () => {
    const a = new Attribution();
    expect(a.speaker()).toBe(0);
    for (let k = 0; k < 20; ++k) a.feed(new Map([[5, 0.1], [6, 0.001]]));
    a.feed(new Map([[6, 0.5]]));
    expect(a.speaker()).toBe(5);
  });
  it("follows an answer, also when it comes before the last word was recognised", () => {
    const a = new Attribution();
    for (let k = 0; k < 50; ++k) a.feed(new Map([[5, 0.1]]));
    a.turn();
    expect(a.speaker()).toBe(5);
    a.feed(new Map([[6, 0.1]]));
    expect(a.speaker()).toBe(6);
    for (let k = 0; k < 30; ++k) a.feed(new Map([[5, 0.1], [6, 0]]));
    expect(a.speaker()).toBe(5);
  });
  it("is nobody's in a room that only hums", () => {
    const a = new Attribution();
    for (let k = 0; k < 100; ++k) a.feed(new Map([[5, 0.005]]));
    expect(a.speaker()).toBe(0);
    expect(rms(new Float32Array([0.5, -0.5, 0.5, -0.5]))).toBeCloseTo(0.5);
    expect(rms(new Float32Array(0))).toBe(0);
  });
});

/** A browser's recogniser that does what it is told. */
function browser(answer: string | (() => string) = "available") {
  const made: Fake[] = [];
  class Fake implements Recogniser {
    static available = async (o: { langs: string[]; processLocally: boolean }) => (o.processLocally ? (typeof answer === "string" ? answer : answer()) : "available");
    static install = async () => true;
    lang = "";
    continuous = false;
    interimResults = false;
    onresult: ((event: RecogniserResults) => void) | null = null;
    onerror: ((event: { error: string }) => void) | null = null;
    onend: (() => void) | null = null;
    track: MediaStreamTrack | null = null;
    local: boolean | null = null;
    aborted = false;
    private wish = false;
    get processLocally() {
      return this.wish;
    }
    set processLocally(on: boolean) {
      this.wish = on;
    }
    constructor() {
      made.push(this);
    }
    start(track: MediaStreamTrack) {
      this.track = track;
      this.local = this.wish;
    }
    abort() {
      this.aborted = true;
    }
    say(k: number, transcript: string, isFinal = false) {
      this.onresult?.({ resultIndex: k, results: Object.assign(Array.from({ length: k + 1 }, () => ({ isFinal: true, length: 1, 0: { transcript: "old" } })), { [k]: { isFinal, length: 1, 0: { transcript } } }) });
    }
    end(error = "") {
      if (error !== "") this.onerror?.({ error });
      this.onend?.();
    }
  }
  return { made, maker: Fake as unknown as RecogniserMaker, Fake };
}

const track = {} as MediaStreamTrack;
function sink() {
  const heard: Caption[] = [];
  const problems: CaptionProblem[] = [];
  return { heard, problems, into: { caption: (c: Caption) => void heard.push(c), failed: (why: CaptionProblem) => void problems.push(why) } satisfies CaptionSink };
}
function recognition(maker: RecogniserMaker) {
  const listening = { track, closed: 0, turns: 0, who: 7, speaker: () => listening.who, turn: () => void ++listening.turns, close: () => void ++listening.closed };
  return { listening, source: new DeviceRecognition(maker, "en-US", () => listening) };
}

describe("a recogniser on this device", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const settle = () => vi.advanceTimersByTimeAsync(0);

  it("is there only where the browser can promise that sound stays here", async () => {
    const { Fake } = browser();
    class Cloud { start() {} }
    class NoPromise { static available = async () => "available"; }
    expect(recogniserMaker({})).toBeNull();
    expect(recogniserMaker({ webkitSpeechRecognition: Cloud })).toBeNull();
    expect(recogniserMaker({ SpeechRecognition: NoPromise })).toBeNull();
    expect(recogniserMaker({ webkitSpeechRecognition: Fake })).toBe(Fake);
    for (const [answer, support] of [["available", "ready"], ["downloadable", "fetchable"], ["downloading", "fetchable"], ["unavailable", "absent"], ["", "absent"]]) {
      expect(await supportOf(browser(answer!).maker, "en-US")).toBe(support);
    }
    const broken = browser(() => { throw new Error("policy"); });
    expect(await supportOf(broken.maker, "en-US")).toBe("absent");
  });

  it("is asked to work locally before it starts, and gets the sound of the meeting", async () => {
    const { made, maker } = browser();
    const { source, listening } = recognition(maker);
    const { heard, into } = sink();
    source.start(into);
    await settle();
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({ local: true, track, lang: "en-US", continuous: true, interimResults: true });
    made[0]!.say(0, "hello");
    made[0]!.say(0, "Hello.", true);
    listening.who = 8;
    made[0]!.say(1, "yes");
    expect(heard.map((c) => [c.utterance, c.participant, c.text, c.final])).toEqual([["1.0", 7, "hello", false], ["1.0", 7, "Hello.", true], ["1.1", 8, "yes", false]]);
    expect(listening.turns).toBe(1);
    source.stop();
    expect(made[0]!.aborted).toBe(true);
    expect(listening.closed).toBe(1);
    made[0]!.say(2, "after");
    expect(heard).toHaveLength(3);
  });

  it("is never started where the language is not here, or where the wish is not kept", async () => {
    for (const answer of ["downloadable", "unavailable"]) {
      const { made, maker } = browser(answer);
      const { problems, into } = sink();
      recognition(maker).source.start(into);
      await settle();
      expect(made).toHaveLength(0);
      expect(problems).toEqual(["language"]);
    }
    const { made, maker, Fake } = browser();
    Object.defineProperty(Fake.prototype, "processLocally", { get: () => false, set: () => undefined });
    const { problems, into } = sink();
    recognition(maker).source.start(into);
    await settle();
    expect(problems).toEqual(["broken"]);
    expect(made[0]!.track).toBeNull();
  });

  it("begins anew after a silence, asking again whether it may", async () => {
    let answer = "available";
    const { made, maker } = browser(() => answer);
    const { source, listening } = recognition(maker);
    const { problems, heard, into } = sink();
    source.start(into);
    for (let k = 0; k < 20; ++k) {
      await vi.advanceTimersByTimeAsync(60);
      made.at(-1)!.end("no-speech");
    }
    await vi.advanceTimersByTimeAsync(60);
    made.at(-1)!.say(0, "there", true);
    expect(heard[0]!.utterance).toBe("21.0");
    answer = "unavailable";
    made.at(-1)!.end();
    await vi.advanceTimersByTimeAsync(60);
    expect(made).toHaveLength(21);
    expect(problems).toEqual(["language"]);
    expect(listening.closed).toBe(1);
  });

  it("gives up and says why", async () => {
    for (const [error, why] of [["not-allowed", "refused"], ["language-not-supported", "language"], ["service-not-allowed", "language"], ["network", "broken"]] as const) {
      const { made, maker } = browser();
      const { problems, into } = sink();
      recognition(maker).source.start(into);
      await settle();
      made[0]!.end(error);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(problems).toEqual([why]);
      expect(made).toHaveLength(1);
    }
    const { made, maker } = browser();
    const { problems, into } = sink();
    recognition(maker).source.start(into);
    for (let k = 0; k < 10; ++k) {
      await vi.advanceTimersByTimeAsync(20_000);
      made.at(-1)!.end("audio-capture");
    }
    expect(made).toHaveLength(5);
    expect(problems).toEqual(["broken"]);
  });

  it("that ends at once, without a word and without a reason, is given up, too; one that ends so after a silence is not", async () => {
    const hasty = browser();
    const plain = hasty.Fake.prototype.start;
    hasty.Fake.prototype.start = function (this: InstanceType<typeof hasty.Fake>, sound: MediaStreamTrack) {
      plain.call(this, sound);
      queueMicrotask(() => this.end());
    };
    const told = sink();
    const listening = () => recognition(hasty.maker).listening;
    new DeviceRecognition(hasty.maker, "en-US", listening, Date.now).start(told.into);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(hasty.made).toHaveLength(5);
    expect(told.problems).toEqual(["broken"]);

    const { made, maker } = browser();
    const { problems, into } = sink();
    new DeviceRecognition(maker, "en-US", listening, Date.now).start(into);
    for (let k = 0; k < 10; ++k) {
      await vi.advanceTimersByTimeAsync(5000);
      made.at(-1)!.end();
    }
    expect(made).toHaveLength(10);
    expect(problems).toEqual([]);
  });

  it("is asked for the languages of page and browser, a few", () => {
    expect(wishedLanguages(["en-US", "de"], "en")).toEqual(["en-US", "de"]);
    expect(wishedLanguages(["zh-TW", "en"], "zh-Hant")).toEqual(["zh-TW", "cmn-Hant-TW", "en-US", "en"]);
    expect(wishedLanguages(Array.from({ length: 50 }, (_, k) => `x-${k}`), "en")).toHaveLength(8);
  });
});

function captionStore(support: Record<string, Support>, kept = new Map<string, string>()) {
  const started: { language: string; into: CaptionSink | null; stopped: boolean }[] = [];
  let now = 0;
  const store = new CaptionStore({
    memory: { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => void kept.set(k, v) },
    wished: ["en-US", "zh-TW"],
    support: async (language) => support[language] ?? "absent",
    fetch: async (language) => {
      support[language] = "ready";
      return true;
    },
    source: (language): CaptionSource => {
      const one = { language, into: null as CaptionSink | null, stopped: false };
      started.push(one);
      return { start: (into) => void (one.into = into), stop: () => void (one.stopped = true) };
    },
    now: () => now,
  });
  return { store, started, kept, pass: (ms: number) => void (now += ms) };
}

describe("captions of this page", () => {
  it("cannot be switched on where there is no recogniser", async () => {
    const { store, started } = captionStore({});
    await store.look();
    expect(store.mark).toBe("absent");
    store.toggle();
    expect(store.state.on).toBe(false);
    expect(started).toHaveLength(0);
  });
  it("are shown while they are on, and nothing arrives after they were switched off", async () => {
    const { store, started, pass } = captionStore({ "en-US": "ready" });
    await store.look();
    expect(store.mark).toBe("off");
    store.toggle();
    expect(store.mark).toBe("on");
    started[0]!.into!.caption(said("1", "hello"));
    expect(store.state.lines.map((l) => l.text)).toEqual(["hello"]);
    pass(lineTime);
    store.tidy();
    expect(store.state.lines).toEqual([]);
    store.toggle();
    expect(started[0]!.stopped).toBe(true);
    started[0]!.into!.caption(said("1", "late"));
    expect(store.state.lines).toEqual([]);
  });
  it("say why they have stopped, and begin again by themselves in the next meeting", async () => {
    const kept = new Map<string, string>();
    const first = captionStore({ "en-US": "ready" }, kept);
    await first.store.look();
    first.store.setOn(true);
    first.store.show({ size: "large", spoken: true });
    first.started[0]!.into!.failed("broken");
    expect(first.store.state).toMatchObject({ on: false, problem: "broken" });
    const next = captionStore({ "en-US": "ready" }, kept);
    await next.store.look();
    expect(next.store.state).toMatchObject({ on: true, size: "large", spoken: true, problem: "" });
    next.store.destroy();
    expect(next.started[0]!.stopped).toBe(true);
  });
  it("have a language that the browser fetches only when it is told to", async () => {
    const { store, started } = captionStore({ "zh-TW": "fetchable" });
    await store.look();
    expect(store.state.language).toBe("zh-TW");
    expect(store.mark).toBe("absent");
    await store.fetch();
    expect(store.mark).toBe("off");
    store.setOn(true);
    expect(started[0]!.language).toBe("zh-TW");
  });
  it("change their language while they run, and stop for one that is not here", async () => {
    const { store, started } = captionStore({ "en-US": "ready", "zh-TW": "ready" });
    await store.look();
    store.setOn(true);
    store.choose("zh-TW");
    expect(started.map((s) => [s.language, s.stopped])).toEqual([["en-US", true], ["zh-TW", false]]);
    store.choose("de");
    expect(started[1]!.stopped).toBe(true);
    expect(store.state.on).toBe(false);
  });
  it("are not upset by what somebody else has written into the memory", async () => {
    for (const text of ["nonsense", "null", '{"on":"yes","size":"huge","spoken":1,"language":7}']) {
      const { store } = captionStore({ "en-US": "ready" }, new Map([["captions", text]]));
      await store.look();
      expect(store.state).toMatchObject({ on: false, size: "middle", spoken: false, language: "en-US" });
    }
  });
});
