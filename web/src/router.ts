// Which page the address names, and how one goes to another without loading everything again.
import { useSyncExternalStore } from "react";

export type Area = "meeting" | "site" | "admin" | "setup";

export interface Place {
  area: Area;
  /** What follows the area: ["meetings", "123"] of /app/meetings/123. */
  segments: readonly string[];
  query: URLSearchParams;
}

const areas = new Map<string, Area>([["j", "meeting"], ["s", "meeting"], ["app", "site"], ["admin", "admin"], ["setup", "setup"]]);

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** `/` and whatever is not known are the site's: it says what it does not have. */
export function placeOf(path: string, search = ""): Place {
  const [first = "", ...rest] = path.split("/").filter((segment) => segment !== "").map(decoded);
  const area = areas.get(first);
  return { area: area ?? "site", segments: area ? rest : first === "" ? [] : [first, ...rest], query: new URLSearchParams(search) };
}

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
