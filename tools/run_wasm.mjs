// Runs a WASI program under Node (18 and 20) and ends with its exit code: node tools/run_wasm.mjs program.wasm [arguments]
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

// Node 20's fast calls into node:wasi damage V8's heap: a program that passed then ended with SIGSEGV, in 14 of 30 runs of
// core_meeting_test and in none without them.
setFlagsFromString("--no-turbo-fast-api-calls");

// node:wasi warns on every start that it is experimental; the warning would stand in front of every test's output.
const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).includes("WASI")) emitWarning.call(process, warning, ...rest);
};
const { WASI } = await import("node:wasi");

const [path, ...args] = process.argv.slice(2);
if (!path) {
  console.error("usage: node tools/run_wasm.mjs program.wasm [arguments]");
  process.exit(2);
}
// The program sees the repository (golden files) and the public vectors, when they are there, and nothing else.
const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const vectors = resolve(process.env.SEALHALL_VECTORS || `${root}/../shared/vectors`);
const wasi = new WASI({
  version: "preview1",
  args: [path, ...args],
  env: { SEALHALL_VECTORS: vectors },
  preopens: { [root]: root, ...(existsSync(vectors) ? { [vectors]: vectors } : {}) },
  returnOnExit: true,
});
const module = await WebAssembly.compile(await readFile(path));
const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport });
let code;
try {
  code = wasi.start(instance);
} catch (error) {
  // abort() in the program is an `unreachable` instruction: the message was printed before.
  console.error(`${path}: ${error}`);
  code = 134;
}
process.exit(code);
