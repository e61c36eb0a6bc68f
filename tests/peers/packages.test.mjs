// The packages that the other tests need are installed as the lock file says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const at = (name) => new URL(`../../${name}`, import.meta.url);

test("the installed packages are those of the lock file, which carries no download addresses", () => {
  const text = readFileSync(at("tests/npm/package-lock.json"), "utf8");
  assert.ok(!text.includes('"resolved"'));
  const lock = JSON.parse(text);
  let seen = 0;
  for (const [where, entry] of Object.entries(lock.packages)) {
    if (!where || entry.optional) continue;
    const installed = JSON.parse(readFileSync(at(`build/npm/${where}/package.json`), "utf8"));
    assert.equal(installed.version, entry.version, where);
    assert.ok(entry.integrity, where);
    seen += 1;
  }
  assert.ok(seen > 0);
});
