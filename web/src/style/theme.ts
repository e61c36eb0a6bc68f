// How the page looks to this person: theme, contrast, direction. Chosen here, remembered here, put on the root element,
// where tokens.css reads it.
import { language } from "../i18n";
import { isRightToLeft, regional } from "../i18n/languages";
import { memory } from "../stage/memory";

export type Theme = "system" | "light" | "dark";
export type Contrast = "system" | "more";

const listeners = new Set<() => void>();
const moreContrast = matchMedia("(prefers-contrast: more)");

const asTheme = (text: string | null): Theme => (text === "light" || text === "dark" ? text : "system");
let looks: { theme: Theme; contrast: Contrast } = { theme: asTheme(memory.getItem("theme")), contrast: memory.getItem("contrast") === "more" ? "more" : "system" };

/** `?dir=rtl` turns the page round without a right-to-left catalogue: for tests and for whoever writes one. */
export const direction: "ltr" | "rtl" = new URLSearchParams(location.search).get("dir") === "rtl" || isRightToLeft(language) ? "rtl" : "ltr";
/** For react-aria's I18nProvider: its own words, numbers, and which way arrow keys go. */
export const locale = direction === "rtl" && !isRightToLeft(language) ? "he" : regional(language);

function apply(): void {
  const root = document.documentElement;
  if (looks.theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = looks.theme;
  if (looks.contrast === "more" || moreContrast.matches) root.dataset["contrast"] = "more";
  else delete root.dataset["contrast"];
  root.lang = language;
  root.dir = direction;
}

/** Once, before anything is shown. */
export function startLooks(): void {
  moreContrast.addEventListener("change", apply);
  apply();
}

export const looksStore = {
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  snapshot: () => looks,
};

export function setLooks(change: Partial<typeof looks>): void {
  looks = { ...looks, ...change };
  memory.setItem("theme", looks.theme);
  memory.setItem("contrast", looks.contrast);
  apply();
  for (const listener of listeners) listener();
}
