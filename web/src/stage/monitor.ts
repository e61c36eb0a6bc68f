// Takes a reading of the connection every two seconds while there is one, and lets the view follow the network.
import type { MeetingStore } from "../meeting/store";
import { type Quality, qualityOf, type Reading, SharpnessCap } from "./quality";
import { expectsPictures, Receiving } from "./receiving";
import type { ViewStore } from "./view";

const every = 2000;

export class QualityMonitor {
  private quality: Quality | null = null;
  private before: Reading = new Map();
  private readonly cap = new SharpnessCap();
  private readonly receiving = new Receiving();
  private readonly listeners = new Set<() => void>();
  private readonly timer: number;

  constructor(private readonly store: MeetingStore, private readonly view: ViewStore) {
    this.timer = window.setInterval(() => void this.read(), every);
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  snapshot = (): Quality | null => this.quality;

  private async read(): Promise<void> {
    const report = await this.store.mediaStats()?.catch(() => undefined);
    if (!report) return;
    const now = report as unknown as Reading;
    const quality = qualityOf(now, this.before);
    this.quality = { ...quality, notReceiving: this.receiving.feed(expectsPictures(this.store.state), quality.videoPackets) };
    // The first reading has nothing to compare with.
    const first = this.before.size === 0;
    this.before = now;
    if (!first && this.cap.feed(this.quality) !== this.view.state.cap) this.view.set({ cap: this.cap.height });
    for (const listener of this.listeners) listener();
  }

  stop(): void {
    window.clearInterval(this.timer);
  }
}
