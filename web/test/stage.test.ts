import { afterEach, describe, expect, it, vi } from "vitest";
import { browserFamily } from "../src/stage/browserHelp";
import { type DeviceHost, DeviceStore, inUse, problemOf } from "../src/stage/devices";
import { levelOf, testTone, watchLevel } from "../src/stage/level";
import { ActiveSpeaker, candidateFor, stayFor } from "../src/stage/speaker";
import { ViewStore } from "../src/stage/view";
import { assign, heightStep, same } from "../src/stage/wishes";
import { closer, lookingAt, moved, whole } from "../src/stage/zoom";

describe("active speaker", () => {
  const all = () => true;
  it("takes the first one at once, the next one after a while, and a cough never", () => {
    const s = new ActiveSpeaker();
    expect(s.update([5], all, 0)).toBe(5);
    expect(s.update([6, 5], all, stayFor)).toBe(5);
    expect(s.update([5], all, stayFor + candidateFor - 1)).toBe(5);
    expect(s.update([6], all, 5000)).toBe(5);
    expect(s.dueAt).toBe(5000 + candidateFor);
    expect(s.update([6], all, 5000 + candidateFor)).toBe(6);
  });
  it("does not switch twice within the time that a speaker stays", () => {
    const s = new ActiveSpeaker();
    s.update([5], all, 0);
    s.update([6], all, 100);
    expect(s.update([6], all, 100 + candidateFor)).toBe(5);
    expect(s.update([6], all, stayFor)).toBe(6);
  });
  it("keeps whoever spoke last in a silence and lets go of who has left", () => {
    const s = new ActiveSpeaker();
    s.update([5], all, 0);
    expect(s.update([], all, 60_000)).toBe(5);
    expect(s.update([], (p) => p !== 5, 60_001)).toBe(0);
    expect(s.update([5, 6], (p) => p !== 5, 60_002)).toBe(6);
  });
});

describe("wishes", () => {
  const want = (participant: number, height = 360) => ({ participant, kind: "camera" as const, height, priority: 1 });
  it("leave a picture in its slot when others come and go", () => {
    const first = assign([], [want(1), want(2), want(3)], [10, 11, 12]);
    expect(first.map((w) => [w.slot, w.participant])).toEqual([[10, 1], [11, 2], [12, 3]]);
    const next = assign(first, [want(3), want(4), want(2)], [10, 11, 12]);
    expect(next.map((w) => [w.slot, w.participant])).toEqual([[10, 4], [11, 2], [12, 3]]);
  });
  it("drop the least important ones when slots run out", () => {
    expect(assign([], [want(1), want(2), want(3)], [10, 11]).map((w) => w.participant)).toEqual([1, 2]);
  });
  it("are sent again only when something changed, and heights come in steps", () => {
    expect(same(assign([], [want(1)], [1]), assign([], [want(1)], [1]))).toBe(true);
    expect(same(assign([], [want(1)], [1]), assign([], [want(1, 180)], [1]))).toBe(false);
    expect([90, 200, 201, 420, 421, 2000].map(heightStep)).toEqual([180, 180, 360, 360, 720, 720]);
  });
});

describe("view", () => {
  const memory = () => {
    const kept = new Map<string, string>();
    return { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v) };
  };
  it("remembers how one looks, but not who was pinned", () => {
    const m = memory();
    const view = new ViewStore(m);
    view.set({ mode: "speaker", hideSelf: true, audioOnly: true });
    view.togglePin(4);
    view.togglePin(5);
    view.togglePin(4);
    expect(view.state.pinned).toEqual([5]);
    expect(new ViewStore(m).state).toMatchObject({ mode: "speaker", hideSelf: true, pinned: [], audioOnly: false });
  });
  it("is not upset by what somebody else has written there", () => {
    const m = memory();
    for (const text of ["nonsense", "null", '{"mode":"sideways","hideSelf":"yes"}']) {
      m.setItem("view", text);
      expect(new ViewStore(m).state).toMatchObject({ mode: "gallery", hideSelf: false });
    }
  });
  it("asks for small pictures when told so, whatever the network allows", () => {
    const view = new ViewStore(memory());
    expect(view.most).toBe(720);
    view.set({ cap: 360 });
    expect(view.most).toBe(360);
    view.set({ sharpness: "low" });
    expect(view.most).toBe(180);
    view.set({ sharpness: "high" });
    expect(view.most).toBe(720);
  });
});

class Track {
  enabled = true;
  readyState: "live" | "ended" = "live";
  onended: (() => void) | null = null;
  constructor(readonly kind: "audio" | "video", readonly device: string) {}
  blurred = false;
  getSettings = () => ({ deviceId: this.device, backgroundBlur: this.blurred });
  /** Only the second camera's driver can blur. */
  getCapabilities = () => (this.device === "cam2" ? { backgroundBlur: [false, true] } : {});
  applyConstraints = async (c: { backgroundBlur?: boolean }) => {
    this.blurred = c.backgroundBlur === true;
  };
  stop() {
    this.readyState = "ended";
  }
}

/** A browser with a microphone and two cameras; `refuse` answers a request with this error. */
function browser(refuse: (wish: MediaStreamConstraints) => string | undefined = () => undefined) {
  const plugged = new Map([["mic", "audioinput"], ["cam1", "videoinput"], ["cam2", "videoinput"], ["default", "audiooutput"], ["out", "audiooutput"]]);
  const memory = new Map<string, string>();
  const asked: MediaStreamConstraints[] = [];
  let changed = () => {};
  const host: DeviceHost = {
    memory: { getItem: (k) => memory.get(k) ?? null, setItem: (k, v) => void memory.set(k, v) },
    media: {
      addEventListener: ((_: string, f: () => void) => { changed = f; }) as DeviceHost["media"]["addEventListener"],
      enumerateDevices: async () => [...plugged].map(([deviceId, kind]) => ({ deviceId, kind, label: deviceId }) as MediaDeviceInfo),
      getUserMedia: async (wish = {}) => {
        asked.push(wish);
        const error = refuse(wish);
        if (error) throw new DOMException("no", error);
        const id = (c: MediaStreamConstraints["video"], first: string) => {
          const exact = typeof c === "object" ? (c.deviceId as { exact: string } | undefined)?.exact : undefined;
          if (exact && !plugged.has(exact)) throw new DOMException("gone", "OverconstrainedError");
          return exact ?? first;
        };
        const tracks = [...(wish.audio ? [new Track("audio", id(wish.audio, "mic"))] : []), ...(wish.video ? [new Track("video", id(wish.video, "cam1"))] : [])];
        return { getTracks: () => tracks, getAudioTracks: () => tracks.filter((t) => t.kind === "audio"), getVideoTracks: () => tracks.filter((t) => t.kind === "video") } as unknown as MediaStream;
      },
    },
  };
  return { host, plugged, memory, asked, change: () => changed() };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A browser that asks the person: `answer` is the person's yes to one of its questions, in their order. */
function asking(refuse?: () => string | undefined) {
  const b = browser(refuse);
  const give: (() => void)[] = [];
  const given: Track[] = [];
  let prepare: (track: Track) => void = () => undefined;
  const real = b.host.media.getUserMedia;
  b.host.media.getUserMedia = async (wish) => {
    const stream = await new Promise<MediaStream>((resolve) => give.push(() => resolve(real(wish))));
    const tracks = stream.getTracks() as unknown as Track[];
    tracks.forEach(prepare);
    given.push(...tracks);
    return stream;
  };
  const answer = async (k: number, made: (track: Track) => void = () => undefined) => {
    prepare = made;
    give[k]!();
    await settled();
  };
  return { d: new DeviceStore(b.host), given, answer };
}

describe("devices", () => {
  it("opens both with one question and lists what there is, without saying the default twice", async () => {
    const b = browser();
    const d = new DeviceStore(b.host);
    await d.openBoth();
    expect(b.asked).toHaveLength(1);
    expect(d.state.audio && d.state.video).toBeTruthy();
    expect(d.state.cameras.map((c) => c.id)).toEqual(["cam1", "cam2"]);
    expect(d.state.speakers.map((c) => c.id)).toEqual(["out"]);
    expect(d.state.asking).toBe(false);
  });
  it("has sound when only the camera is refused, and says why there is no picture", async () => {
    const d = new DeviceStore(browser((w) => (w.video ? "NotAllowedError" : undefined)).host);
    await d.openBoth();
    expect(d.state.audio).toBeTruthy();
    expect(d.state.problems).toEqual({ camera: "refused" });
  });
  it("remembers what was chosen, stops the camera before, and tells the meeting", async () => {
    const b = browser();
    const d = new DeviceStore(b.host);
    await d.openBoth();
    const before = d.state.video!;
    const told: unknown[] = [];
    d.onTrack = (kind, track) => told.push([kind, track?.getSettings().deviceId]);
    await d.choose("camera", "cam2");
    expect(before.readyState).toBe("ended");
    expect(told).toEqual([["camera", "cam2"]]);
    expect(new DeviceStore(b.host).state.chosen.camera).toBe("cam2");
  });
  it("falls back when the chosen one is away, and comes back to it when it is plugged in", async () => {
    const b = browser();
    b.memory.set("device.camera", "cam2");
    b.plugged.delete("cam2");
    const d = new DeviceStore(b.host);
    await d.watch();
    await d.open("camera");
    expect(d.state.video?.getSettings().deviceId).toBe("cam1");
    b.plugged.set("cam2", "videoinput");
    b.change();
    await settled();
    expect(d.state.video?.getSettings().deviceId).toBe("cam2");
  });
  it("keeps the one that works while the preferred one, plugged in again, is busy", async () => {
    let busy = false;
    const b = browser(() => (busy ? "NotReadableError" : undefined));
    b.memory.set("device.microphone", "mic2");
    const d = new DeviceStore(b.host);
    await d.watch();
    await d.open("microphone");
    const { audio } = d.state;
    expect(audio?.getSettings().deviceId).toBe("mic");
    b.plugged.set("mic2", "audioinput");
    for (const now of [true, false]) {
      busy = now;
      b.change();
      await settled();
      expect(d.state).toMatchObject({ problems: {}, asking: false });
      expect(d.state.audio).toMatchObject({ device: now ? "mic" : "mic2", readyState: "live" });
    }
    expect(audio?.readyState).toBe("ended");
  });
  it("keeps a muted microphone muted when it is changed", async () => {
    const b = browser();
    b.plugged.set("mic2", "audioinput");
    const d = new DeviceStore(b.host);
    await d.openBoth();
    d.state.audio!.enabled = false;
    await d.choose("microphone", "mic2");
    expect(d.state.audio).toMatchObject({ enabled: false, device: "mic2" });
  });
  it("offers to blur only where the system can, and remembers it", async () => {
    const b = browser();
    const d = new DeviceStore(b.host);
    await d.openBoth();
    expect(d.state.blur).toBe("absent");
    await d.choose("camera", "cam2");
    expect(d.state.blur).toBe("off");
    expect(await d.setBlur(true)).toBe(true);
    d.close("camera");
    expect(d.state.blur).toBe("absent");
    await d.open("camera");
    await settled();
    expect(d.state.blur).toBe("on");
  });
  it("shows nothing of a system's camera before it is blurred, and says when it cannot be", async () => {
    for (const works of [true, false]) {
      const b = browser();
      b.memory.set("device.camera", "cam2");
      b.memory.set("device.blur", "on");
      let done = () => {};
      const real = b.host.media.getUserMedia;
      b.host.media.getUserMedia = async (wish) => {
        const stream = await real(wish);
        for (const track of stream.getVideoTracks() as unknown as Track[]) {
          track.applyConstraints = (c) => new Promise((resolve, reject) => {
            done = () => {
              track.blurred = works && c.backgroundBlur === true;
              if (works) resolve();
              else reject(new DOMException("no", "OverconstrainedError"));
            };
          });
        }
        return stream;
      };
      const d = new DeviceStore(b.host);
      const told: unknown[] = [];
      d.onTrack = (kind, track) => told.push(track && [kind, track.getSettings().backgroundBlur]);
      d.onBlurLost = (why) => told.push(why);
      const opening = d.open("camera");
      await settled();
      expect(told).toEqual([]);
      expect(d.state.video).toBeNull();
      done();
      await opening;
      expect(told).toEqual(works ? [["camera", true]] : ["broken", ["camera", false]]);
      expect(d.state).toMatchObject(works ? { blur: "on", blurLost: null } : { blur: "off", blurLost: "broken" });
    }
  });
  it("lets a system's camera go that was closed before it was blurred", async () => {
    const { d, given, answer } = asking();
    await d.setBlur(true);
    void d.choose("camera", "cam2");
    const opening = d.open("camera");
    const told: unknown[] = [];
    d.onTrack = (kind) => told.push(kind);
    d.onBlurLost = (why) => told.push(why);
    let done = () => {};
    await answer(0, (track) => {
      track.applyConstraints = () => new Promise((resolve) => { done = resolve; });
    });
    d.close("camera");
    done();
    await opening;
    expect(given[0]!.readyState).toBe("ended");
    expect(d.state).toMatchObject({ video: null, blurLost: null });
    expect(told).toEqual([]);
  });
  it("gives back what opens after it was closed", async () => {
    for (const both of [false, true]) {
      const { d, given, answer } = asking();
      const opening = both ? d.openBoth() : d.open("camera");
      d.close("camera");
      d.close("microphone");
      await answer(0);
      await opening;
      expect(given.map((t) => t.readyState)).toEqual(both ? ["ended", "ended"] : ["ended"]);
      expect(d.state).toMatchObject({ audio: null, video: null, asking: false });
    }
  });
  it("asks for nothing any more that was closed while both were refused", async () => {
    const b = browser((w) => (w.audio && w.video ? "NotAllowedError" : undefined));
    const d = new DeviceStore(b.host);
    const opening = d.openBoth();
    d.close("camera");
    await opening;
    expect(b.asked.slice(1).map((w) => [w.audio !== undefined, w.video !== undefined])).toEqual([[true, false]]);
    expect(d.state.audio?.readyState).toBe("live");
  });
  it("has the later one of two choices, whichever is answered last, and both calls say so", async () => {
    for (const order of [[0, 1], [1, 0]]) {
      const { d, given, answer } = asking();
      const first = d.open("camera");
      void d.choose("camera", "cam2");
      const second = d.open("camera");
      for (const k of order) await answer(k);
      const [one, two] = await Promise.all([first, second]);
      expect(d.state.video).toMatchObject({ device: "cam2", readyState: "live" });
      expect([one, two]).toEqual([d.state.video, d.state.video]);
      expect(given.filter((t) => t.readyState === "live")).toHaveLength(1);
    }
  });
  it("is not told of a refusal that nobody waits for any more", async () => {
    let error: string | undefined;
    const { d, answer } = asking(() => error);
    const opening = [d.open("camera"), d.open("camera")];
    await answer(1);
    error = "NotReadableError";
    await answer(0);
    await Promise.all(opening);
    expect(d.state.video?.readyState).toBe("live");
    expect(d.state.problems).toEqual({});
  });
  it("names problems, and finds what is in use", () => {
    expect(problemOf(new DOMException("", "NotReadableError"))).toBe("busy");
    expect(problemOf(new DOMException("", "NotFoundError"))).toBe("none");
    expect(problemOf("?")).toBe("other");
    expect(inUse("a", [{ id: "a", label: "" }])).toBe("a");
    expect(inUse("b", [{ id: "a", label: "" }])).toBe("");
  });
});

describe("level and browsers", () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  it("goes from a quiet room to too loud", () => {
    expect(levelOf(new Float32Array(512))).toBe(0);
    expect(levelOf(new Float32Array(512).fill(0.5))).toBeCloseTo(1, 1);
    const speech = levelOf(new Float32Array(512).fill(0.05));
    expect(speech).toBeGreaterThan(0.5);
    expect(speech).toBeLessThan(0.8);
  });
  it("is not shown, and breaks nothing, where the browser does not listen to the microphone", () => {
    const close = vi.fn(async () => undefined);
    const microphone = new Track("audio", "mic") as unknown as MediaStreamTrack;
    vi.stubGlobal("MediaStream", class {});
    vi.stubGlobal("AudioContext", class {
      close = close;
      createAnalyser = () => ({});
      createMediaStreamSource = () => {
        throw new DOMException("another rate", "NotSupportedError");
      };
    });
    watchLevel(microphone, () => undefined)();
    expect(close).toHaveBeenCalledOnce();
    vi.stubGlobal("AudioContext", class {
      constructor() {
        throw new DOMException("no device", "NotSupportedError");
      }
    });
    expect(() => watchLevel(microphone, () => undefined)()).not.toThrow();
  });
  it("ends the test of a speaker of which nothing is heard, not even that it does not play", async () => {
    vi.useFakeTimers();
    const close = vi.fn(async () => undefined);
    vi.stubGlobal("HTMLMediaElement", class {});
    vi.stubGlobal("Audio", class {
      play = () => new Promise(() => undefined);
    });
    vi.stubGlobal("AudioContext", class {
      close = close;
      createMediaStreamDestination = () => ({ stream: {} });
    });
    const failed = expect(testTone("")).rejects.toThrow("nothing plays");
    await vi.advanceTimersByTimeAsync(3000);
    await failed;
    expect(close).toHaveBeenCalledOnce();
  });
  it("knows whose permissions to explain", () => {
    expect(browserFamily("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")).toBe("firefox");
    expect(browserFamily("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36")).toBe("chromium");
    expect(browserFamily("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15")).toBe("safari");
    expect(browserFamily("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", 5)).toBe("ios");
    expect(browserFamily("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36")).toBe("android");
  });
});

describe("a shared screen", () => {
  it("is enlarged step by step, and then is whole again", () => {
    const steps = [whole];
    for (let k = 0; k < 4; ++k) steps.push(closer(steps.at(-1)!));
    expect(steps.map((z) => z.factor)).toEqual([1, 1.5, 2, 3, 1]);
    expect(closer(lookingAt({ ...whole, factor: 3 }, 0, 0))).toEqual(whole);
  });
  it("is moved by arrow keys as far as it goes, and only while it is enlarged", () => {
    const close = lookingAt(closer(whole), 95, -20);
    expect(close).toEqual({ factor: 1.5, x: 95, y: 0 });
    expect([moved(close, "ArrowRight")?.x, moved(close, "ArrowLeft")?.x, moved(close, "ArrowUp")?.y, moved(close, "ArrowDown")?.y]).toEqual([100, 85, 0, 10]);
    expect([moved(close, "a"), moved(close, "toString"), moved(whole, "ArrowLeft")]).toEqual([undefined, undefined, undefined]);
  });
});
