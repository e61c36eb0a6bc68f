// What a recorder wrote down besides pictures: who came, spoke, shared, and what was written. Lines of JSON; one that
// cannot be understood is left out.
export interface Chapter {
  /** Of the film, in seconds. */
  at: number;
  kind: "start" | "speaker" | "share" | "shareEnd" | "pause" | "came";
  name: string;
  /** Of a pause, in seconds. */
  length?: number;
}

export interface Said {
  at: number;
  name: string;
  text: string;
}

type Line = Record<string, unknown> & { type: string; at_ms: number };

export function linesOf(text: string): Line[] {
  const out: Line[] = [];
  for (const line of text.split("\n")) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === "object" && value !== null && typeof (value as Line).type === "string" && typeof (value as Line).at_ms === "number") out.push(value as Line);
    } catch {
      // Cut off, or of a later version.
    }
  }
  return out;
}

/** A turn shorter than this is no chapter. */
const shortestTurn = 12;

/** `parts`: each journal with where its part begins in the film, in seconds. */
export function chaptersOf(parts: readonly { text: string; offset: number }[], length: number): Chapter[] {
  const names = new Map<number, string>();
  const out: Chapter[] = [{ at: 0, kind: "start", name: "" }];
  const turns: Chapter[] = [];
  let speaker: { who: number; at: number } | undefined;
  const close = (at: number) => {
    if (speaker && at - speaker.at >= shortestTurn) turns.push({ at: speaker.at, kind: "speaker", name: names.get(speaker.who) ?? "" });
    speaker = undefined;
  };
  for (const { text, offset } of parts) {
    for (const line of linesOf(text)) {
      const at = offset + line.at_ms / 1000;
      const who = typeof line["participant"] === "number" ? line["participant"] : 0;
      if ((line.type === "came" || line.type === "renamed") && typeof line["name"] === "string") {
        if (line.type === "came" && !names.has(who) && at > 5) out.push({ at, kind: "came", name: line["name"] });
        names.set(who, line["name"]);
      } else if (line.type === "sharing") {
        out.push({ at, kind: line["on"] === true ? "share" : "shareEnd", name: names.get(who) ?? "" });
      } else if (line.type === "paused") {
        out.push({ at, kind: "pause", name: "", length: Number(line["for_ms"]) / 1000 });
      } else if (line.type === "speaking" && Array.isArray(line["participants"])) {
        const loudest: unknown = line["participants"][0];
        // Silence between two sentences of one person ends no turn.
        if (typeof loudest === "number" && loudest !== speaker?.who) {
          close(at);
          speaker = { who: loudest, at };
        }
      }
    }
  }
  close(length);
  const sorted = [...out, ...turns.filter((turn, i) => turn.name !== "" && turn.name !== turns[i - 1]?.name)];
  return sorted.sort((a, b) => a.at - b.at).filter((c) => c.at <= length);
}

export function chatOf(parts: readonly { text: string; offset: number }[]): Said[] {
  return parts.flatMap(({ text, offset }) => linesOf(text).filter((line) => typeof line["text"] === "string").map((line) => ({
    at: offset + line.at_ms / 1000, name: String(line["name"] ?? ""), text: String(line["text"]),
  }))).sort((a, b) => a.at - b.at);
}

/** The last entry that has begun at `seconds`; -1: none. */
export function currentOf(entries: readonly { at: number }[], seconds: number): number {
  return entries.findLastIndex((entry) => entry.at <= seconds + 0.05);
}
