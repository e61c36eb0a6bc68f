// The worker that blurs what is behind a person, frame by frame. The first frame has its mask already: a background that is
// to be hidden is not shown for a moment either.
import { Mask, toInput } from "./mask";
import type { FromBlur, ToBlur } from "./messages";
import { readModel } from "./model";
import { Network } from "./network";
import { Pace } from "./pace";

interface WorkerScope {
  postMessage(message: FromBlur): void;
  onmessage: ((event: MessageEvent<ToBlur>) => void) | null;
}
const scope = self as unknown as WorkerScope;

/** The background is made so many times smaller, blurred there and drawn large again. */
const smaller = 8;

function canvas(width: number, height: number, readBack = false): OffscreenCanvasRenderingContext2D {
  return new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: readBack })!;
}

class Blur {
  private readonly network: Network;
  private readonly width: number;
  private readonly height: number;
  private readonly look: OffscreenCanvasRenderingContext2D;
  private readonly mask: OffscreenCanvasRenderingContext2D;
  private readonly pixels: ImageData;
  private readonly shape: Mask;
  private behind = canvas(1, 1);
  private out = canvas(1, 1);

  constructor(model: ArrayBuffer) {
    this.network = new Network(readModel(model));
    const [height, width, channels] = this.network.input.shape;
    if (channels !== 3 || this.network.output.data.length !== width * height) throw new Error("not a model for masks");
    this.width = width;
    this.height = height;
    this.look = canvas(width, height, true);
    this.mask = canvas(width, height);
    this.pixels = new ImageData(width, height);
    this.shape = new Mask(width * height);
  }

  see(frame: VideoFrame): void {
    this.look.drawImage(frame, 0, 0, this.width, this.height);
    toInput(this.look.getImageData(0, 0, this.width, this.height).data, this.network.input.data);
    this.network.run();
    this.shape.next(this.network.output.data, this.pixels.data);
    this.mask.putImageData(this.pixels, 0, 0);
  }

  draw(frame: VideoFrame): VideoFrame {
    const { displayWidth: width, displayHeight: height } = frame;
    if (this.out.canvas.width !== width || this.out.canvas.height !== height) {
      this.out = canvas(width, height);
      this.behind = canvas(Math.ceil(width / smaller), Math.ceil(height / smaller));
      this.behind.filter = "blur(3px)";
      this.out.imageSmoothingQuality = "high";
    }
    const { out, behind } = this;
    // Drawn a little larger than it is: at the border a blur mixes with nothing.
    behind.drawImage(frame, -2, -2, behind.canvas.width + 4, behind.canvas.height + 4);
    out.globalCompositeOperation = "copy";
    out.drawImage(this.mask.canvas, 0, 0, width, height);
    out.globalCompositeOperation = "source-in";
    out.drawImage(frame, 0, 0, width, height);
    out.globalCompositeOperation = "destination-over";
    out.drawImage(behind.canvas, 0, 0, width, height);
    return new VideoFrame(out.canvas, { timestamp: frame.timestamp, alpha: "discard", ...(frame.duration === null ? {} : { duration: frame.duration }) });
  }
}

async function run({ model, readable, writable, frameTime }: ToBlur): Promise<void> {
  const blur = new Blur(model);
  const pace = new Pace(frameTime);
  const reader = readable.getReader();
  const writer = writable.getWriter();
  let first = true;
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) break;
    const began = performance.now();
    let seen = began;
    try {
      if (pace.wantsMask()) {
        blur.see(frame);
        seen = performance.now();
      }
      await writer.write(blur.draw(frame));
    } finally {
      frame.close();
    }
    const now = performance.now();
    if (first) scope.postMessage({ type: "begun" });
    first = false;
    if (!pace.keepsUp(seen - began, now - seen, now)) return scope.postMessage({ type: "slow" });
  }
  await writer.close();
}

scope.onmessage = ({ data }) => {
  run(data).catch((error: unknown) => scope.postMessage({ type: "failed", why: String(error) }));
};
