// Where one is, and how one goes elsewhere without loading everything again.
import { useSyncExternalStore } from "react";
import { type Place, placeOf } from "./place";

const listeners = new Set<() => void>();
let place = placeOf(location.pathname, location.search);

function look(): void {
  place = placeOf(location.pathname, location.search);
  for (const listener of listeners) listener();
}
addEventListener("popstate", look);

/** The page's own links come here (react-aria's RouterProvider). A meeting is always loaded afresh. */
export function navigate(to: string, options?: { replace?: boolean } | undefined): void {
  const url = new URL(to, location.href);
  if (url.origin !== location.origin || placeOf(url.pathname).area === "meeting") {
    location.assign(url);
    return;
  }
  history[options?.replace ? "replaceState" : "pushState"](null, "", url);
  scrollTo(0, 0);
  look();
}

export function usePlace(): Place {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => place,
  );
}
