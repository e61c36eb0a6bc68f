// How a person's meeting ends on this page, and where they go after it, when whoever made it wishes so (a learning platform's page).
import type { Phase } from "./state";

/** The address when it is one of a page; "" for anything that a browser would do something else with. */
export function pageAddress(wish: string | undefined): string {
  if (!wish || !URL.canParse(wish)) return "";
  const url = new URL(wish);
  return url.protocol === "https:" || url.protocol === "http:" ? url.href : "";
}

/** Who left, or whose meeting is over, goes there without being asked; who is to read what went wrong is offered it. */
export const goesByItself = (code: string): boolean => code === "left" || code === "ended_by_host";

/** Who is not shown a meeting is in none: nothing of them is sent any more, and no light is on. */
export function letGo(store: { readonly state: { readonly phase: Phase }; leave(): void }, devices: { close(kind: "camera" | "microphone"): void }): void {
  if (store.state.phase !== "idle" && store.state.phase !== "ended") store.leave();
  devices.close("camera");
  devices.close("microphone");
}
