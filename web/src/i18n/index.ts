// The catalogue of what people read. A language is one file; `?lang=`, what was chosen, or the browser's own wish decides.
import { en, type TextKey } from "./en";
import { zhHant } from "./zh-Hant";

export type { TextKey } from "./en";

/** What the person chose on this device (site/settings/Profile); "": as the browser wishes. */
export function chosenLanguage(): string {
  try {
    return localStorage.getItem("language") ?? "";
  } catch {
    return "";
  }
}

const wished = new URLSearchParams(location.search).get("lang") ?? (chosenLanguage() || navigator.language);
export const language = /^zh\b/i.test(wished) ? "zh-Hant" : "en";
const catalogue: Record<TextKey, string> = language === "zh-Hant" ? zhHant : en;

export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return catalogue[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export function textOr(key: string, otherwise: string): string {
  return key in catalogue ? catalogue[key as TextKey] : otherwise;
}
