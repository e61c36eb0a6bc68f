// What the server says of the recovery kit, and the command that shows it.
import type { Check } from "./checks";

/** `outdated`: shown before there was a new root key. */
export type KitState = { kind: "never_shown" } | { kind: "in_module" } | { kind: "shown" | "outdated"; at: Date };

/** A server that says nothing of it has not shown it. */
export function kitStateOf(checks: readonly Check[]): KitState {
  const check = checks.find((c) => c.name === "kit");
  if (check?.state === "in_module") return { kind: "in_module" };
  if (check?.state === "shown" || check?.state === "outdated") return { kind: check.state, at: new Date(check.value) };
  return { kind: "never_shown" };
}

/** As a shell takes it, whatever the folder is called. */
export function kitCommand(folder: string): string {
  return `sealhall keys kit --data ${/^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", "'\\''")}'`}`;
}
