// The catalogue of one area of the program, in every language that it has a file for: i18n/<area>/<language>.ts.
import { language } from "./index";
import { type CatalogueFiles, type Translate, translator, wordsOf } from "./languages";

export type { Translate } from "./languages";

/** `files`: import.meta.glob of the area's folder. */
export function area<Key extends string>(en: Record<Key, string>, files: CatalogueFiles): Translate<Key> {
  return translator(en, wordsOf(files, language), language);
}

/** For what the server says in English: the same in the page's language where there is a catalogue that has it. */
export function sentences(files: CatalogueFiles): (sentence: string) => string {
  const words = wordsOf(files, language);
  return (sentence) => (Object.hasOwn(words, sentence) ? words[sentence]! : sentence);
}
