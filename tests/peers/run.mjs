#!/usr/bin/env node
// Runs the peer tests (tests/peers/*.test.mjs) with Node's own runner. Closes with 'N passed, N failed, N skipped'.
//   node tests/peers/run.mjs [NAME]     only files whose name contains NAME
import { readdirSync } from "node:fs";
import path from "node:path";
import { run } from "node:test";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const wanted = process.argv[2] ?? "";
const files = readdirSync(here).filter((f) => f.endsWith(".test.mjs") && f.includes(wanted)).sort().map((f) => path.join(here, f));
let passed = 0, failed = 0, skipped = 0;

const stream = run({ files, concurrency: 1, timeout: 150_000 });
const isFile = (event) => event.name.endsWith(".test.mjs") && event.nesting === 0;
stream.on("test:pass", (event) => {
  if (isFile(event)) return;
  if (event.skip !== undefined) {
    skipped += 1;
    console.log(`SKIPPED ${event.name}: ${event.skip === true ? "" : event.skip}`);
  } else if (event.details.type !== "suite") {
    passed += 1;
    console.log(`ok      ${event.name} (${Math.round(event.details.duration_ms)} ms)`);
  }
});
stream.on("test:fail", (event) => {
  if (event.details.type === "suite" && event.details.error?.failureType === "subtestsFailed") return;
  if (isFile(event) && event.details.error?.failureType === "subtestsFailed") return;
  failed += 1;
  const error = event.details.error;
  console.log(`FAILED  ${event.name}\nerror: ${error?.cause?.stack ?? error?.cause ?? error}`);
});
stream.on("test:stdout", (event) => process.stdout.write(event.message));
stream.on("test:stderr", (event) => process.stderr.write(event.message));
stream.on("end", () => {
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed || !passed ? 1 : 0;
});
stream.resume();
