// The video elements of a meeting, outside of React: one for each slot and one for oneself, placed in a grid. React
// draws everything else.
import type { MeetingStore } from "../meeting/store";
import type { ReceivedTrack } from "../media/connection";
import { sourceOfContext } from "../core/contexts";

interface Tile {
  element: HTMLElement;
  video: HTMLVideoElement;
  label: HTMLElement;
  initial: HTMLElement;
}

export class TileManager {
  private readonly slots = new Map<number, Tile & { receiver: number }>();
  private readonly faces = new Map<number, Tile>();
  private readonly audio = new Map<number, HTMLAudioElement>();
  private readonly own: Tile;
  private readonly stop: () => void;

  constructor(private readonly grid: HTMLElement, private readonly store: MeetingStore, private readonly you: string) {
    this.own = this.make("own");
    this.grid.append(this.own.element);
    store.onTracks = (tracks) => this.use(tracks);
    this.stop = store.subscribe(() => this.update());
    this.update();
  }

  destroy(): void {
    this.stop();
    this.store.onTracks = () => undefined;
    for (const element of this.audio.values()) element.remove();
    this.grid.replaceChildren();
  }

  private use(tracks: ReceivedTrack[]): void {
    for (const tile of this.slots.values()) tile.element.remove();
    this.slots.clear();
    for (const element of this.audio.values()) element.remove();
    this.audio.clear();
    for (const { slot, receiver, video, track } of tracks) {
      const stream = new MediaStream([track]);
      if (video) {
        const tile = this.make(`slot-${slot}`);
        tile.video.srcObject = stream;
        tile.element.hidden = true;
        this.slots.set(slot, { ...tile, receiver });
        this.grid.append(tile.element);
      } else {
        const element = new Audio();
        element.srcObject = stream;
        element.muted = true;
        element.hidden = true;
        document.body.append(element);
        void element.play().catch(() => undefined);
        this.audio.set(receiver, element);
      }
    }
    this.update();
  }

  private make(name: string): Tile {
    const element = document.createElement("div");
    element.className = "tile";
    element.dataset["tile"] = name;
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
    element.append(video, initial, label);
    return { element, video, label, initial };
  }

  private name(tile: Tile, name: string): void {
    const shown = name.trim();
    if (tile.label.textContent !== shown) tile.label.textContent = shown;
    const first = [...shown][0] ?? "";
    if (tile.initial.textContent !== first) tile.initial.textContent = first;
  }

  private update(): void {
    const { state } = this.store;
    const own = this.store.ownVideo;
    const shown = this.own.video.srcObject instanceof MediaStream ? this.own.video.srcObject.getVideoTracks()[0] : undefined;
    if ((own ?? undefined) !== shown) this.own.video.srcObject = own ? new MediaStream([own]) : null;
    this.own.element.dataset["picture"] = String(own !== null);
    this.name(this.own, `${state.roster.get(state.self)?.name ?? ""} (${this.you})`);
    const bySender = new Map([...state.roster.values()].map((entry) => [entry.sender_index, entry]));
    for (const [receiver, element] of this.audio) element.muted = !state.senders.has(receiver);
    const seen = new Set<number>();
    for (const [slot, tile] of this.slots) {
      const assigned = state.assignments.get(slot)?.participant;
      // The name is that of the key which opened the pictures, whatever the server says.
      const sender = state.senders.get(tile.receiver);
      const entry = sender ? bySender.get(sender.senderIndex) : undefined;
      const visible = assigned !== undefined && entry?.participant === assigned;
      tile.element.hidden = !visible;
      if (!visible || !entry || !sender) continue;
      const share = sourceOfContext(sender.context) === "share";
      tile.element.dataset["share"] = String(share);
      tile.element.dataset["picture"] = "true";
      tile.element.dataset["speaking"] = String(state.speakers[0] === entry.participant);
      this.name(tile, entry.name);
      if (!share) seen.add(entry.participant);
      if (tile.video.paused) void tile.video.play().catch(() => undefined);
    }
    // Everybody whose picture does not come has a tile with a letter.
    for (const entry of state.roster.values()) {
      const without = entry.participant !== state.self && entry.client !== "recorder" && !seen.has(entry.participant);
      let face = this.faces.get(entry.participant);
      if (without && !face) {
        face = this.make(`face-${entry.participant}`);
        this.faces.set(entry.participant, face);
        this.grid.append(face.element);
      }
      if (!face) continue;
      face.element.hidden = !without;
      face.element.dataset["speaking"] = String(state.speakers[0] === entry.participant);
      this.name(face, entry.name);
    }
    for (const [participant, face] of this.faces) {
      if (state.roster.has(participant)) continue;
      face.element.remove();
      this.faces.delete(participant);
    }
    const visible = [...this.grid.children].filter((child) => !(child as HTMLElement).hidden).length;
    this.grid.style.setProperty("--columns", String(Math.ceil(Math.sqrt(Math.max(visible, 1)))));
  }
}
