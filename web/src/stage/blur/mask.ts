// From what the network says of each pixel to the mask that is drawn: steady in time, with an edge that is soft but not wide.

/** Of the mask before so much stays. Larger: calmer edges that lag behind; smaller: quicker ones that flicker. */
const stays = 0.35;
/** Below it is background, above it a person. */
const edge = { from: 0.25, to: 0.7 };

export class Mask {
  private readonly smooth: Float32Array;
  private first = true;

  constructor(size: number) {
    this.smooth = new Float32Array(size);
  }

  /** `person`: 0 to 1 for each pixel. Writes the fourth byte of every pixel of `rgba`. */
  next(person: Float32Array, rgba: Uint8ClampedArray): void {
    const kept = this.first ? 0 : stays;
    this.first = false;
    for (let k = 0; k < this.smooth.length; ++k) {
      const value = this.smooth[k]! * kept + person[k]! * (1 - kept);
      this.smooth[k] = value;
      const x = Math.min(1, Math.max(0, (value - edge.from) / (edge.to - edge.from)));
      rgba[4 * k + 3] = 255 * x * x * (3 - 2 * x);
    }
  }
}

/** The network wants red, green and blue from 0 to 1. */
export function toInput(rgba: Uint8ClampedArray, input: Float32Array): void {
  for (let k = 0, i = 0; i < input.length; k += 4, i += 3) {
    input[i] = rgba[k]! / 255;
    input[i + 1] = rgba[k + 1]! / 255;
    input[i + 2] = rgba[k + 2]! / 255;
  }
}
