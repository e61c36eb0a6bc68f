// Where the marks of a plot are: a scale with round steps, and paths. Pure.

export interface Scale {
  /** The top of the plot; at least 1, so that nothing stands on the ground line. */
  max: number;
  ticks: number[];
}

/** Steps of 1, 2 or 5 times a power of ten, at most `most` of them above zero; of whole numbers no parts. */
export function scaleOf(values: readonly number[], most = 4): Scale {
  const numbers = values.filter(Number.isFinite);
  const highest = Math.max(1, ...numbers);
  const rough = highest / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough - 1e-9)!;
  const step = numbers.every(Number.isInteger) ? Math.max(1, round) : round;
  const count = Math.ceil(highest / step - 1e-9);
  return { max: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => Number((i * step).toPrecision(12))) };
}

export const height = (value: number, scale: Scale, room: number): number => (Math.max(0, value) / scale.max) * room;

/** Gaps where a value is not there. */
export function linePath(values: readonly (number | null)[], scale: Scale, width: number, room: number): string {
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let path = "";
  let drawing = false;
  values.forEach((value, i) => {
    if (value === null || !Number.isFinite(value)) {
      drawing = false;
      return;
    }
    path += `${drawing ? "L" : "M"}${(i * step).toFixed(1)} ${(room - height(value, scale, room)).toFixed(1)}`;
    drawing = true;
  });
  return path;
}

/** Which names are written below, so that they do not run into each other: the first, the last, some between. */
export function labelled(count: number, room: number): number[] {
  if (count === 0) return [];
  const step = Math.max(1, Math.ceil(count / Math.max(1, room)));
  return Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}
