// Cameras, microphones and speakers: which there are, which are chosen and remembered, and the tracks that are open.
// Pre-join and meeting share one (`devices`); React reads `state`.
import { type Blurred, type BlurLost, type Blurrer, ownBlurrer } from "./blur/blurrer";
import { memory } from "./memory";

export type DeviceKind = "microphone" | "camera" | "speaker";
/** Why a device gives nothing: the person or the system refused, there is none, another program has it, or else. */
export type DeviceProblem = "refused" | "none" | "busy" | "other";

export interface Device {
  id: string;
  label: string;
}

export interface DeviceState {
  microphones: readonly Device[];
  cameras: readonly Device[];
  speakers: readonly Device[];
  /** Device ids; empty is what the system prefers. */
  chosen: Readonly<Record<DeviceKind, string>>;
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
  problems: Readonly<{ microphone?: DeviceProblem; camera?: DeviceProblem }>;
  /** The browser is asking the person just now. */
  asking: boolean;
  /** Whether what is behind the person can be blurred, and is: by the system (Media Capture Extensions, "backgroundBlur"),
   * otherwise by this page (blur/blurrer.ts). */
  blur: "absent" | "off" | "starting" | "on";
  /** Why it is off although it was wished for. */
  blurLost: BlurLost | null;
}

/** What of the browser is used here, so that tests can stand in for it. */
export interface DeviceHost {
  media: Pick<MediaDevices, "enumerateDevices" | "getUserMedia" | "addEventListener">;
  memory: Pick<Storage, "getItem" | "setItem">;
  /** Where pages can blur. */
  blurrer?: Blurrer | undefined;
}

export function problemOf(error: unknown): DeviceProblem {
  switch (error instanceof Error || error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "other";
  }
}

/** The chosen device when it is plugged in, otherwise the system's; nobody is left without because of a missing headset. */
export function inUse(chosen: string, present: readonly Device[]): string {
  return present.some((d) => d.id === chosen) ? chosen : "";
}

const kinds = { audioinput: "microphones", videoinput: "cameras", audiooutput: "speakers" } as const;

export function sorted(found: readonly Pick<MediaDeviceInfo, "kind" | "deviceId" | "label">[]): Pick<DeviceState, "microphones" | "cameras" | "speakers"> {
  const lists = { microphones: [] as Device[], cameras: [] as Device[], speakers: [] as Device[] };
  // Without permission ids are empty, and "default" says again what an empty choice says.
  for (const { kind, deviceId, label } of found) if (deviceId !== "" && deviceId !== "default") lists[kinds[kind]].push({ id: deviceId, label });
  return lists;
}

/** A weak computer encodes a small picture well and a large one badly. */
const cameraSize = (): MediaTrackConstraints =>
  (globalThis.navigator?.hardwareConcurrency ?? 2) >= 4 ? { width: 1280, height: 720, frameRate: 30 } : { width: 640, height: 360, frameRate: 30 };

export class DeviceStore {
  state: DeviceState;
  /** A track has come, changed or gone: the meeting sends it. */
  onTrack: (kind: "microphone" | "camera", track: MediaStreamTrack | null) => void = () => undefined;
  /** The background can be seen again without the person having wished so. */
  onBlurLost: (why: BlurLost) => void = () => undefined;
  private readonly listeners = new Set<() => void>();
  private watching = false;
  /** The camera's own track: `state.video` is what is shown and sent. */
  private camera: MediaStreamTrack | null = null;
  private blurred: Blurred | null = null;
  /** What was chosen in this page, also where nothing is remembered. */
  private blurWish: boolean | null = null;
  /** The latest wish about a device, to open or to close it, is the one that counts: what an earlier one opens is given back. */
  private readonly turn = { microphone: 0, camera: 0 };
  private readonly opening: { microphone?: Promise<void>; camera?: Promise<void> } = {};

  constructor(private readonly host: DeviceHost) {
    const remembered = (kind: DeviceKind) => host.memory.getItem(`device.${kind}`) ?? "";
    this.state = {
      microphones: [], cameras: [], speakers: [], audio: null, video: null, problems: {}, asking: false, blur: "absent", blurLost: null,
      chosen: { microphone: remembered("microphone"), camera: remembered("camera"), speaker: remembered("speaker") },
    };
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): DeviceState => this.state;

  private set(change: Partial<DeviceState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }

  /** Lists what there is, and again whenever something is plugged in or out. */
  async watch(): Promise<void> {
    if (!this.watching) {
      this.watching = true;
      this.host.media.addEventListener("devicechange", () => void this.changed());
    }
    await this.list();
  }

  private async list(): Promise<void> {
    const found = await this.host.media.enumerateDevices().catch(() => []);
    this.set(sorted(found));
  }

  private async changed(): Promise<void> {
    await this.list();
    // The device in use was pulled out, or the preferred one has come back.
    for (const kind of ["microphone", "camera"] as const) {
      const track = kind === "microphone" ? this.state.audio : this.camera;
      const wanted = inUse(this.state.chosen[kind], kind === "microphone" ? this.state.microphones : this.state.cameras);
      const missing = track?.readyState === "ended";
      const back = track && wanted !== "" && track.getSettings().deviceId !== wanted;
      if (missing || back) await this.open(kind, !missing);
    }
  }

  /** Asks for both at once, one question of the browser's; what is refused or missing is asked for alone. */
  async openBoth(): Promise<void> {
    const turns = { microphone: ++this.turn.microphone, camera: ++this.turn.camera };
    const wanted = (kind: "microphone" | "camera") => this.turn[kind] === turns[kind];
    this.set({ asking: true });
    const stream = await this.host.media.getUserMedia({ audio: this.wish("microphone"), video: this.wish("camera") }).catch(() => null);
    if (stream) {
      this.set({ asking: false });
      const [audio = null] = stream.getAudioTracks();
      const [video = null] = stream.getVideoTracks();
      if (wanted("microphone")) this.took("microphone", audio);
      else audio?.stop();
      if (wanted("camera")) await this.tookCamera(video);
      else video?.stop();
    } else {
      if (wanted("microphone")) await this.open("microphone");
      if (wanted("camera")) await this.open("camera");
    }
    this.set({ asking: false });
    await this.list();
  }

  /** `keep`: what is open stays when this does not open. */
  async open(kind: "microphone" | "camera", keep = false): Promise<MediaStreamTrack | null> {
    this.opening[kind] = this.tryOpen(kind, ++this.turn[kind], keep);
    // When another device was chosen meanwhile, that one is the answer.
    let last: Promise<void> | undefined;
    while (last !== this.opening[kind]) await (last = this.opening[kind]);
    return kind === "microphone" ? this.state.audio : this.state.video;
  }

  private async tryOpen(kind: "microphone" | "camera", turn: number, keep: boolean): Promise<void> {
    const ask = (wish: MediaTrackConstraints) => this.host.media.getUserMedia(kind === "microphone" ? { audio: wish } : { video: wish });
    const wanted = () => this.turn[kind] === turn;
    try {
      this.set({ asking: true });
      const stream = await ask(this.wish(kind)).catch((error: unknown) => {
        // The chosen device may be away without the list saying so.
        if (wanted() && this.state.chosen[kind] !== "" && problemOf(error) === "none") return ask(kind === "camera" ? cameraSize() : {});
        throw error;
      });
      this.set({ asking: false });
      const [track = null] = stream.getTracks();
      if (!wanted()) track?.stop();
      else if (kind === "microphone") this.took(kind, track);
      else await this.tookCamera(track);
      void this.list();
    } catch (error) {
      if (!wanted() || keep) return;
      this.set({ problems: { ...this.state.problems, [kind]: problemOf(error) } });
      if (kind === "camera") this.keep(null, null);
      this.took(kind, null);
    } finally {
      this.set({ asking: false });
    }
  }

  /** Stops the device: its light goes out. One that is still being opened is stopped when it opens. */
  close(kind: "microphone" | "camera"): void {
    ++this.turn[kind];
    if (kind === "camera") this.keep(null, null);
    this.took(kind, null);
  }

  async choose(kind: DeviceKind, id: string): Promise<void> {
    this.host.memory.setItem(`device.${kind}`, id);
    this.set({ chosen: { ...this.state.chosen, [kind]: id } });
    if (kind === "microphone" || (kind === "camera" && this.state.video)) await this.open(kind);
  }

  /** Whether it was done; the choice is remembered for the next camera. */
  async setBlur(on: boolean): Promise<boolean> {
    this.host.memory.setItem("device.blur", on ? "on" : "off");
    this.blurWish = on;
    const { camera } = this;
    this.set({ blurLost: null });
    if (camera && systemBlur(camera) !== "absent") {
      await this.blurBySystem(camera, on);
      this.set({ blur: this.blurNow });
    } else if (camera && this.host.blurrer && on !== (this.state.blur === "on")) {
      const blurred = on ? await this.blur(camera) : null;
      // Meanwhile another camera may have come, or the wish may have gone.
      if (this.camera !== camera || this.wishesBlur !== on) {
        blurred?.stop();
        this.set({ blur: this.blurNow });
      } else {
        this.keep(camera, blurred);
        this.took("camera", blurred?.track ?? camera);
      }
    }
    return this.state.blur === (on ? "on" : "off");
  }

  private get wishesBlur(): boolean {
    return this.blurWish ?? this.host.memory.getItem("device.blur") === "on";
  }

  private async blurBySystem(camera: MediaStreamTrack, on: boolean): Promise<void> {
    await camera.applyConstraints({ ...cameraSize(), backgroundBlur: on } as MediaTrackConstraints).catch(() => undefined);
    // Meanwhile another camera may have come, or the wish may have gone.
    if (this.camera === camera && this.wishesBlur && systemBlur(camera) === "off") this.lostBlur("broken");
  }

  private async blur(camera: MediaStreamTrack): Promise<Blurred | null> {
    this.set({ blur: "starting" });
    const blurred = await this.host.blurrer?.start(camera, (why) => {
      if (this.camera !== camera) return;
      this.keep(camera, null);
      this.took("camera", camera);
      this.lostBlur(why);
    });
    if (!blurred && this.camera === camera) this.lostBlur("broken");
    return blurred ?? null;
  }

  private lostBlur(why: BlurLost): void {
    this.set({ blurLost: why });
    this.onBlurLost(why);
  }

  /** What was opened before ends, unless it goes on being used. */
  private keep(camera: MediaStreamTrack | null, blurred: Blurred | null): void {
    if (this.blurred !== blurred) this.blurred?.stop();
    if (this.camera !== camera) this.camera?.stop();
    this.camera = camera;
    this.blurred = blurred;
  }

  /** A camera has opened. A background that is to be blurred is not seen before it is. */
  private async tookCamera(camera: MediaStreamTrack | null): Promise<void> {
    this.keep(camera, null);
    if (camera) camera.onended = () => void this.changed();
    this.set({ blurLost: null });
    if (camera && this.wishesBlur && systemBlur(camera) === "off") {
      await this.blurBySystem(camera, true);
      if (this.camera !== camera) return;
    }
    if (!camera || systemBlur(camera) !== "absent" || !this.wishesBlur || !this.host.blurrer) return this.took("camera", camera);
    const blurred = await this.blur(camera);
    if (this.camera !== camera || !this.wishesBlur) blurred?.stop();
    if (this.camera !== camera) return;
    const used = this.wishesBlur ? blurred : null;
    this.keep(camera, used);
    this.took("camera", used?.track ?? camera);
  }

  private wish(kind: "microphone" | "camera"): MediaTrackConstraints {
    const id = this.state.chosen[kind];
    return { ...(kind === "camera" ? cameraSize() : {}), ...(id !== "" ? { deviceId: { exact: id } } : {}) };
  }

  private took(kind: "microphone" | "camera", track: MediaStreamTrack | null): void {
    const before = kind === "microphone" ? this.state.audio : this.state.video;
    if (kind === "microphone") {
      if (before && before !== track) before.stop();
      if (track && before) track.enabled = before.enabled;
      if (track) track.onended = () => void this.changed();
    }
    const { [kind]: _, ...others } = this.state.problems;
    this.set({ [kind === "microphone" ? "audio" : "video"]: track, ...(track ? { problems: others } : {}), ...(kind === "camera" ? { blur: this.blurNow } : {}) });
    if (before !== track) this.onTrack(kind, track);
  }

  private get blurNow(): DeviceState["blur"] {
    if (!this.camera) return "absent";
    const system = systemBlur(this.camera);
    if (system !== "absent" || !this.host.blurrer) return system;
    return this.blurred ? "on" : "off";
  }
}

function systemBlur(track: MediaStreamTrack): "absent" | "off" | "on" {
  const can = (track.getCapabilities?.() as { backgroundBlur?: boolean[] } | undefined)?.backgroundBlur ?? [];
  const on = (track.getSettings() as { backgroundBlur?: boolean }).backgroundBlur === true;
  // A system that blurs always or never offers nothing to choose.
  return on ? "on" : can.includes(true) ? "off" : "absent";
}

let only: DeviceStore | undefined;
/** The page's devices. */
export function devices(): DeviceStore {
  only ??= new DeviceStore({ media: navigator.mediaDevices, memory, blurrer: ownBlurrer(globalThis) });
  return only;
}
