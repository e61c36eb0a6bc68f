// How close one looks at a shared screen. Pure; ui/ShareZoom.tsx shows it.

export interface Zoom {
  /** How many times as large. */
  factor: number;
  /** The point that stays where it is, in percent of the picture. */
  x: number;
  y: number;
}

export const whole: Zoom = { factor: 1, x: 50, y: 50 };
const factors = [1, 1.5, 2, 3] as const;

/** The next step; after the last one the whole again. */
export function closer(zoom: Zoom): Zoom {
  const factor = factors.find((f) => f > zoom.factor);
  return factor === undefined ? whole : { ...zoom, factor };
}

const percent = (value: number): number => Math.min(100, Math.max(0, value));
export const lookingAt = (zoom: Zoom, x: number, y: number): Zoom => ({ ...zoom, x: percent(x), y: percent(y) });

/** A tenth of the picture an arrow key, as it is seen: left is left also where text runs from right to left. */
const steps = new Map<string, readonly [x: number, y: number]>([["ArrowLeft", [-10, 0]], ["ArrowRight", [10, 0]], ["ArrowUp", [0, -10]], ["ArrowDown", [0, 10]]]);

/** undefined for a key that means nothing here. */
export function moved(zoom: Zoom, key: string): Zoom | undefined {
  const step = steps.get(key);
  return step && zoom.factor > 1 ? lookingAt(zoom, zoom.x + step[0], zoom.y + step[1]) : undefined;
}
