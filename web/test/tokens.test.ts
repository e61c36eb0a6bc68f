// The design's colours as they meet each other: readable in the light, in the dark, and in both with high contrast.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { contrast, rgbOf } from "../src/style/colour";

const css = readFileSync(new URL("../src/style/tokens.css", import.meta.url), "utf8");

/** The colours of one rule by their names: as they are in the light, and in the dark. */
function coloursOf(selector: string): Map<string, readonly [string, string]> {
  const begin = css.indexOf(`${selector} {`);
  const rule = css.slice(begin, css.indexOf("\n}", begin));
  const one = "#[0-9a-f]{6}";
  const pairs = [...rule.matchAll(new RegExp(`--([\\w-]+): (?:var\\([^,]+, )?light-dark\\((${one}), (${one})\\)`, "g"))].map(([, name, light, dark]) => [name!, [light!, dark!] as const] as const);
  const always = [...rule.matchAll(new RegExp(`--([\\w-]+): (${one});`, "g"))].map(([, name, colour]) => [name!, [colour!, colour!] as const] as const);
  return new Map([...pairs, ...always]);
}
// What is pressed in danger is written in white, in every theme.
const usual = new Map<string, readonly [string, string]>([["white", ["#ffffff", "#ffffff"]], ...coloursOf(":root, .branding-preview")]);
const more = coloursOf(':root[data-contrast="more"]');
const looks = { usual, "high contrast": new Map([...usual, ...more]) };

/** What is written on what. */
const texts: readonly (readonly [text: string, ...grounds: string[]])[] = [
  ["text", "ground", "surface", "raised", "hover"],
  ["quiet", "ground", "surface", "raised"],
  ["accent", "ground", "surface"],
  ["on-accent", "accent"],
  ["on-accent-soft", "accent-soft"],
  ["danger", "surface", "danger-soft"],
  ["white", "danger-fill"],
  ["good", "surface", "good-soft"],
  ["warn", "surface", "warn-soft"],
  ["on-stage", "stage", "stage-raised"],
];
/** Lines that bound what can be used, and the ring around what has the focus (WCAG 1.4.11). */
const marks: readonly (readonly [mark: string, ...grounds: string[]])[] = [
  ["line-strong", "surface", "ground"],
  ["focus", "ground", "surface"],
  ["speaking", "stage"],
];

function lowest(colours: ReadonlyMap<string, readonly [string, string]>, pairs: typeof texts, theme: 0 | 1): { value: number; where: string } {
  let worst = { value: Infinity, where: "" };
  for (const [mark, ...grounds] of pairs) {
    for (const ground of grounds) {
      const [front, back] = [mark, ground].map((name) => rgbOf(colours.get(name)?.[theme] ?? "") ?? expect.fail(`no colour ${name}`));
      const value = contrast(front!, back!);
      if (value < worst.value) worst = { value, where: `${mark} on ${ground}` };
    }
  }
  return worst;
}

describe("the design", () => {
  for (const [name, colours] of Object.entries(looks)) {
    for (const [theme, number] of [["light", 0], ["dark", 1]] as const) {
      test(`is readable in the ${theme}, ${name}`, () => {
        // WCAG 1.4.3 asks for 4.5, and 1.4.6 for 7, which is what somebody who asks for more contrast gets.
        const text = lowest(colours, texts, number);
        expect(text.value, text.where).toBeGreaterThanOrEqual(name === "usual" ? 4.5 : 7);
        const mark = lowest(colours, marks, number);
        expect(mark.value, mark.where).toBeGreaterThanOrEqual(3);
      });
    }
  }
  test("has only colours in high contrast that it has without", () => {
    expect(more.size).toBeGreaterThan(15);
    // Half transparent without it.
    expect([...more.keys()].filter((name) => !usual.has(name))).toEqual(["shade"]);
  });
});
