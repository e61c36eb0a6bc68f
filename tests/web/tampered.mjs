// Scripts, style and core that somebody has changed on their way are refused; links that lead nowhere explain themselves; what
// the first screen costs, and the policy that it really has.
import { gzipSync } from "node:zlib";
import { accessibility, launch, openPage, screens, until } from "./browser.mjs";

const wanted = JSON.parse(process.argv[2]);
const browser = await launch();

/** In the page: what its own style sheet says of the ground, and what somebody has added to that sheet. */
const rulesOf = () => {
  const style = getComputedStyle(document.documentElement);
  return { ground: style.getPropertyValue("--ground").trim(), added: style.getPropertyValue("--tampered").trim() };
};

/** Everything that comes until one can type a name, and the headers of the page. */
async function firstScreen() {
  const page = await openPage(browser);
  const bodies = new Map();
  page.on("response", (r) => bodies.set(new URL(r.url()).pathname, r.body().catch(() => Buffer.alloc(0))));
  await page.addInitScript(() => {
    const { play } = HTMLMediaElement.prototype;
    globalThis.played = [];
    HTMLMediaElement.prototype.play = function (...args) {
      globalThis.played.push(this.tagName);
      return play.apply(this, args);
    };
  });
  const answer = await page.goto(wanted.link);
  await page.getByLabel("Your name").waitFor();
  await page.waitForTimeout(1000);
  const sizes = {};
  for (const [path, body] of bodies) sizes[path] = gzipSync(await body, { level: 9 }).length;
  const isolated = await page.evaluate(() => crossOriginIsolated);
  const style = await page.evaluate(rulesOf);
  const speaker = page.getByRole("button", { name: "Test the speaker" });
  await speaker.click();
  await page.getByText("Playing…").waitFor();
  await speaker.waitFor({ timeout: 20_000 });
  const played = await page.evaluate(() => globalThis.played);
  const evaluated = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "globalThis.inline = true";
    document.body.append(script);
    return globalThis.inline === true;
  });
  await page.close();
  return { sizes, isolated, style, evaluated, played, headers: answer.headers() };
}

/** Joins by a link and says what the page then says. */
async function joinBy(link, what, waitFor) {
  const page = await openPage(browser);
  await page.goto(link);
  await page.getByLabel("Your name").fill("Somebody");
  await page.getByRole("button", { name: "Join", exact: true }).click();
  await page.getByText(waitFor).waitFor({ timeout: 30_000 }).catch(() => undefined);
  await page.screenshot({ path: `${screens}link-${what}.png` });
  const words = () => [document.body.innerText, ...[...document.querySelectorAll("a[href]")].map((a) => a.getAttribute("href"))].join("\n");
  const seen = { text: await page.evaluate(words), findings: await accessibility(page), passcode: await page.getByLabel("Passcode").count() };
  // Whoever knows the passcode comes in from there.
  if (seen.passcode > 0) {
    await page.getByLabel("Passcode").fill(wanted.passcode);
    await page.getByRole("button", { name: "Join", exact: true }).click();
    seen.inside = await page.locator(".meeting").waitFor({ timeout: 30_000 }).then(() => true, () => false);
  }
  await page.close();
  return seen;
}

try {
  const result = {};
  const added = { core: Buffer.from([0, 2, 1, 0]), style: Buffer.from("\n:root { --tampered: yes; }") };
  for (const [what, pattern] of [
    ["entry", /\/assets\/index-.*\.js$/], ["style", /\/assets\/style-.*\.css$/], ["script", /\/assets\/MeetingApp-.*\.js$/],
    ["meeting", /\/assets\/Meeting-.*\.js$/], ["worker", /\/assets\/worker-.*\.js$/], ["core", /\/assets\/.*\.wasm$/],
  ]) {
    const page = await openPage(browser);
    let changed = 0;
    await page.route(pattern, async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      changed += 1;
      await route.fulfill({ response, body: Buffer.concat([body, added[what] ?? Buffer.from("\n;globalThis.tampered = true;")]) });
    });
    await page.goto(wanted.link);
    if (["meeting", "worker", "core"].includes(what)) {
      await page.getByLabel("Your name").fill("Mallory's guest");
      await page.getByRole("button", { name: "Join" }).click();
      await page.getByRole("heading", { name: "You are not in the meeting" }).waitFor({ timeout: 30_000 });
      await page.screenshot({ path: `${screens}tampered-${what}.png` });
    } else {
      await page.waitForTimeout(3000);
      if (what === "style") await page.screenshot({ path: `${screens}tampered-style.png` });
    }
    result[what] = {
      changed, refused: await until(`the ${what} to be refused`, () => page.problems.some((p) => p.includes("integrity")), 10).catch(() => false),
      ran: await page.evaluate(() => globalThis.tampered === true), form: await page.getByLabel("Your name").count(), style: await page.evaluate(rulesOf),
    };
    await page.close();
  }
  result.first = await firstScreen();
  result.links = {};
  for (const [what, { link, says }] of Object.entries(wanted.links)) result.links[what] = await joinBy(link, what, says);
  for (const what of ["wrong", "ended"]) {
    const page = await openPage(browser);
    const answer = await page.goto(wanted[what]);
    await page.screenshot({ path: `${screens}${what === "wrong" ? "no-such-meeting" : "meeting-has-ended"}.png` });
    result[what] = { status: answer.status(), text: await page.evaluate(() => document.body.innerText), findings: await accessibility(page) };
    await page.close();
  }
  console.log(JSON.stringify(result));
} finally {
  await browser.close();
}
