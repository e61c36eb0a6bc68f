// The catalogue of one area of the program, in every language: i18n/<area>/{en,zh-Hant}.ts.
import { language } from "./index";

export type Translate<Key extends string> = (key: Key, values?: Record<string, string | number>) => string;

export function area<Key extends string>(en: Record<Key, string>, zhHant: Record<Key, string>): Translate<Key> {
  const words = language === "zh-Hant" ? zhHant : en;
  return (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
