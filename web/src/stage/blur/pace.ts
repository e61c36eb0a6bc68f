// Whether this computer keeps up with blurring: how often the mask is made anew, and when it is given up. Times in
// milliseconds.

/** Of each frame's time so much may be worked. Larger: fresher masks; smaller: cooler computers. */
const share = 0.6;
/** A mask that is older than so many frames lags visibly behind a person. */
const mostFrames = 5;
/** Pictures a second below which it is given up when it is our work that holds them back. */
const fewest = 10;
const window = 4000;
/** The first seconds are slow everywhere: code is compiled, canvases are made. */
const warmUp = 3000;

export class Pace {
  private maskCost = 0;
  private drawCost = 0;
  private began = -1;
  private from = 0;
  private frames = 0;
  private busy = 0;
  private sinceMask = Infinity;

  /** `frameTime`: how far apart the camera's frames are meant to be. */
  constructor(private readonly frameTime: number) {}

  /** Whether this frame gets a mask of its own. */
  wantsMask(): boolean {
    this.sinceMask += 1;
    if (this.sinceMask < this.every) return false;
    this.sinceMask = 0;
    return true;
  }

  /** Every how many frames a mask is made. */
  get every(): number {
    const left = this.frameTime * share - this.drawCost;
    return left <= 0 ? mostFrames : Math.min(mostFrames, Math.max(1, Math.ceil(this.maskCost / left)));
  }

  /** After each frame: what its mask (0: it had none) and its drawing took. False: give up. */
  keepsUp(mask: number, draw: number, now: number): boolean {
    if (mask > 0) this.maskCost = this.maskCost === 0 ? mask : this.maskCost * 0.8 + mask * 0.2;
    this.drawCost = this.drawCost * 0.8 + draw * 0.2;
    if (this.began < 0) this.began = this.from = now;
    if (now - this.began < warmUp) {
      this.from = now;
      return true;
    }
    this.frames += 1;
    this.busy += mask + draw;
    const passed = now - this.from;
    if (passed < window) return true;
    // In a dark room a camera itself is slow, and in a hidden page frames may pause: then we are not busy.
    const late = (this.frames * 1000) / passed < fewest && this.busy / passed > 0.8;
    this.from = now;
    this.frames = this.busy = 0;
    return !late;
  }
}
