// Which languages there are: as many as there are catalogue files, whose names are language tags (BCP 47). A new language
// is a file beside each `en.ts`; nothing else names it.

export type Words = Readonly<Record<string, string>>;
/** What `import.meta.glob("./*.ts", { eager: true })` gives: a path to what that file exports, for a catalogue its words alone. */
export type CatalogueFiles = Readonly<Record<string, Readonly<Record<string, Words>>>>;

const languageFile = /^([a-z]{2,3}(?:-[A-Za-z0-9]+)*)\.ts$/;

function tagOf(path: string): string | undefined {
  return languageFile.exec(path.slice(path.lastIndexOf("/") + 1))?.[1];
}

export function languagesOf(paths: Iterable<string>): string[] {
  return [...paths].map(tagOf).filter((tag) => tag !== undefined).sort();
}

/** The words of one language; none where it has no file. */
export function wordsOf(files: CatalogueFiles, language: string): Words {
  const file = Object.entries(files).find(([path]) => tagOf(path) === language)?.[1] ?? {};
  return Object.values(file)[0] ?? {};
}

/** The tag with its most likely script and region: "zh-TW" is "zh-Hant-TW". undefined for what is no tag. */
function likely(tag: string): Intl.Locale | undefined {
  try {
    return new Intl.Locale(tag).maximize();
  } catch {
    return undefined;
  }
}

/** The language that comes nearest to a wish: the same script if there is one, else the same language, else English. */
export function nearest(wished: string, languages: readonly string[]): string {
  const exact = languages.find((tag) => tag.toLowerCase() === wished.toLowerCase());
  const wish = likely(wished);
  if (exact || !wish) return exact ?? "en";
  const same = languages.filter((tag) => likely(tag)?.language === wish.language);
  return same.find((tag) => likely(tag)?.script === wish.script) ?? same[0] ?? "en";
}

/** With its region instead of its script, as times, numbers and mails are written: "zh-Hant" is "zh-TW". */
export function regional(language: string): string {
  const locale = likely(language);
  return locale?.region ? `${locale.language}-${locale.region}` : language;
}

const fromTheRight = new Set(["Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"]);
export const isRightToLeft = (language: string): boolean => fromTheRight.has(likely(language)?.script ?? "");

/** What the language calls itself. */
export const ownName = (language: string): string => new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;

export type Translate<Key extends string> = (key: Key, values?: Record<string, string | number>) => string;

/** {name}, or {name, plural, one {# line} other {# lines}}: the forms of ICU MessageFormat with the categories of CLDR, where # is
 * the number. A form holds no other braces. */
const hole = /\{(\w+)(?:, plural,((?: \w+ \{[^{}]*\})+))?\}/g;

/** The names of all values that a text takes. */
export const valuesOf = (text: string): string[] => [...new Set([...text.matchAll(hole)].map((found) => found[1]!))].sort();

/** A number may come as it is written in the language: what is not a digit is left out. */
const counted = (value: string | number): number => (typeof value === "number" ? value : Number(value.replace(/\D/g, "")));

function formOf(forms: string, value: string | number, rules: Intl.PluralRules): string {
  const all = new Map([...forms.matchAll(/(\w+) \{([^{}]*)\}/g)].map((found) => [found[1]!, found[2]!]));
  return (all.get(rules.select(counted(value))) ?? all.get("other") ?? "").replaceAll("#", String(value));
}

/** Looks a key up in `words`, the catalogue of the language `tag`, and in the English ones where that does not have it, and
 * puts `values` into its holes. */
export function translator<Key extends string>(en: Record<Key, string>, words: Words, tag = "en"): Translate<Key> {
  const [own, english] = [new Intl.PluralRules(tag), new Intl.PluralRules("en")];
  return (key, values = {}) => (words[key] ?? en[key]).replace(hole, (_, name: string, forms: string | undefined) => {
    const value = values[name] ?? "";
    return forms === undefined ? String(value) : formOf(forms, value, words[key] === undefined ? english : own);
  });
}
