// What the scenarios of the admin console share: its pages, looked at in every light, and what axe finds on them.
import { accessibility, inHighContrast, openPage, screens } from "./browser.mjs";

/** A page of the console with what is done on it again and again; `findings` is what was wrong, by screen. */
export async function consoleAt(browser, link) {
  const page = await openPage(browser, { permissions: ["clipboard-read", "clipboard-write"], acceptDownloads: true });
  const findings = {};
  const at = (path) => new URL(path, link).href;
  const title = (name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor({ timeout: 30_000 });
  const quiet = () => page.waitForFunction(() => !document.querySelector('[aria-busy="true"]') && ![...document.querySelectorAll('main [role="status"]')].some((s) => s.textContent.startsWith("Loading")), null, { timeout: 20_000 }).catch(() => undefined);
  async function look(name, changed = "") {
    await quiet();
    await page.waitForTimeout(150);
    await page.screenshot({ path: `${screens}admin-${name}.png`, fullPage: true });
    const found = await accessibility(page, changed);
    if (found.length > 0) findings[name] = found;
  }
  async function fits(name) {
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (overflow > 1) findings[`${name}-overflow`] = [`${overflow} px wider than the screen`];
  }
  async function open(path, heading) {
    await page.goto(at(path));
    await title(heading);
    await quiet();
  }
  return {
    page, findings, at, title, quiet, look, open,
    button: (name, more = {}) => page.getByRole("button", { name, exact: true, ...more }),
    /** What is in the column of this name, row by row. */
    column: (name) => page.locator(`main tbody td[data-label="${name}"]`).allTextContents(),
    /** What stays of problems: not being signed in yet, and `expected`, are none. */
    problems: (expected = /^$/) => page.problems.filter((p) => !/Failed to load resource.*status of 401/.test(p) && !expected.test(p)),
    elsewhere: () => page.requests.filter((r) => !r.startsWith(new URL(link).origin) && !r.startsWith("data:") && !r.startsWith("blob:")),
    async signIn(login, password, heading = "Overview") {
      await page.goto(at("/admin"));
      await page.getByLabel("Name or e-mail address").fill(login);
      await page.getByLabel("Password").fill(password);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await title(heading);
    },
    /** As it is now: also in the dark and on a telephone. */
    async everyWay(name) {
      await look(name);
      await page.emulateMedia({ colorScheme: "dark" });
      await look(`${name}-dark`, "colours");
      await page.emulateMedia({ colorScheme: "light" });
      await page.setViewportSize({ width: 390, height: 844 });
      await look(`${name}-narrow`);
      await fits(`${name}-narrow`);
      await page.setViewportSize({ width: 1280, height: 800 });
    },
    /** As it is now, in the system's high contrast. */
    contrasts: (name) => inHighContrast(page, (way) => look(`${name}-${way}`, "colours")),
    /** As it is now, for those who read from the right to the left: a picture of each width, and nothing sticks out. */
    async fromTheRight(name) {
      await page.evaluate(() => { document.documentElement.dir = "rtl"; });
      for (const [width, height, size] of [[1280, 800, "rtl"], [390, 844, "rtl-narrow"]]) {
        await page.setViewportSize({ width, height });
        await page.waitForTimeout(150);
        await page.screenshot({ path: `${screens}admin-${name}-${size}.png`, fullPage: true });
        await fits(`${name}-${size}`);
      }
      await page.evaluate(() => { document.documentElement.dir = "ltr"; });
      await page.setViewportSize({ width: 1280, height: 800 });
    },
    /** The same screen opened in Chinese. */
    async inChinese(path, name) {
      await page.goto(at(path + (path.includes("?") ? "&" : "?") + "lang=zh-TW"));
      await page.getByRole("heading", { level: 1 }).waitFor();
      await look(`${name}-zh-Hant`, "but colours");
    },
  };
}
