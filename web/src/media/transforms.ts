// How frames get into the worker: by RTCRtpScriptTransform, or by createEncodedStreams where only that exists.
import type { ToWorker, TransformOptions } from "../core/messages";

interface EncodedStreams {
  readable: ReadableStream;
  writable: WritableStream;
}
type End = (RTCRtpSender | RTCRtpReceiver) & { createEncodedStreams?: () => EncodedStreams };

export type TransformKind = "script" | "streams" | "none";

export function transformKind(): TransformKind {
  if (typeof RTCPeerConnection === "undefined") return "none";
  if (typeof RTCRtpScriptTransform !== "undefined") return "script";
  return typeof (RTCRtpReceiver.prototype as End).createEncodedStreams === "function" ? "streams" : "none";
}

/** With `streams` the connection is told so when it is made; from then on nothing passes an end without its streams. */
export const configurationFor = (kind: TransformKind): RTCConfiguration => (kind === "streams" ? ({ encodedInsertableStreams: true } as RTCConfiguration) : {});

/** Must be called in the step that makes `end`: what a browser lets pass before is not sealed, or not opened. */
export function putTransform(kind: TransformKind, worker: Worker, end: End, options: TransformOptions): void {
  if (kind === "script") {
    end.transform = new RTCRtpScriptTransform(worker, options);
  } else if (kind === "streams" && end.createEncodedStreams) {
    const { readable, writable } = end.createEncodedStreams();
    const message: ToWorker = { type: "streams", readable, writable, options };
    worker.postMessage(message, [readable, writable]);
  } else {
    throw new Error("This browser cannot encrypt media.");
  }
}
