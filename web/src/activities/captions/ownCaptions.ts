// The captions of this page: the browser's recogniser on this device, listening to whom one hears and to oneself.
import { language } from "../../i18n";
import { memory } from "../../stage/memory";
import { listenTo, type Voice } from "./hearing";
import { DeviceRecognition, recogniserMaker, supportOf, wishedLanguages } from "./recogniser";
import { CaptionStore } from "./store";

export function ownCaptions(voices: () => readonly Voice[]): CaptionStore {
  const maker = recogniserMaker(globalThis);
  return new CaptionStore({
    memory,
    wished: maker ? wishedLanguages(navigator.languages, language) : [],
    support: (wished) => (maker ? supportOf(maker, wished) : Promise.resolve("absent")),
    fetch: (wished) => maker?.install?.({ langs: [wished] }) ?? Promise.resolve(false),
    source: (wished) => new DeviceRecognition(maker!, wished, () => listenTo(voices)),
    now: () => performance.now(),
  });
}
