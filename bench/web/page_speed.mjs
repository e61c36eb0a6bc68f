// How soon screens are there, how they move about while they load, how long they do not listen, and what axe finds on them:
// node page_speed.mjs '{"screens":[{"name":..,"link":..,"label":..|"heading":..}],"signIn":..,"login":..,"password":..,"rounds":N}'.
// Every load begins with an empty cache. Prints one JSON line.
import { accessibility, launch, openPage } from "../../tests/web/browser.mjs";

const wanted = JSON.parse(process.argv[2]);
// What Lighthouse calls desktop and mobile: milliseconds there and back, bits a second, how much slower the processor is.
const machines = {
  desk: { latency: 40, rate: 10_240_000, slower: 1, context: { viewport: { width: 1350, height: 940 } } },
  phone: { latency: 150, rate: 1_638_400, slower: 4, context: { viewport: { width: 412, height: 823 }, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true } },
};

/** Runs in the page before anything of its own: keeps what the browser tells of painting, moving and long tasks. */
function watch() {
  const seen = { paints: [], largest: [], shifts: [], tasks: [] };
  globalThis.pageSpeed = seen;
  const keep = (type, take) => new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  keep("paint", (e) => seen.paints.push({ name: e.name, at: e.startTime }));
  keep("largest-contentful-paint", (e) => seen.largest.push({ at: e.startTime, size: e.size, what: e.element?.tagName ?? "" }));
  keep("layout-shift", (e) => { if (!e.hadRecentInput) seen.shifts.push({ at: e.startTime, value: e.value }); });
  keep("longtask", (e) => seen.tasks.push({ at: e.startTime, took: e.duration }));
}

/** Cumulative layout shift: the worst group of shifts less than a second apart, at most five seconds long. */
function layoutShift(shifts) {
  let [worst, sum, first, last] = [0, 0, -Infinity, -Infinity];
  for (const { at, value } of shifts) {
    if (at - last >= 1000 || at - first >= 5000) [sum, first] = [0, at];
    sum += value;
    last = at;
    worst = Math.max(worst, sum);
  }
  return worst;
}

async function load(browser, screen, machine, storageState, findings) {
  const page = await openPage(browser, { ...machine.context, ...(storageState ? { storageState } : {}) });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", { offline: false, latency: machine.latency, downloadThroughput: machine.rate / 8, uploadThroughput: machine.rate / 8 });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: machine.slower });
  await page.addInitScript(watch);
  await page.goto(screen.link);
  const ready = screen.label ? page.getByLabel(screen.label) : page.getByRole("heading", { level: 1, name: screen.heading, exact: true });
  await ready.waitFor({ timeout: 60_000 });
  await page.waitForLoadState("networkidle");
  // The last paint and the last long task are told late.
  await page.waitForTimeout(2000);
  const seen = await page.evaluate(() => globalThis.pageSpeed);
  const first = seen.paints.find((p) => p.name === "first-contentful-paint")?.at;
  const largest = seen.largest.at(-1);
  if (first === undefined || largest === undefined) throw new Error(`the browser told of no paint of ${screen.name}: ${JSON.stringify(seen)}`);
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  if (findings) findings[screen.name] = await accessibility(page);
  await page.context().close();
  return {
    fcp: first, lcp: largest.at, largest: largest.what, cls: layoutShift(seen.shifts),
    // Only what a person can feel: after the first paint, what is longer than 50 ms.
    tbt: seen.tasks.filter((t) => t.at + t.took > first).reduce((sum, t) => sum + Math.max(0, t.took - 50), 0),
  };
}

const browser = await launch();
try {
  const door = await openPage(browser);
  await door.goto(wanted.signIn);
  await door.getByLabel("Name or e-mail address").fill(wanted.login);
  await door.getByLabel("Password").fill(wanted.password);
  await door.getByRole("button", { name: "Sign in", exact: true }).click();
  await door.locator(".site").waitFor({ timeout: 60_000 });
  const storageState = await door.context().storageState();
  await door.context().close();
  const loads = [];
  const findings = {};
  for (let round = 0; round < wanted.rounds; ++round) {
    for (const [machine, how] of Object.entries(machines)) {
      for (const screen of wanted.screens) {
        const seen = await load(browser, screen, how, screen.label ? undefined : storageState, round === 0 && machine === "desk" ? findings : undefined);
        loads.push({ screen: screen.name, machine, ...seen });
      }
    }
  }
  console.log(JSON.stringify({ loads, findings }));
} finally {
  await browser.close();
}
