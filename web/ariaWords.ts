// react-aria brings its own words in 34 languages. The page has those of its catalogues; the others stay out of the bundles.
import { readdirSync } from "node:fs";
import type { Plugin } from "vite";
import { languagesOf } from "./src/i18n/languages.ts";

const lists = /\/react-(?:aria|aria-components|stately)\/dist\/private\/(?:.*\/)?intlStrings\.mjs$/;
/** In such a list: `import NAME from "../intl/menu/de-DE.mjs";` and `"de-DE": NAME`. */
const imported = /^import \S+ from "[^"]*\/([a-z]{2,3})-[A-Z]{2}\.mjs";\n/gm;
const entry = /^ *"([a-z]{2,3})-[A-Z]{2}": [^,\s]+,?\n/gm;

/** Leaves the lines of the languages in `keep`; a locale that has none is given the English ones by react-aria. */
export function trimmed(code: string, keep: ReadonlySet<string>): string {
  const line = (all: string, language: string) => (keep.has(language) ? all : "");
  return code.replace(imported, line).replace(entry, line);
}

export function ariaWords(): Plugin {
  const keep = new Set(["en", ...languagesOf(readdirSync(new URL("src/i18n", import.meta.url))).map((tag) => tag.split("-")[0]!)]);
  let saved = 0;
  return {
    name: "sealhall-aria-words",
    transform(code, id) {
      if (!lists.test(id)) return null;
      const shorter = trimmed(code, keep);
      saved += code.length - shorter.length;
      return { code: shorter, map: null };
    },
    generateBundle() {
      if (saved === 0) this.error("react-aria's lists of words are not where they were, or look otherwise: see ariaWords.ts");
    },
  };
}
