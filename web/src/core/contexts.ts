// Which SFrame context an encoding has: one key and one counter each (core/sframe/kid.h).
import type { MediaSource } from "./messages";

const video = { camera: { q: 1, h: 4, f: 5 }, share: { q: 2, h: 6, f: 7 } } as const;

/** undefined for a layer that does not exist. */
export function contextOf(source: MediaSource, rid: string): number | undefined {
  if (source === "audio") return 0;
  if (source === "share_audio") return 3;
  return (video[source] as Record<string, number>)[rid];
}

export function sourceOfContext(context: number): MediaSource {
  if (context === 0) return "audio";
  if (context === 3) return "share_audio";
  return context === 1 || context === 4 || context === 5 ? "camera" : "share";
}
