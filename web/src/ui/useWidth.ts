// How much room the page has, in steps: wide, medium (small tablets, or a laptop at 200 % zoom) and narrow (phones).
import { useSyncExternalStore } from "react";

export type Width = "wide" | "medium" | "narrow";

const wide = matchMedia("(min-width: 72rem)");
const medium = matchMedia("(min-width: 48rem)");

function subscribe(listener: () => void): () => void {
  wide.addEventListener("change", listener);
  medium.addEventListener("change", listener);
  return () => {
    wide.removeEventListener("change", listener);
    medium.removeEventListener("change", listener);
  };
}

export function useWidth(): Width {
  return useSyncExternalStore(subscribe, () => (wide.matches ? "wide" : medium.matches ? "medium" : "narrow"));
}
