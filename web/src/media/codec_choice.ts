// In which codec this person wants pictures to be sent where everybody takes it. Chosen here, remembered in this browser.
import { type VideoCodec, videoCodecNames } from "../core/codecs";
import { memory } from "../stage/memory";

const key = "video.codec";
const listeners = new Set<() => void>();
let chosen: VideoCodec = videoCodecNames.find((name) => name === memory.getItem(key)) ?? "vp8";

export const codecChoice = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  snapshot: (): VideoCodec => chosen,
  choose(codec: VideoCodec): void {
    chosen = codec;
    memory.setItem(key, codec);
    for (const listener of listeners) listener();
  },
};

/** Whether this browser has an encoder for it at all. */
export function canEncode(codec: VideoCodec): boolean {
  const known = typeof RTCRtpSender === "undefined" ? null : RTCRtpSender.getCapabilities?.("video");
  return known?.codecs.some((c) => c.mimeType.toLowerCase() === `video/${codec}`) ?? false;
}
