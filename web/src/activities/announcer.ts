// What is read aloud to whoever does not see the page: joining, leaving, hands, chat. At most one sentence in some
// seconds; what happens meanwhile is put together, so that a crowd does not talk over the meeting.

export type News = "joined" | "left" | "hand" | "chat" | "private";

export interface Spoken {
  news: News;
  /** In the order in which it happened, each once. */
  names: string[];
  /** How many times it happened. */
  count: number;
  /** Of a single chat message. */
  text: string;
}

/** Longer: calmer, and later to hear of things; shorter: more interruptions. Milliseconds. */
export const sentenceEvery = 3000;
const mostText = 140;
/** A flood is counted, not remembered. */
const mostNames = 8;

export class Announcer {
  private readonly pending = new Map<News, Spoken>();
  private nextAt = 0;

  add(news: News, name: string, text = ""): void {
    // Somebody who comes and goes before it was said is not worth a sentence.
    if (news === "left" && this.takeBack("joined", name)) return;
    const known = this.pending.get(news) ?? { news, names: [], count: 0, text: "" };
    const names = known.names.includes(name) || known.names.length >= mostNames ? known.names : [...known.names, name];
    this.pending.set(news, { news, names, count: known.count + 1, text: [...text].slice(0, mostText).join("") });
  }

  /** When `due` has something to say, or undefined. */
  next(): number | undefined {
    return this.pending.size === 0 ? undefined : this.nextAt;
  }

  /** What to say now: one sentence a kind of news. Empty when it is too early or nothing happened. */
  due(now: number): Spoken[] {
    if (this.pending.size === 0 || now < this.nextAt) return [];
    const out = [...this.pending.values()];
    this.pending.clear();
    this.nextAt = now + sentenceEvery;
    return out;
  }

  private takeBack(news: News, name: string): boolean {
    const known = this.pending.get(news);
    if (!known?.names.includes(name)) return false;
    if (known.count === 1) this.pending.delete(news);
    else this.pending.set(news, { ...known, names: known.names.filter((n) => n !== name), count: known.count - 1 });
    return true;
  }
}
