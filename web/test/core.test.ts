// The core as WebAssembly in Node: the checks that Chromium runs too, and how large it is.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import type { CoreExports } from "../src/core/abi";
import { loadCore } from "../src/core/core";
import { coreChecks } from "./core_checks";

const program = readFileSync(new URL("../core/sealhall_core.wasm", import.meta.url));
let module: WebAssembly.Module;
let core: CoreExports;
beforeAll(async () => {
  module = await WebAssembly.compile(program);
  core = await loadCore(module);
});

test.each(coreChecks)("$name", ({ run }) => run(core, module));

test("gzipped it has at most 150 kB", () => {
  expect(gzipSync(program, { level: 9 }).length).toBeLessThanOrEqual(150_000);
});
