// Whether UDP gets through to the server: asked by a connection of its own that carries nothing and ends with the answer.
// Whoever knows the transport's password is answered, and no path comes of it (core/ice/lite_agent.h).
import type { TransportParameters } from "@protocol/signalling";
import { probeOf } from "./sdp";

/** Longer: a way that loses much counts as one that works; shorter: one with a long round trip does not. */
const limit = 3000;

/** Never rejects; false when `signal` ends it. */
export const udpAnswers = (server: TransportParameters, signal: AbortSignal): Promise<boolean> => ask(server, signal).catch(() => false);

async function ask(server: TransportParameters, signal: AbortSignal): Promise<boolean> {
  const pc = new RTCPeerConnection();
  let stop = (): void => undefined;
  const answered = new Promise<boolean>((resolve) => {
    stop = () => resolve(false);
    pc.oniceconnectionstatechange = () => {
      if (pc.iceConnectionState === "connected" || pc.iceConnectionState === "completed") resolve(true);
      else if (pc.iceConnectionState === "failed") stop();
    };
  });
  const timer = window.setTimeout(stop, limit);
  // `signal` outlives many questions: what it holds on to, a browser cannot free.
  signal.addEventListener("abort", stop);
  try {
    await pc.setRemoteDescription({ type: "offer", sdp: probeOf(server) });
    await pc.setLocalDescription(await pc.createAnswer());
    return await answered;
  } finally {
    window.clearTimeout(timer);
    signal.removeEventListener("abort", stop);
    pc.oniceconnectionstatechange = null;
    pc.close();
  }
}
