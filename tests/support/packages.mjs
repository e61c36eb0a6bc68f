// Loads the npm packages of tests/npm from build/npm, wherever the test that asks stands.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const installed = createRequire(new URL("../../build/npm/", import.meta.url));

/** The package as `import` gives it: `const { default: ical } = await load("ical.js")`. */
export async function load(name) {
  return import(pathToFileURL(installed.resolve(name)).href);
}

/** The package as `require` gives it. */
export function need(name) {
  return installed(name);
}
