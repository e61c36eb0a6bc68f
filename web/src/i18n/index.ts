// The catalogue of what people read. A language is one file; `?lang=`, what was chosen, or the browser's own wish decides.
import { en, type TextKey } from "./en";
import { type CatalogueFiles, languagesOf, nearest, translator, wordsOf } from "./languages";

export type { TextKey } from "./en";

const files: CatalogueFiles = import.meta.glob(["./*.ts", "!./area.ts", "!./index.ts", "!./languages.ts"], { eager: true });
/** Those that people can choose. */
export const languages = languagesOf(Object.keys(files));

/** What the person chose on this device (site/settings/Profile); "": as the browser wishes. */
export function chosenLanguage(): string {
  try {
    return localStorage.getItem("language") ?? "";
  } catch {
    return "";
  }
}

const wished = new URLSearchParams(location.search).get("lang") ?? (chosenLanguage() || navigator.language);
export const language = nearest(wished, languages);

export const t = translator<TextKey>(en, wordsOf(files, language), language);

export function textOr(key: string, otherwise: string): string {
  return Object.hasOwn(en, key) ? t(key as TextKey) : otherwise;
}
