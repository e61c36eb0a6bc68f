// What the scenarios of several people in a meeting share: the frame of a scenario, opening panels, pictures with axe.
import { createInterface } from "node:readline";
import { accessibility, join, launch, openPage as open, screens, until } from "./browser.mjs";
import { stickingOut } from "./look.mjs";

export { join, until };

/** A page with patience: several browsers share a machine that does other things, too. */
export async function openPage(...how) {
  const page = await open(...how);
  page.setDefaultTimeout(90_000);
  return page;
}

/** Joins without microphone and camera: what is looked at here needs no pictures, and the machine has other things to do. */
export async function joinQuietly(page, link, name) {
  await page.goto(link);
  await page.getByLabel("Your name").fill(name);
  await page.waitForFunction(() => document.querySelector(".preview video")?.videoWidth > 0, null, { timeout: 60_000 });
  await page.getByText("Join with the microphone off").click();
  await page.getByText("Camera on", { exact: true }).click();
  await page.getByRole("button", { name: "Join" }).click();
}

/** A button of the bar, wherever there is room for it. */
export const control = (page, name) => page.getByRole("toolbar").getByRole("button", { name: new RegExp(`^${name.replace(/[&]/g, "\\$&")}( \\(\\d+\\)|\\s*\\d+)?$`) });

/** Opens a panel by its button in the bar, or by "More". */
export async function panel(page, name, more = "More") {
  const opened = () => page.evaluate(() => document.querySelector(".meeting")?.dataset.panel ?? "");
  await page.getByRole("toolbar").first().waitFor();  // a menu that closes hides the bar from roles for a moment
  const before = await opened();
  const button = control(page, name);
  if ((await button.count()) > 0) {
    if ((await button.getAttribute("aria-expanded")) !== "true") await button.click();
  } else {
    await control(page, more).click();
    await page.getByRole("menuitem", { name: new RegExp(`^${name.replace("&", "\\&")}`) }).click();
    await until(`the panel ${name}`, async () => (await opened()) !== before, 10);
  }
  await page.locator(".panel-body > :not(.loading)").first().waitFor();  // its code comes when it is first opened
}

/** A text of somebody else's where it is shown; it may be read aloud, too. */
export const said = (page, text) => page.locator(".said", { hasText: text }).first();

/** A picture of the screen, and what axe finds on it; all of it, or only what has `changed` since a look at the same screen. */
export async function screenshot(page, name, findings, { delay = 250, moving = false, changed = "" } = {}) {
  // Reactions rise and fade: a name that is half gone has no contrast, and is none that anybody reads.
  if (!moving) await page.waitForFunction(() => document.querySelector(".floating-name") === null, null, { timeout: 20_000 });
  await page.waitForTimeout(delay);
  await page.screenshot({ path: `${screens}${name}.png` });
  findings[name] = await accessibility(page, changed);
}

/** The open panel at 200 % (1280 x 800 is 640 x 400 then) and for those who read from the right to the left: a picture of each, what
 * axe finds, and what sticks out. */
export async function everyWay(page, name, findings) {
  // From the right the colours are the same.
  for (const [way, width, height, dir, changed] of [["zoom-200", 640, 400, "ltr", ""], ["rtl", 1280, 800, "rtl", "but colours"], ["rtl-zoom-200", 640, 400, "rtl", "but colours"]]) {
    await page.evaluate((to) => { document.documentElement.dir = to; }, dir);
    await page.setViewportSize({ width, height });
    await screenshot(page, `${name}-${way}`, findings, { changed });
    findings[`${name}-${way}-overflow`] = await page.evaluate(stickingOut);
  }
  await page.evaluate(() => { document.documentElement.dir = "ltr"; });
  await page.setViewportSize({ width: 1280, height: 800 });
}

/** Runs `play`, with words on standard input and JSON lines on standard output; on failure every page is pictured. */
export async function session(play) {
  const wanted = JSON.parse(process.argv[2]);
  const words = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const browser = await launch(wanted);
  const findings = {};
  try {
    await play({
      wanted, browser, findings,
      say: (what, more = {}) => console.log(JSON.stringify({ what, ...more })),
      heard: async (word) => { while ((await words.next()).value !== word); },
    });
  } catch (error) {
    console.error(error);
    console.error("axe so far:", JSON.stringify(Object.fromEntries(Object.entries(findings).filter(([, found]) => found.length > 0))));
    for (const [k, page] of browser.contexts().flatMap((c) => c.pages()).entries()) {
      await page.screenshot({ path: `${screens}failed-${wanted.story ?? "meeting"}-${k}.png` });
      console.error(`page ${k}:`, page.problems, await page.evaluate(() => document.body.innerText).catch(() => ""));
    }
    process.exitCode = 1;
  } finally {
    await browser.close();
    process.stdin.destroy();
  }
}
