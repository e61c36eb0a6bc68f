// How this person looks at the meeting: chosen here, told to nobody, remembered where it makes sense.
import type { ViewMode } from "./layout";

export interface ViewState {
  mode: ViewMode;
  pinned: readonly number[];
  hideSelf: boolean;
  hideWithoutVideo: boolean;
  /** No pictures at all are received. */
  audioOnly: boolean;
  /** The most height that a picture is asked for: auto follows the network (quality.ts). */
  sharpness: "auto" | "low" | "high";
  /** What auto allows now. */
  cap: 180 | 360 | 720;
  page: number;
}

const remembered = ["mode", "hideSelf", "hideWithoutVideo", "sharpness"] as const;

export class ViewStore {
  state: ViewState = { mode: "gallery", pinned: [], hideSelf: false, hideWithoutVideo: false, audioOnly: false, sharpness: "auto", cap: 720, page: 0 };
  private readonly listeners = new Set<() => void>();

  constructor(private readonly memory: Pick<Storage, "getItem" | "setItem">) {
    try {
      const kept = JSON.parse(memory.getItem("view") ?? "{}") as Partial<ViewState>;
      if (kept.mode === "gallery" || kept.mode === "speaker") this.state.mode = kept.mode;
      if (kept.sharpness === "low" || kept.sharpness === "high") this.state.sharpness = kept.sharpness;
      this.state.hideSelf = kept.hideSelf === true;
      this.state.hideWithoutVideo = kept.hideWithoutVideo === true;
    } catch {
      // What cannot be read is forgotten.
    }
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): ViewState => this.state;

  set(change: Partial<ViewState>): void {
    this.state = { ...this.state, ...change };
    this.memory.setItem("view", JSON.stringify(Object.fromEntries(remembered.map((key) => [key, this.state[key]]))));
    for (const listener of this.listeners) listener();
  }

  togglePin(participant: number): void {
    const { pinned } = this.state;
    this.set({ pinned: pinned.includes(participant) ? pinned.filter((p) => p !== participant) : [...pinned, participant] });
  }

  get most(): number {
    return this.state.sharpness === "low" ? 180 : this.state.sharpness === "high" ? 720 : this.state.cap;
  }
}
