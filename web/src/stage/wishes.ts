// Which slot shows whom. A picture that stays wanted stays in its slot: nothing flickers and no key frame is needed.
import type { SourceKind } from "@protocol/signalling";

export interface Wanted {
  participant: number;
  kind: "camera" | "share";
  /** Pixels of height that are worth sending. */
  height: number;
  priority: number;
}
export interface Wish {
  slot: number;
  participant: number;
  kind: SourceKind;
  max_height: number;
  priority: number;
}

/** The steps that cameras come in: a window that grows by a pixel asks for nothing new. */
export function heightStep(pixels: number): number {
  return pixels <= 200 ? 180 : pixels <= 420 ? 360 : 720;
}

/** `wanted` in order of importance; what has no slot left is not asked for. */
export function assign(previous: readonly Wish[], wanted: readonly Wanted[], slots: readonly number[]): Wish[] {
  const chosen = wanted.slice(0, slots.length);
  const kept = new Map<Wanted, number>();
  const free = new Set(slots);
  for (const w of chosen) {
    const before = previous.find((p) => p.participant === w.participant && p.kind === w.kind && free.has(p.slot));
    if (!before) continue;
    kept.set(w, before.slot);
    free.delete(before.slot);
  }
  const left = [...free];
  return chosen
    .map((w) => ({ slot: kept.get(w) ?? left.shift()!, participant: w.participant, kind: w.kind, max_height: w.height, priority: w.priority }))
    .sort((a, b) => a.slot - b.slot);
}

export function same(a: readonly Wish[], b: readonly Wish[]): boolean {
  return a.length === b.length && a.every((w, k) => {
    const v = b[k]!;
    return w.slot === v.slot && w.participant === v.participant && w.kind === v.kind && w.max_height === v.max_height && w.priority === v.priority;
  });
}
