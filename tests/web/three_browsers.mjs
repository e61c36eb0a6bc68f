// Three browsers and a native host in one meeting: waiting room, chat, removal. node three_browsers.mjs '{"link":..,"native":..}'
// tells what happens as JSON lines; each word on standard input begins the next part.
import { createInterface } from "node:readline";
import { accessibility, join, launch, openPage, screens, tile, until } from "./browser.mjs";

const wanted = JSON.parse(process.argv[2]);
const words = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (what, more = {}) => console.log(JSON.stringify({ what, ...more }));
const heard = async (word) => { while ((await words.next()).value !== word); };
const browser = await launch(wanted);
// The second one tries to be markup, and to turn round what stands after the name; it comes in muted.
const typed = ["Ada", 'Böl<img src=x onerror="document.title=1">\u202Eter', "陳小明"];
const names = typed.map((name) => name.replace("\u202E", ""));
const evil = '<img src=x onerror="document.title=1">\u202Eexe.txt';
try {
  const pages = [];
  const findings = {};
  for (const [k, name] of typed.entries()) {
    const page = await openPage(browser, k === 2 ? { lang: "zh-TW" } : {});
    if (k === 2) {
      await page.goto(wanted.link);
      await page.getByLabel("您的姓名").fill(name);
      await page.waitForFunction(() => document.querySelector(".preview video")?.videoWidth > 0, null, { timeout: 30_000 });
      await page.screenshot({ path: `${screens}prejoin-zh-Hant.png` });
      await page.getByRole("button", { name: "加入" }).click();
      await page.getByText("主持人很快會讓您進入。").waitFor({ timeout: 30_000 });
    } else {
      await join(page, wanted.link, name, { muted: k === 1 });
      await page.getByText("A host will let you in soon.").waitFor({ timeout: 30_000 });
    }
    pages.push(page);
  }
  await pages[0].screenshot({ path: `${screens}waiting.png` });
  findings.waiting = await accessibility(pages[0]);
  const early = await Promise.all(pages.map((p) => p.evaluate(() => document.querySelectorAll(".tile").length)));
  say("waiting", { early });

  await heard("admitted");
  const seen = {};
  for (const [k, page] of pages.entries()) {
    for (const name of [...names.filter((n) => n !== names[k]), wanted.native]) {
      seen[`${names[k]} sees ${name}`] = (await until(`${names[k]} to see ${name}`, async () => {
        const shown = await tile(page, name);
        return shown.frames >= 10 ? shown : null;
      }, 90));
    }
  }
  for (const [k, page] of pages.entries()) await page.screenshot({ path: `${screens}gallery-of-four-${k}.png` });
  // How a name that means harm stands in the others' tiles and in their list, and that its owner is seen as muted.
  const hostile = {};
  await pages[0].getByRole("button", { name: "People", exact: true }).click();
  await pages[0].locator(".people li", { hasText: "onerror" }).waitFor({ timeout: 15_000 });
  for (const k of [0, 2]) {
    hostile[names[k]] = await pages[k].evaluate((name) => {
      const own = [...document.querySelectorAll(".meeting *")].filter((e) => e.childElementCount === 0 && e.textContent.includes("onerror"));
      const tile = [...document.querySelectorAll(".tile")].find((t) => t.querySelector(".tile-name").textContent === name);
      return {
        shown: own.map((e) => e.textContent), apart: own.every((e) => e.closest("bdi, [dir=auto]") !== null), images: document.querySelectorAll(".meeting img").length, title: document.title,
        bidi: /[\u202A-\u202E\u2066-\u2069]/.test(document.body.innerText), muted: tile?.querySelector('.tile-mark[data-tone="off"]') !== null,
      };
    }, names[1]);
    hostile[names[k]].others = await pages[k].evaluate((name) => [...document.querySelectorAll(".tile")].filter((t) => !t.hidden && t.dataset.tile !== "own" && t.querySelector(".tile-name").textContent !== name && t.querySelector('.tile-mark[data-tone="off"]')).length, names[1]);
  }
  await pages[0].screenshot({ path: `${screens}people-hostile.png` });
  findings.people = await accessibility(pages[0]);
  await pages[0].getByRole("button", { name: "Chat", exact: true }).click();
  await pages[0].getByRole("textbox", { name: "Message" }).fill(evil);
  await pages[0].getByRole("button", { name: "Send", exact: true }).click();
  await pages[1].getByRole("button", { name: "Chat", exact: true }).click();
  await pages[1].locator(".said", { hasText: "onerror" }).first().waitFor({ timeout: 15_000 });
  const chat = await pages[1].evaluate(() => ({
    images: document.querySelectorAll(".chat img").length, title: document.title, bidi: /[\u202A-\u202E\u2066-\u2069]/.test(document.querySelector(".chat-list").innerText),
  }));
  await pages[1].screenshot({ path: `${screens}chat-hostile.png` });
  findings.chat = await accessibility(pages[1]);
  await pages[2].getByRole("button", { name: "已加密" }).click();
  await pages[2].waitForTimeout(1200);
  await pages[2].screenshot({ path: `${screens}encryption-zh-Hant.png` });
  const before = await pages[2].evaluate(() => Number(document.querySelector("[data-generation]").dataset.generation));
  say("together", { seen, chat, hostile, before });

  await heard("removed");
  await pages[1].getByRole("button", { name: "Join again" }).waitFor({ timeout: 30_000 });
  await pages[1].screenshot({ path: `${screens}removed.png` });
  findings.removed = await accessibility(pages[1]);
  const after = await until("a new generation", async () => {
    const now = await pages[2].evaluate(() => Number(document.querySelector("[data-generation]").dataset.generation));
    return now > before ? now : null;
  }, 30);
  const frames = (await tile(pages[2], names[0])).frames;
  await until("pictures under the new keys", async () => (await tile(pages[2], names[0])).frames > frames + 20, 60);
  const stay = await pages[2].evaluate(() => [...document.querySelectorAll(".tile")].filter((t) => !t.hidden).map((t) => t.querySelector(".tile-name").textContent));
  await pages[0].setViewportSize({ width: 390, height: 844 });
  await pages[0].waitForTimeout(300);
  await pages[0].screenshot({ path: `${screens}mobile-chat.png` });
  await pages[0].emulateMedia({ colorScheme: "dark" });
  await pages[0].setViewportSize({ width: 1280, height: 800 });
  await pages[0].screenshot({ path: `${screens}dark-chat.png` });
  findings.dark = await accessibility(pages[0]);
  say("rotated", { after, stay, findings, problems: pages.flatMap((p) => p.problems) });
  await heard("leave");
} catch (error) {
  console.error(error);
  for (const [k, page] of browser.contexts().flatMap((c) => c.pages()).entries()) await page.screenshot({ path: `${screens}failed-three-${k}.png` });
  process.exitCode = 1;
} finally {
  await browser.close();
  process.stdin.destroy();
}
