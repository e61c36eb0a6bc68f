// Code that is loaded when it is needed: what is shown when it comes, and when it does not.
import { readdirSync, readFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { type ComponentType, createElement, Suspense } from "react";
import { renderToPipeableStream } from "react-dom/server";
import { expect, test } from "vitest";
import "./site/page";
import { later, lazily } from "../src/activities/later";

/** As it is when everything has come that will; rejects when that throws. */
function shown(Part: ComponentType): Promise<string> {
  return new Promise((resolve, reject) => {
    const { pipe } = renderToPipeableStream(createElement(Suspense, { fallback: "waits" }, createElement(Part)), {
      onAllReady: () => resolve(text(pipe(new PassThrough()))),
      onError: reject,
    });
  });
}
const comes = async () => ({ default: () => createElement("p", null, "Here it is.") });
const fails = (): ReturnType<typeof comes> => Promise.reject(new TypeError("Failed to fetch dynamically imported module"));

test("code that comes is shown", async () => {
  expect(await shown(later(comes))).toContain("<p>Here it is.</p>");
  expect(await shown(lazily(comes, "page"))).toContain("<p>Here it is.</p>");
});

test("in the place of code that does not come stand a sentence and a button that loads the page again", async () => {
  for (const Part of [later(fails), lazily(fails, "page"), lazily(fails, "message")]) {
    const html = await shown(Part);
    expect(html).toContain("This part of the page has not come");
    expect(html).toMatch(/<button [^>]*>Load the page again<\/button>/);
  }
  expect(await shown(lazily(fails, "message"))).toContain('<main class="message">');
  expect(await shown(lazily(fails, "page"))).toContain('<main class="page">');
  expect(await shown(later(fails))).not.toContain("<main");
});

test("code that has not come is asked for again when its place is opened the next time, and what has come is not", async () => {
  let asked = 0;
  const Part = later(() => (++asked === 1 ? fails() : comes()));
  expect(await shown(Part)).toContain("This part of the page has not come");
  expect(await shown(Part)).toContain("<p>Here it is.</p>");
  expect(await shown(Part)).toContain("<p>Here it is.</p>");
  expect(asked).toBe(2);
});

test("nothing is loaded past that", () => {
  const root = new URL("../src/", import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".tsx"));
  expect(files.length).toBeGreaterThan(20);
  expect(files.filter((name) => /\blazy\(/.test(readFileSync(new URL(name, root), "utf8")))).toEqual(["activities/later.tsx"]);
});
