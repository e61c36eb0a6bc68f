// In which codec this person wants pictures to be sent where everybody takes it. Chosen here, remembered in this browser.
import { type VideoCodec, videoCodecNames } from "../core/codecs";
import { memory } from "../stage/memory";
import type { CodecEncoding } from "./connection";

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

/** What this browser encodes besides VP8, and of that what it changes a sender to. */
export function otherCodecs(): { encodes: VideoCodec[]; takes: VideoCodec[] } {
  const known = typeof RTCRtpSender === "undefined" ? null : RTCRtpSender.getCapabilities?.("video");
  const encoderOf = (name: VideoCodec) => known?.codecs.find((c) => c.mimeType.toLowerCase() === `video/${name}`);
  const encodes = videoCodecNames.filter((name) => name !== "vp8" && encoderOf(name));
  return { encodes, takes: encodes.filter((name) => changesTo(encoderOf(name))) };
}

/** A browser that does not know the codec of an encoding leaves it out. Asked of a connection that is never opened. */
function changesTo(codec: CodecEncoding["codec"]): boolean {
  let pc: RTCPeerConnection | undefined;
  try {
    pc = new RTCPeerConnection();
    const encoding: CodecEncoding = { codec };
    const { sender } = pc.addTransceiver("video", { direction: "sendonly", sendEncodings: [encoding] });
    return (sender.getParameters().encodings[0] as CodecEncoding | undefined)?.codec !== undefined;
  } catch {
    return false;
  } finally {
    pc?.close();
  }
}
