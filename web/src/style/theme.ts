// How the page looks to this person: theme, contrast, direction. Chosen here, remembered here, put on the root element,
// where tokens.css reads it.
import { language } from "../i18n";

export type Theme = "system" | "light" | "dark";
export type Contrast = "system" | "more";

const listeners = new Set<() => void>();
const moreContrast = matchMedia("(prefers-contrast: more)");

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A window without memory: the choice lasts as long as the page.
  }
}

const asTheme = (text: string | null): Theme => (text === "light" || text === "dark" ? text : "system");
let looks: { theme: Theme; contrast: Contrast } = { theme: asTheme(remembered("theme")), contrast: remembered("contrast") === "more" ? "more" : "system" };

/** `?dir=rtl` turns the page round without a right-to-left catalogue: for tests and for whoever writes one. */
export const direction: "ltr" | "rtl" = new URLSearchParams(location.search).get("dir") === "rtl" || /^(ar|fa|he|ur)\b/.test(language) ? "rtl" : "ltr";
/** For react-aria's I18nProvider: its own words, numbers, and which way arrow keys go. */
export const locale = direction === "rtl" && !/^(ar|fa|he|ur)\b/.test(language) ? "he" : language === "zh-Hant" ? "zh-TW" : language;

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
  remember("theme", looks.theme);
  remember("contrast", looks.contrast);
  apply();
  for (const listener of listeners) listener();
}
