// Keys that act while no field has the focus. What a key means is decided here; what then happens is up to the page.

export type Shortcut = "mute" | "video" | "share" | "hand" | "chat" | "people" | "captions" | "help" | "talk" | "pin";

export const shortcutKeys: { key: string; shown: string; does: Shortcut }[] = [
  { key: "m", shown: "M", does: "mute" },
  { key: "v", shown: "V", does: "video" },
  { key: "d", shown: "D", does: "share" },
  { key: "r", shown: "R", does: "hand" },
  { key: "c", shown: "C", does: "chat" },
  { key: "p", shown: "P", does: "people" },
  { key: "s", shown: "S", does: "captions" },
  { key: "0", shown: "0 – 9", does: "pin" },
  { key: "?", shown: "?", does: "help" },
  { key: " ", shown: "␣", does: "talk" },
];

/** What of a key event matters. */
export interface Pressed {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  isComposing: boolean;
  repeat: boolean;
}

/** Where the focus is. */
export type Focus = "nowhere" | "control" | "field";

/** `on`: whether the person wants shortcuts at all; "?" always tells them how to get them back. */
export function shortcutOf(event: Pressed, focus: Focus, on: boolean): Shortcut | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat || focus === "field") return undefined;
  // All digits are one shortcut: which of them it was says the event.
  const key = /^[0-9]$/.test(event.key) ? "0" : event.key.toLowerCase();
  const found = shortcutKeys.find((s) => s.key === key)?.does;
  if (found === undefined || (!on && found !== "help")) return undefined;
  // Space presses the button that has the focus.
  if (found === "talk" && focus === "control") return undefined;
  return found;
}

const fields = "input:not([type=checkbox],[type=radio],[type=button]), textarea, select, [contenteditable=''], [contenteditable=true], [role=textbox], [role=combobox], [role=menu], [role=listbox], [role=slider], [role=dialog], [role=alertdialog]";

/** Within a dialog or a menu every key is theirs. */
export function focusOf(element: Element | null): Focus {
  if (!element || element === document.body || element === document.documentElement) return "nowhere";
  if (element.closest(fields)) return "field";
  return element.closest("button, a[href], input, [role=button], [role=tab], [role=switch], summary, [tabindex]:not([tabindex='-1'])") ? "control" : "nowhere";
}

const remembered = "shortcuts";

export function shortcutsWanted(): boolean {
  try {
    return localStorage.getItem(remembered) !== "off";
  } catch {
    return true;
  }
}

export function wantShortcuts(on: boolean): void {
  try {
    localStorage.setItem(remembered, on ? "on" : "off");
  } catch {
    // A window without memory: they stay as they are by default.
  }
}
