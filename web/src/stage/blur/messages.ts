// What the page and the worker that blurs say to each other.
export interface ToBlur {
  model: ArrayBuffer;
  readable: ReadableStream<VideoFrame>;
  writable: WritableStream<VideoFrame>;
  /** Milliseconds between two frames of the camera. */
  frameTime: number;
}

/** `begun`: the first blurred frame is out. After `slow` and `failed` nothing more comes. */
export type FromBlur = { type: "begun" } | { type: "slow" } | { type: "failed"; why: string };
