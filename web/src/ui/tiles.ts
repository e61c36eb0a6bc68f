// The videos of a meeting, outside of React: a tile for each seat of the stage, moved to where layout.ts says. React draws
// into a tile's `over` (TileOverlay.tsx). What is shown decides what the server is asked for.
import type { Voice } from "../activities/captions/hearing";
import { sourceOfContext } from "../core/contexts";
import type { ReceivedTrack } from "../media/connection";
import type { MeetingStore } from "../meeting/store";
import { devices, inUse } from "../stage/devices";
import { arrange, keyOf, type Person, personAt, type Seat, type Stage, type StageInput } from "../stage/layout";
import { useSpeaker } from "../stage/level";
import { ActiveSpeaker } from "../stage/speaker";
import type { ViewStore } from "../stage/view";
import { heightStep, type Wanted } from "../stage/wishes";

interface Tile {
  element: HTMLElement;
  video: HTMLVideoElement;
  label: HTMLElement;
  initial: HTMLElement;
  over: HTMLElement;
}

/** What React knows of the tiles. */
export interface TileHandle {
  key: string;
  seat: Seat;
  self: boolean;
  over: HTMLElement;
}
export interface Shown {
  tiles: readonly TileHandle[];
  page: number;
  pages: number;
  focused: boolean;
  /** The browser plays no sound before the person has pressed something. */
  soundBlocked: boolean;
  poppedOut: boolean;
}

/** Slots for pictures, as the join asks for them (meeting/store.ts). */
const slotCount = 9;

export class TileManager {
  private slots: { slot: number; receiver: number; stream: MediaStream }[] = [];
  private readonly tiles = new Map<string, Tile & { seat: Seat }>();
  private readonly audio = new Map<number, HTMLAudioElement>();
  private readonly speaker = new ActiveSpeaker();
  private readonly stops: (() => void)[] = [];
  private readonly sizes: ResizeObserver;
  private readonly listeners = new Set<() => void>();
  private shown: Shown = { tiles: [], page: 0, pages: 1, focused: false, soundBlocked: false, poppedOut: false };
  private input: StageInput | null = null;
  private timer = 0;
  private queued = false;
  private home: Node | null = null;
  private popped: Window | null = null;

  constructor(private readonly grid: HTMLElement, private readonly store: MeetingStore, private readonly view: ViewStore, private readonly you: string) {
    this.sizes = new ResizeObserver(() => this.soon());
    this.sizes.observe(grid);
    this.stops.push(store.subscribe(() => this.soon()), view.subscribe(() => this.soon()), devices().subscribe(() => this.chooseSpeaker()));
    this.update();
    store.onTracks = (tracks) => this.use(tracks);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): Shown => this.shown;

  /** The track that a tile shows, by which statistics name it. */
  trackOf(key: string): string | undefined {
    const stream = this.tiles.get(key)?.video.srcObject;
    return stream instanceof MediaStream ? stream.getVideoTracks()[0]?.id : undefined;
  }

  /** Whose voices are heard now, oneself included: by the keys that opened them. */
  voices(): Voice[] {
    const { state, ownAudio } = this.store;
    const voices: Voice[] = ownAudio?.readyState === "live" ? [{ participant: state.self, track: ownAudio }] : [];
    for (const [receiver, element] of this.audio) {
      const sender = state.senders.get(receiver);
      const entry = sender && [...state.roster.values()].find((known) => known.sender_index === sender.senderIndex);
      const track = element.srcObject instanceof MediaStream ? element.srcObject.getAudioTracks()[0] : undefined;
      if (entry && track?.readyState === "live") voices.push({ participant: entry.participant, track });
    }
    return voices;
  }

  destroy(): void {
    this.popped?.close();
    for (const stop of this.stops) stop();
    this.sizes.disconnect();
    window.clearTimeout(this.timer);
    this.store.onTracks = () => undefined;
    for (const element of this.audio.values()) element.remove();
    this.grid.replaceChildren();
  }

  /** After the person has pressed something: whatever waits is played. */
  unblock(): void {
    this.tell({ soundBlocked: false });
    for (const element of this.audio.values()) this.play(element);
  }

  /** Pins the person whom a digit means, or lets go of them (layout.ts). */
  pinAt(digit: number): void {
    const who = this.input ? personAt(digit, this.input) : undefined;
    if (who !== undefined) this.view.togglePin(who);
  }

  /** Into a small window that stays on top, until that is closed. Resolves with false where there is no such thing. */
  async popOut(): Promise<boolean> {
    const maker = (window as { documentPictureInPicture?: { requestWindow(options: { width: number; height: number }): Promise<Window> } }).documentPictureInPicture;
    if (!maker || this.home) return false;
    const other = await maker.requestWindow({ width: 480, height: 300 }).catch(() => null);
    if (!other) return false;
    for (const link of document.querySelectorAll('link[rel="stylesheet"], style')) other.document.head.append(link.cloneNode(true));
    for (const { name, value } of document.documentElement.attributes) other.document.documentElement.setAttribute(name, value);
    this.popped = other;
    this.home = this.grid.parentNode;
    other.document.body.className = "popped-out";
    other.document.body.append(this.grid);
    other.addEventListener("resize", () => this.soon());
    other.addEventListener("pagehide", () => this.comeBack(), { once: true });
    this.tell({ poppedOut: true });
    this.resume();
    return true;
  }

  private comeBack(): void {
    this.home?.insertBefore(this.grid, this.home.firstChild);
    this.home = this.popped = null;
    this.tell({ poppedOut: false });
    this.resume();
  }

  /** Moving between documents pauses. */
  private resume(): void {
    for (const { video } of this.tiles.values()) if (video.srcObject) void video.play().catch(() => undefined);
    this.soon();
  }

  private use(tracks: ReceivedTrack[]): void {
    for (const element of this.audio.values()) element.remove();
    this.audio.clear();
    this.slots = [];
    for (const { slot, receiver, video, track } of tracks) {
      const stream = new MediaStream([track]);
      if (video) {
        this.slots.push({ slot, receiver, stream });
        continue;
      }
      const element = new Audio();
      element.srcObject = stream;
      element.muted = true;
      element.hidden = true;
      document.body.append(element);
      this.audio.set(receiver, element);
      this.play(element);
    }
    this.chooseSpeaker();
    this.update();
  }

  private play(element: HTMLAudioElement): void {
    void element.play().catch((error: unknown) => {
      if (error instanceof DOMException && error.name === "NotAllowedError") this.tell({ soundBlocked: true });
    });
  }

  private chooseSpeaker(): void {
    const { chosen, speakers } = devices().state;
    for (const element of this.audio.values()) void useSpeaker(element, inUse(chosen.speaker, speakers));
  }

  private make(seat: Seat, self: boolean): Tile & { seat: Seat } {
    const element = document.createElement("div");
    element.className = "tile";
    element.dataset["tile"] = self ? "own" : keyOf(seat);
    element.dataset["share"] = String(seat.kind === "share");
    const video = document.createElement("video");
    video.autoplay = true;
    video.playsInline = true;
    video.muted = true;
    const initial = document.createElement("span");
    initial.className = "tile-initial";
    initial.ariaHidden = "true";
    const label = document.createElement("span");
    label.className = "tile-name";
    label.dir = "auto";
    const over = document.createElement("div");
    over.className = "tile-over";
    element.append(video, initial, label, over);
    this.grid.append(element);
    return { element, video, label, initial, over, seat };
  }

  /** The picture of a seat, if one comes: whose it is says the key that opened it, whatever the server says. */
  private pictureOf(seat: Seat): MediaStream | null {
    const { state } = this.store;
    const entry = state.roster.get(seat.participant);
    if (!entry) return null;
    const found = this.slots.find(({ slot, receiver }) => {
      const sender = state.senders.get(receiver);
      return state.assignments.get(slot)?.participant === seat.participant && sender?.senderIndex === entry.sender_index && sourceOfContext(sender.context) === seat.kind;
    });
    return found?.stream ?? null;
  }

  private people(): Person[] {
    const { state } = this.store;
    const people: Person[] = [];
    for (const entry of state.roster.values()) {
      if (entry.client === "recorder") continue;
      const self = entry.participant === state.self;
      const video = self ? this.store.ownVideo !== null : entry.sources.includes("camera") && !entry.video_muted;
      people.push({ participant: entry.participant, self, video: video && (self || !this.view.state.audioOnly), share: !this.view.state.audioOnly && entry.sources.includes("share") });
    }
    return people;
  }

  private soon(): void {
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      this.update();
    });
  }

  private update(): void {
    const { state } = this.store;
    const view = this.view.state;
    for (const [receiver, element] of this.audio) element.muted = !state.senders.has(receiver);
    const people = this.people();
    const others = new Set(people.filter((p) => !p.self).map((p) => p.participant));
    const active = this.speaker.update(state.speakers, (p) => others.has(p), performance.now());
    window.clearTimeout(this.timer);
    const due = this.speaker.dueAt;
    if (due !== null) this.timer = window.setTimeout(() => this.soon(), Math.max(10, due - performance.now()));

    this.input = {
      people, mode: view.mode, pinned: view.pinned, spotlight: state.spotlight, active, hideSelf: view.hideSelf, hideWithoutVideo: view.hideWithoutVideo,
      page: view.page, width: this.grid.clientWidth, height: this.grid.clientHeight, slots: slotCount,
    };
    const stage = arrange(this.input);
    this.draw(stage, people);
    this.ask(stage, people);
  }

  private draw(stage: Stage, people: readonly Person[]): void {
    const { state } = this.store;
    const wanted = new Map(stage.placed.map((p) => [keyOf(p), p]));
    const self = new Map(people.map((p) => [p.participant, p.self]));
    let changed = false;
    for (const [key, tile] of this.tiles) {
      if (wanted.has(key)) continue;
      tile.video.srcObject = null;
      tile.element.remove();
      this.tiles.delete(key);
      changed = true;
    }
    for (const [key, placed] of wanted) {
      const own = self.get(placed.participant) === true;
      let tile = this.tiles.get(key);
      if (!tile) {
        tile = this.make(placed, own);
        this.tiles.set(key, tile);
        changed = true;
      }
      for (const [name, value] of [["x", placed.x], ["y", placed.y], ["w", placed.width], ["h", placed.height]] as const) tile.element.style.setProperty(`--${name}`, `${Math.round(value * 10) / 10}px`);
      tile.element.dataset["main"] = String(placed.main);
      tile.element.dataset["size"] = placed.width < 220 ? "small" : placed.width < 480 ? "middle" : "large";
      const entry = state.roster.get(placed.participant);
      // The server's list is a moment old: whoever has just muted does not speak.
      const muted = own ? state.audioMuted : entry?.audio_muted === true;
      tile.element.dataset["speaking"] = String(placed.kind === "camera" && !muted && state.speakers[0] === placed.participant);
      this.name(tile, own ? `${entry?.name ?? ""} (${this.you})` : (entry?.name ?? ""));
      this.picture(tile, placed, own);
    }
    const { page, pages, focused } = stage;
    if (changed || page !== this.shown.page || pages !== this.shown.pages || focused !== this.shown.focused) {
      this.tell({ page, pages, focused, tiles: [...this.tiles].map(([key, { seat, over }]) => ({ key, seat, over, self: self.get(seat.participant) === true })) });
    }
  }

  private picture(tile: Tile, seat: Seat, own: boolean): void {
    const { video, element } = tile;
    const shown = video.srcObject instanceof MediaStream ? video.srcObject : null;
    if (own) {
      const track = this.store.ownVideo;
      if ((track ?? undefined) !== shown?.getVideoTracks()[0]) video.srcObject = track ? new MediaStream([track]) : null;
    } else {
      const stream = this.view.state.audioOnly ? null : this.pictureOf(seat);
      if (stream !== shown) video.srcObject = stream;
    }
    element.dataset["picture"] = String(video.srcObject !== null);
    if (video.srcObject && video.paused) void video.play().catch(() => undefined);
  }

  private name(tile: Tile, name: string): void {
    const shown = name.trim();
    if (tile.label.textContent !== shown) tile.label.textContent = shown;
    const first = [...shown][0] ?? "";
    if (tile.initial.textContent !== first) tile.initial.textContent = first;
  }

  private ask(stage: Stage, people: readonly Person[]): void {
    const byNumber = new Map(people.map((p) => [p.participant, p]));
    const wanted: Wanted[] = [];
    for (const box of stage.placed) {
      const person = byNumber.get(box.participant);
      if (!person || person.self) continue;
      if (box.kind === "share") wanted.push({ participant: box.participant, kind: "share", height: 1080, priority: 10 });
      else if (person.video) wanted.push({ participant: box.participant, kind: "camera", height: Math.min(heightStep(box.height * Math.min(devicePixelRatio, 2)), this.view.most), priority: box.main ? 3 : 1 });
    }
    this.store.want(wanted.sort((a, b) => b.priority - a.priority));
  }

  private tell(change: Partial<Shown>): void {
    this.shown = { ...this.shown, ...change };
    for (const listener of this.listeners) listener();
  }
}
