// Runs a TypeScript file in a worker of Chromium that no page of ours surrounds: bundled, served on this machine, asked once.
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = new URL("../../", import.meta.url).pathname;
const fromWeb = createRequire(join(root, "web/package.json"));

/** One file that Node and a worker can both run. */
export async function bundle(entry) {
  const { build } = await import(pathToFileURL(fromWeb.resolve("vite")).href);
  const out = await mkdtemp(join(tmpdir(), "sealhall-bundle-"));
  try {
    await build({
      configFile: false, root: join(root, "web"), logLevel: "error",
      build: { outDir: out, emptyOutDir: true, target: "es2023", minify: false, lib: { entry: join(root, entry), formats: ["es"], fileName: () => "bundle.js" } },
    });
    return await readFile(join(out, "bundle.js"), "utf8");
  } finally {
    await rm(out, { recursive: true });
  }
}

/** Loopback is a secure context, in which WebCrypto exists. */
export async function serve(script) {
  const files = {
    "/": ["text/html", "<!doctype html><title>worker</title>"], "/favicon.ico": ["image/png", ""], "/worker.js": ["text/javascript", script],
    "/sealhall_core.wasm": ["application/wasm", readFileSync(join(root, "web/core/sealhall_core.wasm"))],
  };
  const server = createServer((request, response) => {
    const [type, body] = files[request.url] ?? [];
    response.writeHead(type ? 200 : 404, { "content-type": type ?? "text/plain" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { address: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** What the worker answers to `message`. */
export async function ask(page, address, message) {
  await page.goto(address);
  return page.evaluate((wanted) => new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message || "the worker did not start"));
    worker.postMessage(wanted);
  }), message);
}
