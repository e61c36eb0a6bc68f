// Blurring what is behind a person by means of this page, where the system cannot: whether this browser lets a page do so.
// How it is done (pipeline.ts) is loaded when it is first wanted.

/** Why it has ended: this computer does not keep up, or it does not work. */
export type BlurLost = "slow" | "broken";

export interface Blurred {
  track: MediaStreamTrack;
  stop(): void;
}

export interface Blurrer {
  /** The same pictures with a blurred background; null when that does not work here. The camera's own track stays open.
   * `lost` is called at most once, and then `track` has ended. */
  start(camera: MediaStreamTrack, lost: (why: BlurLost) => void): Promise<Blurred | null>;
}

/** MediaStreamTrack Insertable Media Processing, as Chromium has it; in no other browser both are in pages. */
export interface Insertable {
  MediaStreamTrackProcessor: new (init: { track: MediaStreamTrack; maxBufferSize: number }) => { readable: ReadableStream<VideoFrame> };
  MediaStreamTrackGenerator: new (init: { kind: "video" }) => MediaStreamTrack & { writable: WritableStream<VideoFrame> };
}

/** undefined where this browser gives no page its camera's frames. */
export function ownBlurrer(scope: object): Blurrer | undefined {
  const { MediaStreamTrackProcessor, MediaStreamTrackGenerator } = scope as Partial<Insertable>;
  if (!MediaStreamTrackProcessor || !MediaStreamTrackGenerator || !("OffscreenCanvas" in scope)) return undefined;
  return {
    start: async (camera, lost) => {
      const pipeline = await import("./pipeline").catch(() => null);
      return pipeline?.start({ MediaStreamTrackProcessor, MediaStreamTrackGenerator }, camera, lost) ?? null;
    },
  };
}
