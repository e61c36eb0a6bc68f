// A page that breaks: what stands there, and that nobody goes on being seen or heard behind it.
import { readFileSync } from "node:fs";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import "./site/page";
import { letGo } from "../src/meeting/leaving";
import type { Phase } from "../src/meeting/state";
import { Whole } from "../src/ui/Whole";

const source = (name: string) => readFileSync(new URL(`../src/${name}`, import.meta.url), "utf8");

test("in the place of a page that breaks stand a sentence and a button that loads it again", () => {
  expect(renderToStaticMarkup(createElement(Whole, null, "the page"))).toBe("the page");
  const broken = new Whole({ children: "the page" });
  broken.state = Whole.getDerivedStateFromError();
  const html = renderToStaticMarkup(broken.render());
  expect(html).toContain("microphone, camera and shared screen are off");
  expect(html).toMatch(/<button [^>]*>Load the page again<\/button>/);
  expect(html).not.toContain("the page<");
});

test("it is around every page", () => {
  expect(source("main.tsx")).toMatch(/<Whole>\s*<Page \/>\s*<\/Whole>/);
});

test("whoever is not shown a meeting any more is in none, and has no device open", () => {
  for (const phase of ["idle", "connecting", "waiting", "joined", "reconnecting", "ended"] satisfies Phase[]) {
    const done: string[] = [];
    letGo({ state: { phase }, leave: () => void done.push("left") }, { close: (kind) => void done.push(kind) });
    expect(done, phase).toEqual([...(phase === "idle" || phase === "ended" ? [] : ["left"]), "camera", "microphone"]);
  }
  expect(source("ui/MeetingApp.tsx")).toContain("useEffect(() => () => letGo(store, devices()), [store]);");
});
