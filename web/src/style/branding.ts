// What this server is called and how it looks, for every page, also before anybody has signed in. What was seen last is
// remembered, so that a page does not begin in another colour.
import { useSyncExternalStore } from "react";
import { memory } from "../stage/memory";
import { paint, rgbOf } from "./colour";

export interface Branding {
  organisation?: string;
  accent?: string;
  /** An address of this server's. */
  logo?: string;
}

export const productName = "Sealhall";
const key = "branding";
const listeners = new Set<() => void>();
let branding: Branding = {};

/** Only what it may be: it comes from elsewhere, or from a memory that others of this origin have written. */
export function brandingOf(value: unknown): Branding {
  const { organisation, accent, logo } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return {
    ...(typeof organisation === "string" && organisation !== "" ? { organisation: organisation.slice(0, 200) } : {}),
    ...(typeof accent === "string" && rgbOf(accent) ? { accent } : {}),
    ...(typeof logo === "string" && /^\/api\/branding\/logo\/[\w-]+$/.test(logo) ? { logo } : {}),
  };
}

export const nameOf = (b: Branding): string => b.organisation ?? productName;

/** Also after a change in the console: every part of the page follows. */
export function setBranding(value: unknown): void {
  const before = branding;
  branding = brandingOf(value);
  memory.setItem(key, JSON.stringify(branding));
  show(before);
}

function show(before: Branding): void {
  paint(document.documentElement, branding.accent, "--brand-");
  // A page without a title of its own.
  if (document.title === nameOf(before)) document.title = nameOf(branding);
  for (const listener of listeners) listener();
}

/** Once, before anything is shown. */
export function startBranding(): void {
  try {
    branding = brandingOf(JSON.parse(memory.getItem(key) ?? "{}"));
  } catch {
    // As if nothing was remembered.
  }
  show({});
  // Without an answer it stays as it was: nothing depends on it.
  fetch("/api/branding", { credentials: "omit" }).then(async (response) => {
    if (response.ok) setBranding(await response.json());
  }).catch(() => undefined);
}

const store = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  snapshot: () => branding,
};
export function useBranding(): Branding {
  return useSyncExternalStore(store.subscribe, store.snapshot, store.snapshot);
}
