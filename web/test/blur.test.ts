// Blurring by this page: the network against values of another implementation, what of a file it refuses, whether it keeps
// up, and what the devices do with it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { type Blurred, type BlurLost, type Blurrer, ownBlurrer } from "../src/stage/blur/blurrer";
import { add, conv, depthwise, hardSwish, mean, multiply, relu, resize, sigmoid, type Tensor, upconv } from "../src/stage/blur/kernels";
import { Mask, toInput } from "../src/stage/blur/mask";
import { halfToFloat, readModel, type Shape, type Step } from "../src/stage/blur/model";
import { Network } from "../src/stage/blur/network";
import { Pace } from "../src/stage/blur/pace";
import { type DeviceHost, DeviceStore } from "../src/stage/devices";

const tensor = (shape: Shape, numbers: number[] = []): Tensor => ({ shape, data: Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, k) => numbers[k] ?? 0) });
const floats = (...numbers: number[]) => Float32Array.from(numbers);
const modelFile = (): ArrayBuffer => {
  const bytes = readFileSync(createRequire(import.meta.url).resolve("@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite"));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
};

describe("arithmetic", () => {
  it("of filters pads as the model was made for: more behind than in front", () => {
    const input = tensor([1, 4, 1], [1, 2, 3, 4]);
    const out = tensor([1, 2, 1]);
    conv(input, { weights: floats(1, 10, 100), bias: floats(0.5), kernel: [1, 3], stride: [1, 2] }, out);
    // Columns 0 1 2 and 2 3 -: one column of padding, and it is the last one.
    expect([...out.data]).toEqual([1 + 20 + 300 + 0.5, 3 + 40 + 0.5]);
    const two = tensor([1, 4, 2]);
    depthwise(tensor([1, 4, 2], [1, -1, 2, -2, 3, -3, 4, -4]), { weights: floats(1, 1, 10, 10, 100, 1000), bias: floats(0, 1), kernel: [1, 3], stride: [1, 1] }, two);
    expect([...two.data]).toEqual([210, -2009, 321, -3020, 432, -4031, 43, -42]);
  });
  it("of a filter of one pixel mixes channels, whatever their number", () => {
    const out = tensor([1, 2, 5]);
    conv(tensor([1, 2, 2], [1, 2, 3, 4]), { weights: floats(1, 0, 0, 1, 1, 1, 2, 0, 0, 2), bias: floats(0, 0, 0, 1, 0), kernel: [1, 1], stride: [1, 1] }, out);
    expect([...out.data]).toEqual([1, 2, 3, 3, 4, 3, 4, 7, 7, 8]);
  });
  it("of enlarging puts a tile for a pixel", () => {
    const out = tensor([2, 4, 1]);
    upconv(tensor([1, 2, 1], [1, 10]), { weights: floats(1, 2, 3, 4), bias: floats(0.5), kernel: [2, 2], stride: [2, 2] }, out);
    expect([...out.data]).toEqual([1.5, 2.5, 10.5, 20.5, 3.5, 4.5, 30.5, 40.5]);
    const wide = tensor([1, 4, 1]);
    resize(tensor([1, 2, 1], [0, 4]), wide);
    expect([...wide.data]).toEqual([0, 1, 3, 4]);
  });
  it("of single numbers", () => {
    const input = tensor([1, 1, 5], [-4, -1, 0, 1, 4]);
    const out = tensor([1, 1, 5]);
    relu(input, out);
    expect([...out.data]).toEqual([0, 0, 0, 1, 4]);
    hardSwish(input, out);
    [0, -2 / 6, 0, 4 / 6, 4].forEach((value, k) => expect(out.data[k]).toBeCloseTo(value, 6));
    sigmoid(input, out);
    expect(out.data[2]).toBe(0.5);
    const sum = tensor([1, 2, 2]);
    add(tensor([1, 2, 2], [1, 2, 3, 4]), tensor([1, 2, 2], [4, 3, 2, 1]), sum);
    expect([...sum.data]).toEqual([5, 5, 5, 5]);
    multiply(tensor([1, 2, 2], [1, 2, 3, 4]), tensor([1, 1, 2], [10, 100]), sum);
    expect([...sum.data]).toEqual([10, 200, 30, 400]);
    const average = tensor([1, 1, 2]);
    mean(tensor([1, 2, 2], [1, 2, 3, 4]), average);
    expect([...average.data]).toEqual([2, 3]);
    expect([0x3c00, 0xc000, 0x0001, 0x7bff, 0x0000].map(halfToFloat)).toEqual([1, -2, 2 ** -24, 65504, 0]);
  });
});

describe("the model", () => {
  it("finds a person where another implementation of it finds one", () => {
    const network = new Network(readModel(modelFile()));
    // A quarter of a photograph of Eileen Collins by NASA, in the public domain: 128 by 72 pixels.
    const small = tensor([72, 128, 3], [...readFileSync(new URL("golden/person.rgb", import.meta.url))].map((byte) => byte / 255));
    resize(small, network.input);
    network.run();
    const person = network.output.data;
    const at = (y: number, x: number) => person[y * 256 + x]!;
    // Computed by numpy in 64 bits: clear places, and some at the edge, where small mistakes show.
    for (const [y, x, value] of [
      [16, 16, 0], [16, 112, 1], [80, 80, 1], [80, 176, 0], [112, 144, 1], [16, 208, 0.3154], [8, 123, 0.7594], [12, 212, 0.3739], [17, 93, 0.6523], [29, 211, 0.4267],
      [50, 149, 0.4491], [74, 133, 0.3248], [90, 64, 0.2374], [110, 148, 0.832], [132, 26, 0.1351], [139, 35, 0.4844],
    ] as const) {
      expect(at(y, x), `${y},${x}`).toBeCloseTo(value, 3);
    }
    expect(person.reduce((sum, value) => sum + value, 0) / person.length).toBeCloseTo(0.3075, 4);
    expect(person.filter((value) => value > 0.5).length).toBe(11140);
    // And the same again: nothing of the run before is left.
    const before = person.slice();
    network.run();
    expect(person).toEqual(before);
  });
  it("is refused when it is cut short, whatever the place", () => {
    const file = modelFile();
    for (const length of [0, 3, 4, 100, 1000, 20_000, file.byteLength >> 1, file.byteLength - 400]) expect(() => new Network(readModel(file.slice(0, length)))).toThrow();
  });
  it("does no harm when it is damaged: it is refused or computes something", () => {
    const file = modelFile();
    let seed = 7;
    const random = (below: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
    let refused = 0;
    for (let round = 0; round < 60; ++round) {
      const damaged = file.slice(0);
      const bytes = new Uint8Array(damaged);
      // The tables, not the weights.
      for (let k = 0; k < 20; ++k) bytes[bytes.length - 1 - random(40_000)] = random(256);
      try {
        new Network(readModel(damaged));
      } catch {
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(10);
  });
  it("with sizes that do not fit each other is not run", () => {
    const filter = { weights: floats(1, 1), bias: floats(0), kernel: [1, 1] as const, stride: [1, 1] as const };
    const made = (step: Step, shapes: [number, Shape][]) => () => new Network({ shapes: new Map(shapes), steps: [step], input: 0, output: 1 });
    expect(made({ kind: "conv", inputs: [0], output: 1, ...filter }, [[0, [2, 2, 2]], [1, [2, 2, 1]]])).not.toThrow();
    expect(made({ kind: "conv", inputs: [0], output: 1, ...filter }, [[0, [2, 2, 3]], [1, [2, 2, 1]]])).toThrow();
    expect(made({ kind: "conv", inputs: [0], output: 1, ...filter }, [[0, [2, 2, 2]], [1, [3, 2, 1]]])).toThrow();
    expect(made({ kind: "relu", inputs: [0], output: 1 }, [[0, [2, 2, 2]], [1, [2, 1, 2]]])).toThrow();
    expect(made({ kind: "add", inputs: [0, 2], output: 1 }, [[0, [2, 2, 2]], [1, [2, 2, 2]], [2, [1, 1, 2]]])).toThrow();
    expect(made({ kind: "relu", inputs: [5], output: 1 }, [[0, [2, 2, 2]], [1, [2, 2, 2]]])).toThrow();
  });
});

describe("the mask", () => {
  it("is clear, calm, and has an edge that is soft", () => {
    const mask = new Mask(4);
    const rgba = new Uint8ClampedArray(16);
    const alpha = (...person: number[]) => {
      mask.next(floats(...person), rgba);
      return [rgba[3], rgba[7], rgba[11], rgba[15]];
    };
    const first = alpha(0, 0.1, 0.5, 1);
    expect([first[0], first[1], first[3]]).toEqual([0, 0, 255]);
    expect(first[2]).toBeGreaterThan(100);
    expect(first[2]).toBeLessThan(200);
    // One frame that sees somebody else does not tear a hole; some frames do.
    expect(alpha(0, 0, 0, 0)[3]).toBeGreaterThan(0);
    alpha(0, 0, 0, 0);
    expect(alpha(0, 0, 0, 0)[3]).toBe(0);
    const input = new Float32Array(6);
    toInput(new Uint8ClampedArray([255, 0, 51, 9, 0, 255, 102, 9]), input);
    expect([...input].map((x) => Math.round(x * 10) / 10)).toEqual([1, 0, 0.2, 0, 1, 0.4]);
  });
});

describe("the pace", () => {
  const run = (pace: Pace, seconds: number, mask: number, draw: number, frameTime: number) => {
    let now = 1000;
    for (const end = now + seconds * 1000; now < end; ) {
      const cost = (pace.wantsMask() ? mask : 0) + draw;
      now += Math.max(frameTime, cost);
      if (!pace.keepsUp(cost - draw, draw, now)) return now - 1000;
    }
    return null;
  };
  it("makes a mask as often as there is time for", () => {
    const quick = new Pace(33);
    expect(run(quick, 20, 8, 3, 33)).toBeNull();
    expect(quick.every).toBe(1);
    const middling = new Pace(33);
    expect(run(middling, 20, 40, 4, 33)).toBeNull();
    expect(middling.every).toBe(3);
    const slow = new Pace(33);
    expect(run(slow, 20, 150, 8, 33)).toBeNull();
    expect(slow.every).toBe(5);
  });
  it("is given up when a computer is too slow, within seconds and not before", () => {
    const after = run(new Pace(33), 60, 500, 60, 33);
    expect(after).toBeGreaterThan(5000);
    expect(after).toBeLessThan(12_000);
  });
  it("is kept in a dark room, where the camera is slow, and in a page that is not looked at", () => {
    expect(run(new Pace(33), 60, 60, 5, 200)).toBeNull();
    expect(run(new Pace(33), 60, 60, 5, 1000)).toBeNull();
  });
});

class Camera {
  readyState: "live" | "ended" = "live";
  onended: (() => void) | null = null;
  constructor(readonly device: string) {}
  getSettings = () => ({ deviceId: this.device });
  stop() {
    this.readyState = "ended";
  }
}

/** A page that can blur, and decides when; `answer` may refuse. */
function page(answer: () => boolean = () => true) {
  const memory = new Map<string, string>();
  const began: { camera: Camera; track: Camera; lost: (why: BlurLost) => void; go: () => void }[] = [];
  const blurrer: Blurrer = {
    start: (camera, lost) =>
      new Promise<Blurred | null>((resolve) => {
        const track = new Camera("blurred");
        const go = () => resolve(answer() ? { track: track as unknown as MediaStreamTrack, stop: () => track.stop() } : null);
        began.push({ camera: camera as unknown as Camera, track, lost, go });
      }),
  };
  const host: DeviceHost = {
    memory: { getItem: (k) => memory.get(k) ?? null, setItem: (k, v) => void memory.set(k, v) },
    media: {
      addEventListener: () => undefined,
      enumerateDevices: async () => [],
      getUserMedia: async (wish = {}) => {
        const tracks = wish.video ? [new Camera("cam")] : [];
        return { getTracks: () => tracks, getAudioTracks: () => [], getVideoTracks: () => tracks } as unknown as MediaStream;
      },
    },
    blurrer,
  };
  const devices = new DeviceStore(host);
  const shown: (string | null)[] = [];
  devices.onTrack = (kind, track) => {
    if (kind === "camera") shown.push(track && ((track as unknown as Camera).device));
  };
  return { devices, memory, began, shown };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a camera that this page blurs", () => {
  it("is shown as it is until then, and again after", async () => {
    const { devices, began, shown } = page();
    await devices.open("camera");
    expect(devices.state.blur).toBe("off");
    const done = devices.setBlur(true);
    await settled();
    expect(devices.state.blur).toBe("starting");
    began[0]!.go();
    expect(await done).toBe(true);
    expect(await devices.setBlur(false)).toBe(true);
    expect(shown).toEqual(["cam", "blurred", "cam"]);
    expect(began[0]!.track.readyState).toBe("ended");
    expect(began[0]!.camera.readyState).toBe("live");
  });
  it("is not shown for a moment with its background when it opens and that is not wished", async () => {
    const { devices, began, shown, memory } = page();
    memory.set("device.blur", "on");
    const opening = devices.open("camera");
    await settled();
    expect(devices.state.video).toBeNull();
    began[0]!.go();
    await opening;
    expect(shown).toEqual(["blurred"]);
    expect(devices.state.blur).toBe("on");
    devices.close("camera");
    expect([began[0]!.camera.readyState, began[0]!.track.readyState]).toEqual(["ended", "ended"]);
  });
  it("is shown with its background when it cannot be blurred any more, and that is said", async () => {
    const { devices, began, shown } = page();
    const said: BlurLost[] = [];
    devices.onBlurLost = (why) => said.push(why);
    await devices.open("camera");
    const done = devices.setBlur(true);
    await settled();
    began[0]!.go();
    await done;
    began[0]!.lost("slow");
    expect(shown).toEqual(["cam", "blurred", "cam"]);
    expect(devices.state).toMatchObject({ blur: "off", blurLost: "slow" });
    expect(said).toEqual(["slow"]);
    expect(began[0]!.camera.readyState).toBe("live");
  });
  it("says so, too, when it does not begin", async () => {
    const { devices, began } = page(() => false);
    await devices.open("camera");
    const done = devices.setBlur(true);
    await settled();
    began[0]!.go();
    expect(await done).toBe(false);
    expect(devices.state).toMatchObject({ blur: "off", blurLost: "broken" });
    expect(devices.state.video?.readyState).toBe("live");
  });
  it("leaves nothing running when it was closed, or the wish was taken back, before it began", async () => {
    const { devices, began, memory, shown } = page();
    memory.set("device.blur", "on");
    const opening = devices.open("camera");
    await settled();
    devices.close("camera");
    began[0]!.go();
    await opening;
    expect([began[0]!.camera.readyState, began[0]!.track.readyState]).toEqual(["ended", "ended"]);
    expect(devices.state.video).toBeNull();
    expect(shown).toEqual([]);
    const again = devices.open("camera");
    await settled();
    await devices.setBlur(false);
    began[1]!.go();
    await again;
    expect(began[1]!.track.readyState).toBe("ended");
    expect(devices.state.blur).toBe("off");
    const done = devices.setBlur(true);
    await settled();
    await devices.setBlur(false);
    began[2]!.go();
    await done;
    expect(began[2]!.track.readyState).toBe("ended");
    expect(devices.state.blur).toBe("off");
    expect(shown).toEqual(["cam"]);
  });
  it("can be blurred in a window that remembers nothing", async () => {
    const { devices, began, memory } = page();
    memory.set = () => memory;
    await devices.open("camera");
    const done = devices.setBlur(true);
    await settled();
    began[0]!.go();
    expect(await done).toBe(true);
  });
  it("is there only where a browser gives pages their frames", () => {
    class Some {}
    expect(ownBlurrer({})).toBeUndefined();
    expect(ownBlurrer({ MediaStreamTrackProcessor: Some, OffscreenCanvas: Some })).toBeUndefined();
    expect(ownBlurrer({ MediaStreamTrackProcessor: Some, MediaStreamTrackGenerator: Some, OffscreenCanvas: Some })).toBeDefined();
  });
});
