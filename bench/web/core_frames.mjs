// core_frames.ts in this Node and in Chromium; prints their rows.
import { readFile } from "node:fs/promises";
import { launch, openPage } from "../../tests/web/browser.mjs";
import { ask, bundle, serve } from "../../tests/web/in_worker.mjs";

const quick = process.argv.includes("--quick");
const script = await bundle("bench/web/core_frames.ts");
const { measure } = await import(`data:text/javascript;base64,${Buffer.from(script).toString("base64")}`);
const program = await readFile(new URL("../../web/core/sealhall_core.wasm", import.meta.url));
const rows = await measure(await WebAssembly.compile(program), "node", quick);

const server = await serve(script);
const browser = await launch();
try {
  rows.push(...await ask(await openPage(browser), server.address, { quick }));
} finally {
  server.close();
  await browser.close();
}
console.log(JSON.stringify(rows));
