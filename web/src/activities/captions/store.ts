// Captions as this person wants them: on or off, language, size, read aloud or not; and the lines that are shown now.
import { type CaptionProblem, type CaptionSource, type Line, stillShown, withCaption } from "./captions";
import type { Support } from "./recogniser";

export type CaptionSize = "small" | "middle" | "large";

export interface CaptionState {
  /** By language; empty until the browser has answered. */
  languages: ReadonlyMap<string, Support>;
  language: string;
  on: boolean;
  size: CaptionSize;
  /** Screen readers read what is final. */
  spoken: boolean;
  /** The browser fetches the language. */
  fetching: boolean;
  problem: CaptionProblem | "fetch" | "";
  lines: readonly Line[];
}

/** What the store needs from around it, so that tests can stand in for it. */
export interface CaptionHost {
  memory: Pick<Storage, "getItem" | "setItem">;
  /** Wished languages, the dearest first. */
  wished: readonly string[];
  support(language: string): Promise<Support>;
  /** The browser fetches a language; whether it did. */
  fetch(language: string): Promise<boolean>;
  source(language: string): CaptionSource;
  now(): number;
}

/** For the bar: whether there can be captions at all, and whether they are on. */
export type CaptionMark = "absent" | "off" | "on";

const sizes: readonly CaptionSize[] = ["small", "middle", "large"];

export class CaptionStore {
  state: CaptionState = { languages: new Map(), language: "", on: false, size: "middle", spoken: false, fetching: false, problem: "", lines: [] };
  private readonly listeners = new Set<() => void>();
  private source: CaptionSource | null = null;
  private wantsOn = false;
  private over = false;

  constructor(private readonly host: CaptionHost) {
    try {
      const kept = JSON.parse(host.memory.getItem("captions") ?? "{}") as { on?: unknown; size?: unknown; spoken?: unknown; language?: unknown };
      this.wantsOn = kept.on === true;
      this.state.size = sizes.find((size) => size === kept.size) ?? "middle";
      this.state.spoken = kept.spoken === true;
      if (typeof kept.language === "string") this.state.language = kept.language;
    } catch {
      // What cannot be read is forgotten.
    }
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): CaptionState => this.state;

  get mark(): CaptionMark {
    if (this.state.languages.get(this.state.language) !== "ready") return "absent";
    return this.state.on ? "on" : "off";
  }

  /** Asks what this device can do, and begins where that was wished for last time. */
  async look(): Promise<void> {
    const languages = new Map<string, Support>();
    for (const language of this.host.wished) {
      const support = await this.host.support(language);
      if (support !== "absent") languages.set(language, support);
    }
    if (this.over) return;
    const chosen = [this.state.language, ...languages.keys()].find((language) => languages.get(language) === "ready") ?? languages.keys().next().value ?? "";
    this.set({ languages, language: chosen });
    if (this.wantsOn) this.setOn(true);
  }

  setOn(on: boolean): void {
    if (on && this.mark === "absent") return;
    this.wantsOn = on;
    this.source?.stop();
    this.source = null;
    this.set({ on, problem: "", lines: [] });
    this.remember();
    if (!on) return;
    const source = this.host.source(this.state.language);
    this.source = source;
    source.start({
      caption: (caption) => {
        if (this.source === source) this.set({ lines: withCaption(this.state.lines, caption, this.host.now()) });
      },
      failed: (problem) => {
        if (this.source !== source) return;
        this.source = null;
        this.set({ on: false, problem, lines: [] });
      },
    });
  }

  toggle(): void {
    this.setOn(!this.state.on);
  }

  choose(language: string): void {
    this.set({ language });
    const { on } = this.state;
    if (on && this.mark === "absent") this.setOn(false);
    else if (on) this.setOn(true);
    this.remember();
  }

  show(change: Partial<Pick<CaptionState, "size" | "spoken">>): void {
    this.set(change);
    this.remember();
  }

  async fetch(): Promise<void> {
    const { language } = this.state;
    if (this.state.fetching || this.state.languages.get(language) !== "fetchable") return;
    this.set({ fetching: true, problem: "" });
    const done = await this.host.fetch(language).catch(() => false);
    const support = done ? await this.host.support(language) : "fetchable";
    if (this.over) return;
    this.set({ fetching: false, problem: support === "ready" ? "" : "fetch", languages: new Map(this.state.languages).set(language, support === "ready" ? "ready" : "fetchable") });
  }

  /** Lines that have been there long enough go. */
  tidy(): void {
    const lines = stillShown(this.state.lines, this.host.now());
    if (lines.length !== this.state.lines.length) this.set({ lines });
  }

  destroy(): void {
    this.over = true;
    this.source?.stop();
    this.source = null;
    this.listeners.clear();
  }

  private remember(): void {
    const { size, spoken, language } = this.state;
    this.host.memory.setItem("captions", JSON.stringify({ on: this.wantsOn, size, spoken, language }));
  }

  private set(change: Partial<CaptionState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}
