// One browser in a meeting with a native client: node with_native.mjs '{"link":..,"native":..,"y4m":..,"wav":..}'. Says
// what it saw and heard as one JSON line, stays until standard input says "leave".
import { createInterface } from "node:readline";
import { accessibility, hear, join, launch, openPage, screens, tile, until } from "./browser.mjs";

const wanted = JSON.parse(process.argv[2]);
const browser = await launch(wanted);
try {
  const page = await openPage(browser);
  page.on("console", (m) => console.error("console:", m.type(), m.text()));
  page.on("pageerror", (e) => console.error("pageerror:", e));
  const findings = {};
  await page.goto(wanted.link);
  await page.getByLabel("Your name").waitFor();
  findings.prejoin = await accessibility(page);
  const clicked = Date.now();
  await join(page, wanted.link, "Browser");
  const first = await until("the native client's pictures", async () => {
    const seen = await tile(page, wanted.native);
    return seen.frames > 0 ? seen : null;
  }, 60).catch(async (error) => {
    await page.screenshot({ path: `${screens}failed-with-native.png` });
    console.error("state:", await page.evaluate(() => document.body.innerText));
    throw error;
  });
  const joinedAfter = Date.now() - clicked;
  await page.screenshot({ path: `${screens}meeting-gallery.png` });
  findings.meeting = await accessibility(page);
  const sound = await hear(page);
  const later = await until("more pictures", async () => {
    const seen = await tile(page, wanted.native);
    return seen.frames >= first.frames + 30 ? seen : null;
  }, 60);
  for (const [panel, name] of [["People", "people"], ["Chat", "chat"], ["Encrypted", "encryption"]]) {
    await page.getByRole("button", { name: panel, exact: true }).click();
    await page.waitForTimeout(1100);
    await page.screenshot({ path: `${screens}meeting-${name}.png` });
    findings[name] = await accessibility(page);
  }
  const badge = await page.evaluate(() => ({
    generation: Number(document.querySelector("[data-generation]").dataset.generation),
    opened: Number(document.querySelector("[data-opened]").dataset.opened),
    dropped: Number(document.querySelector("[data-dropped]").dataset.dropped),
  }));
  const own = new URL(wanted.link).origin;
  console.log(JSON.stringify({
    first, later, sound, badge, joinedAfter, findings, problems: page.problems,
    elsewhere: page.requests.filter((url) => !url.startsWith(own) && !url.startsWith("data:") && !url.startsWith(`blob:${own}`)),
  }));
  for await (const line of createInterface({ input: process.stdin })) if (line === "leave") break;
  process.stdin.destroy();
  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByText("You have left the meeting.").waitFor();
  await page.screenshot({ path: `${screens}left.png` });
  await page.close();
} finally {
  await browser.close();
}
