// Who is signed in here. One state for all pages; it changes by signing in, signing out, or when the server says so.
import { useSyncExternalStore } from "react";
import { memory } from "../stage/memory";
import { api, ApiFailure, onSignedOut } from "./api";

export interface Me {
  id: string;
  login: string;
  name: string;
  admin: boolean;
  /** "owner", "admin", "member", or the id of a role. */
  role: string;
  /** What their role allows about things of others: "users_read", .. */
  permissions: string[];
  /** This session can only set a second factor up. */
  second_factor_missing?: boolean;
}

export type Session = { state: "unknown" } | { state: "out" } | { state: "in"; me: Me } | { state: "unreached"; sentence: string };

let session: Session = { state: "unknown" };
const listeners = new Set<() => void>();

function set(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}
onSignedOut(() => {
  if (session.state !== "out") set({ state: "out" });
});

const nameKey = "name";

export async function lookWho(): Promise<void> {
  try {
    const me = await api.get<Me>("/api/me");
    // What the page before a meeting offers as one's name.
    if (memory.getItem(nameKey) === null) memory.setItem(nameKey, me.name);
    set({ state: "in", me });
  } catch (error) {
    if (error instanceof ApiFailure && error.status === 401) set({ state: "out" });
    else set({ state: "unreached", sentence: error instanceof ApiFailure ? error.sentence : String(error) });
  }
}

export async function signOut(): Promise<void> {
  await api.post("/api/sign-out").catch((error: unknown) => {
    // Over already is out as well.
    if (!(error instanceof ApiFailure && error.status === 401)) throw error;
  });
  set({ state: "out" });
}

const deviceKey = "device";

/** A known device is not held up when strangers try the person's login. It opens nothing. */
export function knownDevice(): string | undefined {
  return memory.getItem(deviceKey) ?? undefined;
}

/** What every way of signing in answers; the token itself is in the cookie. */
export interface SignedIn {
  device?: string;
}

export async function signedIn(answer: SignedIn): Promise<void> {
  if (answer.device) memory.setItem(deviceKey, answer.device);
  await lookWho();
}

export function useSession(): Session {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => session,
  );
}
