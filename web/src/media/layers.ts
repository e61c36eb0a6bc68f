// Which layers of a camera are encoded, and how they are announced.
export interface LayerPlan {
  rid: string;
  scale: number;
  maxBitrate: number;
}

/** Small to large. A browser encodes a third layer only from 960 pixels of width on. */
export function cameraLayers(width: number): LayerPlan[] {
  if (width >= 960) return [{ rid: "q", scale: 4, maxBitrate: 150_000 }, { rid: "h", scale: 2, maxBitrate: 500_000 }, { rid: "f", scale: 1, maxBitrate: 1_700_000 }];
  return [{ rid: "q", scale: 2, maxBitrate: 200_000 }, { rid: "h", scale: 1, maxBitrate: 700_000 }];
}

/** Those of a camera of `width` on a connection that was begun with `begun`: how many there are is settled there. Of two, the larger one
 * takes all that a large camera gives; of three, a browser leaves out what a small one does not. */
export function layersOf(width: number, begun: LayerPlan[]): LayerPlan[] {
  const best = cameraLayers(width);
  if (best.length === begun.length) return best;
  return begun.length === 2 ? [best[0]!, { ...best.at(-1)!, rid: "h" }] : begun;
}

export const shareBitrate = 2_500_000;
export const audioBitrate = 64_000;
