// The checks of the core (web/test/core_checks.ts) in a worker of Chromium; prints each with what went wrong.
import { launch, openPage } from "./browser.mjs";
import { ask, bundle, serve } from "./in_worker.mjs";

const browser = await launch();
const server = await serve(await bundle("web/test/chromium.ts"));
try {
  console.log(JSON.stringify({ checks: await ask(await openPage(browser), server.address, {}) }));
} finally {
  server.close();
  await browser.close();
}
