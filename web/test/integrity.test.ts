import { describe, expect, test } from "vitest";
import { runFirst, withIntegrity } from "../integrity";

const hashes = { "/assets/index-1.js": "sha384-one", "/assets/runtime-2.js": "sha384-two", "/assets/style-3.css": "sha384-three" };
const script = '<script type="module" crossorigin src="/assets/index-1.js"></script>';
const preload = '<link rel="modulepreload" crossorigin href="/assets/runtime-2.js">';
const style = '<link rel="stylesheet" crossorigin href="/assets/style-3.css">';
const page = (...tags: string[]) => `<!doctype html><head><link rel="icon" href="data:,">${tags.join("")}</head>`;

describe("integrity", () => {
  test("what is loaded by a tag bears its hash there", () => {
    const html = withIntegrity(page(script, preload, style), hashes);
    expect(html).toContain('src="/assets/index-1.js" integrity="sha384-one"');
    expect(html).toContain('href="/assets/runtime-2.js" integrity="sha384-two"');
    expect(html).toContain('href="/assets/style-3.css" integrity="sha384-three"');
    expect(html).toContain('<link rel="icon" href="data:,">');
  });

  test.each([
    ["a script that was not built", script.replace("index-1", "index-9"), style],
    ["a style that was not built", script, style.replace("style-3", "style-9")],
    ["a script from elsewhere", script, style, '<script src="https://elsewhere.example/x.js"></script>'],
    ["a script at another place", script, style, '<script async src="/other/index-1.js"></script>'],
    ["another way of quoting", script.replaceAll('"', "'"), style],
    ["another way of quoting, of a style", script, style.replaceAll('"', "")],
    ["a bundle that is fetched early and was not built", script, style, preload.replace("runtime-2", "runtime-9")],
  ])("%s ends the build", (_, ...tags) => {
    expect(() => withIntegrity(page(...tags), hashes)).toThrow("without its hash");
  });

  test("a page without a script or without a style is not the one that is meant", () => {
    expect(() => withIntegrity(page(style), hashes)).toThrow("0 scripts");
    expect(() => withIntegrity(page(script), hashes)).toThrow("0 styles");
  });

  test("what is fetched early for another runs before it, once", () => {
    const html = runFirst(page(script, preload, style), "/assets/runtime-2.js");
    expect(html).toBe(page('<script type="module" crossorigin src="/assets/runtime-2.js"></script>\n    ' + script, style));
    expect(withIntegrity(html, hashes)).toContain('src="/assets/runtime-2.js" integrity="sha384-two"');
    expect(() => runFirst(page(script, style), "/assets/runtime-2.js")).toThrow("does not fetch");
  });
});
