// What people read about a camera or a microphone that does not work.
import { st } from "../i18n/stage";
import type { DeviceState } from "./devices";

/** What does not work, and why. */
export function problemWords({ microphone, camera }: DeviceState["problems"]): [string, string] {
  const which = microphone && camera ? "both" : microphone ? "microphone" : "camera";
  const refused = microphone === "refused" || camera === "refused";
  const why = microphone && camera && microphone !== camera ? (refused ? "refused" : "other") : (microphone ?? camera ?? "other");
  return [st(`problem.${which}`), st(`problem.why.${why}`)];
}
