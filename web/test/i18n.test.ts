// The catalogues: how a language is found, and that all of them say the same things.
import "./site/page";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { language, languages, t, textOr } from "../src/i18n";
import { isRightToLeft, languagesOf, nearest, ownName, regional, translator, valuesOf, wordsOf, type CatalogueFiles } from "../src/i18n/languages";
import { trimmed } from "../ariaWords";

describe("a language", () => {
  const available = ["en", "fr", "sr-Latn", "zh-Hant"];
  it.each([
    ["fr", "fr"], ["fr-CA", "fr"], ["zh-TW", "zh-Hant"], ["zh-HK", "zh-Hant"], ["ZH-hant", "zh-Hant"], ["zh-CN", "zh-Hant"], ["sr", "sr-Latn"],
    ["en-GB", "en"], ["de", "en"], ["", "en"], ["<script>", "en"],
  ])("wished as %j is %s", (wished, found) => expect(nearest(wished, available)).toBe(found));

  it("of two scripts is the one that is wished", () => {
    expect(nearest("zh-TW", ["en", "zh-Hans", "zh-Hant"])).toBe("zh-Hant");
    expect(nearest("zh-SG", ["en", "zh-Hans", "zh-Hant"])).toBe("zh-Hans");
  });

  it("is a file, and nothing else names it", () => {
    const files: CatalogueFiles = { "./en.ts": { en: { hello: "Hello {name}", bye: "Goodbye" } }, "./ar.ts": { ar: { hello: "مرحبا {name}" } } };
    expect(languagesOf(["./index.ts", "./area.ts", "./zh-Hant.ts", ...Object.keys(files)])).toEqual(["ar", "en", "zh-Hant"]);
    const say = translator(files["./en.ts"]!["en"] as Record<"hello" | "bye", string>, wordsOf(files, nearest("ar-EG", languagesOf(Object.keys(files)))));
    expect(say("hello", { name: "Ada" })).toBe("مرحبا Ada");
    // A catalogue that is not complete yet.
    expect(say("bye")).toBe("Goodbye");
    expect(wordsOf(files, "fr")).toEqual({});
  });

  it("counts as its grammar does, and English where a text is not translated yet", () => {
    const en = { lines: "{count, plural, one {# line is} other {# lines are}} well in {file}", all: "{count, plural, one {the one} other {all #}}" };
    const say = translator(en, {}, "en");
    expect([0, 1, 2].map((count) => say("lines", { count, file: "a{count}" }))).toEqual(["0 lines are well in a{count}", "1 line is well in a{count}", "2 lines are well in a{count}"]);
    expect([say("all", { count: "1" }), say("all", { count: "1,001" })]).toEqual(["the one", "all 1,001"]);
    const polish = translator(en, { lines: "{count, plural, one {# wiersz} few {# wiersze} other {# wierszy}} w {file}" }, "pl");
    expect([1, 3, 5].map((count) => polish("lines", { count, file: "x" }))).toEqual(["1 wiersz w x", "3 wiersze w x", "5 wierszy w x"]);
    expect(polish("all", { count: 3 })).toBe("all 3");
    expect(valuesOf(en.lines)).toEqual(["count", "file"]);
  });

  it("has a region, a side to begin from and a name", () => {
    expect([regional("zh-Hant"), regional("en"), regional("ar")]).toEqual(["zh-TW", "en-US", "ar-EG"]);
    expect(["ar", "he", "fa", "zh-Hant", "en"].map(isRightToLeft)).toEqual([true, true, true, false, false]);
    expect([ownName("en"), ownName("zh-Hant")]).toEqual(["English", "繁體中文"]);
  });

  it("is English for this page, and unknown words stay what they were", () => {
    expect([language, languages, t("join.button")]).toEqual(["en", ["en", "zh-Hant"], "Join"]);
    expect([textOr("ended.left", "x"), textOr("ended.nothing", "x"), textOr("toString", "x")]).toEqual(["You have left the meeting.", "x", "x"]);
  });
});

const catalogues = import.meta.glob<Record<string, Record<string, string>>>(["../src/i18n/**/*.ts", "!../src/i18n/**/index.ts", "!../src/i18n/area.ts", "!../src/i18n/languages.ts"], { eager: true });
const folders = new Map<string, CatalogueFiles>();
for (const [path, file] of Object.entries(catalogues)) {
  const at = path.slice(0, path.lastIndexOf("/"));
  folders.set(at, { ...folders.get(at), [path]: file });
}

describe("all catalogues", () => {
  it("are there", () => {
    expect([...folders.keys()].map((f) => f.slice("../src/i18n".length)).sort()).toEqual(["", "/activities", "/activities/server", "/admin", "/site", "/site/server", "/stage"]);
  });
  for (const [folder, files] of folders) {
    if (folder.endsWith("/server")) continue;
    const en = wordsOf(files, "en");
    it(`${folder} has every language`, () => expect(languagesOf(Object.keys(files))).toEqual(languages));
    it.each(languages)(`${folder} says the same in %s, with the same values`, (tag) => {
      const words = wordsOf(files, tag);
      expect(Object.keys(words).sort()).toEqual(Object.keys(en).sort());
      for (const [key, text] of Object.entries(words)) {
        expect([key, valuesOf(text)]).toEqual([key, valuesOf(en[key]!)]);
        // A brace that is left over is a hole that is written wrongly.
        expect(translator({ text }, {}, tag)("text"), key).not.toMatch(/[{}]/);
        expect(text.trim(), key).not.toBe("");
      }
    });
  }
});

describe("sentences of the server", () => {
  const core = readFileSync(new URL("../../core/meeting/sentences.cc", import.meta.url), "utf8");
  const said = [...core.matchAll(/return "([^"]+)";/g)].map((m) => m[1]!);
  it("that the meeting's core can say are known in every language", () => {
    expect(said.length).toBeGreaterThan(15);
    const files = folders.get("../src/i18n/activities/server")!;
    for (const tag of languages.filter((l) => l !== "en")) expect(said.filter((s) => !Object.hasOwn(wordsOf(files, tag), s))).toEqual([]);
  });
});

describe("react-aria's own words", () => {
  const list = new URL("../node_modules/react-aria/dist/private/overlays/intlStrings.mjs", import.meta.url);
  it("are there in our languages and no other", () => {
    const code = readFileSync(list, "utf8");
    const kept = trimmed(code, new Set(["en", "zh"]));
    const locales = (text: string) => [...text.matchAll(/"([a-z]{2}-[A-Z]{2})": /g)].map((m) => m[1]);
    expect(locales(code).length).toBeGreaterThan(30);
    expect(locales(kept)).toEqual(["en-US", "zh-CN", "zh-TW"]);
    expect([...kept.matchAll(/^import /gm)]).toHaveLength(3);
  });
  it("are in files of these names", () => {
    expect(readdirSync(new URL("../node_modules/react-aria/dist/private/intl/overlays", import.meta.url)).filter((n) => n.endsWith(".mjs"))).toContain("zh-TW.mjs");
  });
});
