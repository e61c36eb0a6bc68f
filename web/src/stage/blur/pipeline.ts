// The camera's frames go through a worker of this page, which finds the person by a small network and blurs the rest. Nothing
// leaves the device; worker and model come from our own server when they are first wanted.
import modelUrl from "@mediapipe/selfie_segmentation/selfie_segmentation_landscape.tflite?url";
import { checkedWorker, fetchChecked } from "../../core/checked";
import type { Blurred, BlurLost, Insertable } from "./blurrer";
import type { FromBlur, ToBlur } from "./messages";
import workerUrl from "./worker?worker&url";

/** From the first frame on within so many milliseconds, or not at all. */
const patience = 10_000;

export async function start(insertable: Insertable, camera: MediaStreamTrack, lost: (why: BlurLost) => void): Promise<Blurred | null> {
  let worker: Worker | undefined;
  let track: MediaStreamTrack | undefined;
  let begun = false;
  let stopped = false;
  const stop = () => {
    stopped = true;
    worker?.terminate();
    track?.stop();
  };
  const end = (why: BlurLost) => {
    if (stopped) return;
    stop();
    lost(why);
  };
  try {
    const [made, model] = await Promise.all([checkedWorker(workerUrl), fetchChecked(modelUrl).then((response) => response.arrayBuffer())]);
    worker = made;
    const { readable } = new insertable.MediaStreamTrackProcessor({ track: camera, maxBufferSize: 1 });
    const generator = new insertable.MediaStreamTrackGenerator({ kind: "video" });
    track = generator;
    const settings = camera.getSettings();
    // Whoever sends it wants to know how large it is before its first frame has come.
    generator.getSettings = () => ({ ...settings, ...camera.getSettings() });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no frame")), patience);
      made.onerror = (event) => (begun ? end("broken") : reject(new Error(event.message)));
      made.onmessage = ({ data }: MessageEvent<FromBlur>) => {
        clearTimeout(timer);
        if (data.type === "begun") {
          begun = true;
          return resolve();
        }
        if (!begun) return reject(new Error(data.type));
        end(data.type === "slow" ? "slow" : "broken");
      };
      const { writable } = generator;
      const message: ToBlur = { model, readable, writable, frameTime: 1000 / (settings.frameRate || 30) };
      made.postMessage(message, [model, readable, writable]);
    });
    return { track: generator, stop };
  } catch {
    stop();
    return null;
  }
}
