// An organisation's name, colour and logo: what is taken from the server, what is made of a colour, what is shown.
import { readFileSync } from "node:fs";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import "./admin/page";
import { accentVerdict, logoProblem, standardAccent } from "../src/admin/screens/Branding";
import { brandingOf, nameOf } from "../src/style/branding";
import { contrast, grounds, hexOf, paint, paletteOf, rgbOf, white } from "../src/style/colour";
import { BrandOf } from "../src/ui/Brand";

describe("colours", () => {
  test("are six digits and nothing else", () => {
    expect(rgbOf("#1757b5")).toEqual([0x17, 0x57, 0xb5]);
    expect(hexOf([10, 188, 0])).toBe("#0abc00");
    for (const wrong of ["", "1757b5", "#fff", "red", "#1757b5;", "url(x)", "#1757bg"]) expect(rgbOf(wrong), wrong).toBeNull();
  });
  test("contrast is what WCAG says, as the server has it", () => {
    expect(contrast(white, [0, 0, 0])).toBeCloseTo(21);
    expect(contrast([0x76, 0x76, 0x76], white)).toBeCloseTo(4.54, 2);
    expect(contrast([0x77, 0x77, 0x77], white)).toBeCloseTo(4.48, 2);
  });
  test("whatever may be chosen is readable wherever the design puts it", () => {
    const on = Object.fromEntries(Object.entries(grounds).map(([name, text]) => [name, rgbOf(text)!])) as Record<keyof typeof grounds, ReturnType<typeof rgbOf> & {}>;
    let tried = 0;
    for (let red = 0; red < 256; red += 51) for (let green = 0; green < 256; green += 51) for (let blue = 0; blue < 256; blue += 51) {
      const own = hexOf([red, green, blue]);
      if (contrast([red, green, blue], white) < 4.5) continue;
      ++tried;
      const p = paletteOf(own)!;
      const [light, dark] = p.accent.map((c) => rgbOf(c)!) as [typeof white, typeof white];
      for (const ground of [white, on.hoverLight]) expect(contrast(light, ground), own).toBeGreaterThanOrEqual(4.5);
      for (const ground of [on.hoverDark, on.onAccentDark]) expect(contrast(dark, ground), own).toBeGreaterThanOrEqual(4.5);
      for (const i of [0, 1] as const) expect(contrast(rgbOf(p["accent-soft"][i])!, rgbOf(p["on-accent-soft"][i])!), own).toBeGreaterThanOrEqual(4.5);
    }
    expect(tried).toBeGreaterThan(50);
    // What is dark enough already stays what was chosen.
    expect(paletteOf("#0a5a40")!.accent[0]).toBe("#0a5a40");
    expect(paletteOf("nonsense")).toBeNull();
  });
  test("the grounds are those of the design", () => {
    const tokens = readFileSync(new URL("../src/style/tokens.css", import.meta.url), "utf8");
    const pair = (name: string) => new RegExp(`  --${name}: (?:var\\([^,]+, )?light-dark\\((#\\w+), (#\\w+)\\)`).exec(tokens)!.slice(1, 3);
    expect(pair("hover")).toEqual([grounds.hoverLight, grounds.hoverDark]);
    expect(pair("surface")[1]).toBe(grounds.surfaceDark);
    expect(pair("on-accent")).toEqual(["#ffffff", grounds.onAccentDark]);
    expect(pair("accent")[0]).toBe(standardAccent);
  });
  test("are put on and taken off through the object model", () => {
    const set = new Map<string, string>();
    const element = { style: { setProperty: (name: string, value: string) => set.set(name, value), removeProperty: (name: string) => set.delete(name) } } as unknown as HTMLElement;
    paint(element, "#0a5a40", "--brand-");
    expect([...set.keys()]).toEqual(["--brand-accent", "--brand-accent-soft", "--brand-on-accent-soft"]);
    expect(set.get("--brand-accent")).toMatch(/^light-dark\(#0a5a40, #[0-9a-f]{6}\)$/);
    paint(element, undefined, "--brand-");
    expect(set.size).toBe(0);
    paint(element, "red; background: url(//evil)");
    expect(set.size).toBe(0);
  });
});

test("of what the server or the memory says only what it may be is taken", () => {
  expect(brandingOf({ organisation: "Acme", accent: "#0a5a40", logo: "/api/branding/logo/aB-_9", more: 1 })).toEqual({ organisation: "Acme", accent: "#0a5a40", logo: "/api/branding/logo/aB-_9" });
  for (const logo of ["https://evil.example/x.png", "//evil.example/x", "javascript:alert(1)", "/api/branding/logo/../../x", "data:image/svg+xml,x"]) expect(brandingOf({ logo })).toEqual({});
  for (const nothing of [null, undefined, 5, "x", [], { organisation: "", accent: "blue", logo: 5 }]) expect(brandingOf(nothing)).toEqual({});
  expect(nameOf({})).toBe("Sealhall");
  expect(nameOf({ organisation: "Acme" })).toBe("Acme");
});

test("the organisation's logo and name stand on the pages, as text", () => {
  const html = (branding: Parameters<typeof nameOf>[0]) => renderToStaticMarkup(createElement(BrandOf, { branding }));
  expect(html({})).toMatch(/^<svg.*<span class="brand-name" dir="auto">Sealhall<\/span>$/);
  const ours = html({ organisation: "<b>Acme</b>", logo: "/api/branding/logo/x" });
  expect(ours).toContain('src="/api/branding/logo/x" alt=""');
  expect(ours).toContain("&lt;b&gt;Acme&lt;/b&gt;");
  expect(ours).not.toContain("<svg");
});

test("a colour is judged while it is written, and a picture before it is sent", () => {
  expect(accentVerdict("")).toBeNull();
  expect(accentVerdict("#12")).toMatchObject({ good: false });
  expect(accentVerdict(" #0A5A40 ")).toMatchObject({ good: true });
  expect(accentVerdict("#777777")).toEqual({ good: false, sentence: "White text on it is hard to read: 4.4 to 1, and 4.5 to 1 is needed. Please choose a darker colour." });
  expect(logoProblem({ type: "image/png", size: 262_144 })).toBe("");
  expect(logoProblem({ type: "image/jpeg", size: 262_145 })).toContain("256 KiB");
  expect(logoProblem({ type: "image/svg+xml", size: 10 })).toContain("PNG or JPEG");
});
