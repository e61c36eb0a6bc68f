// A recording in the pages of its owner: its meeting among the past ones, watched, downloaded, shared, thrown away and restored.
import { readFileSync } from "node:fs";
import { openPage, until } from "./browser.mjs";

/** Who was there and what was written, on the page of a meeting that is over. */
async function heldMeeting({ page, button, looks }) {
  await page.getByRole("link", { name: "Watched" }).click();
  await page.getByRole("heading", { name: "Who was there" }).waitFor();
  await page.getByRole("cell", { name: "Ada" }).first().waitFor();
  const people = await page.getByRole("region", { name: "Who was there" }).locator("tbody tr").count();
  await page.getByRole("heading", { name: "What was voted" }).waitFor();
  const voted = await page.getByRole("region", { name: "What was voted" }).locator("tbody td").allInnerTexts();
  const lines = page.locator("ol.said li p");
  await lines.first().waitFor();
  const chat = await lines.allInnerTexts();
  await looks("meeting-held");
  const search = page.getByLabel("Search the chat");
  await search.fill("nobody wrote this");
  await button("Search").click();
  await page.getByText("Nothing with these words.").waitFor();
  await search.fill("HELLO FROM");
  await button("Search").click();
  await lines.first().waitFor();
  const found = await lines.allInnerTexts();
  const downloading = page.waitForEvent("download");
  await button("Export as CSV").click();
  let csv = "";
  for await (const piece of await (await downloading).createReadStream()) csv += piece;
  return { people, voted, chat, found, csv };
}

/** What somebody sees behind the link whose browser asks for Chinese. */
async function sharedInChinese({ browser, look }, shareUrl) {
  const stranger = await openPage(browser, { lang: "zh-TW" });
  await stranger.goto(shareUrl);
  await stranger.getByLabel("密碼").fill("open sesam");
  await stranger.getByRole("button", { name: "觀看" }).click();
  await stranger.getByText("密碼不正確。").waitFor();
  await look("shared-passcode-zh-Hant", stranger);
  await stranger.context().close();
}

/** The part "recording" of site.mjs, with what that gives it. */
export async function recording({ browser, page, link, button, look, looks, contrasts, inChinese, signIn }) {
  const ranges = [];
  page.on("response", (r) => { if (r.url().includes("/rec/play/") && r.status() === 206) ranges.push(r.headers()["content-range"]); });
  await signIn();
  await page.goto(new URL("/app/meetings?when=past", link).href);
  await page.getByRole("link", { name: "Watched" }).waitFor();
  await looks("meetings-past-one");
  const held = await heldMeeting({ page, button, looks });
  await page.goto(link);
  await page.getByRole("link", { name: "Watched" }).waitFor();
  await looks("recordings");
  await page.getByRole("link", { name: "Watched" }).click();
  const video = page.locator("video");
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 1, null, { timeout: 30_000 });
  const { duration, width } = await video.evaluate((v) => ({ duration: v.duration, width: v.videoWidth }));
  await page.getByRole("tab", { name: /^Chat/ }).click();
  const chat = await page.locator(".said p").allInnerTexts();
  await look("recording-chat");
  await page.getByRole("tab", { name: "Chapters" }).click();
  const chapters = await page.locator(".chapters li").allInnerTexts();
  await video.evaluate((v) => new Promise((done) => { v.onseeked = done; v.currentTime = 8; }));
  const at = await video.evaluate((v) => v.currentTime);
  const frames = await video.evaluate(async (v) => { await v.play(); await new Promise((r) => setTimeout(r, 1000)); v.pause(); return v.getVideoPlaybackQuality().totalVideoFrames; });
  await looks("recording");
  await contrasts("recording");
  await page.locator(".chapters button").first().click();
  await until("the first chapter", () => video.evaluate((v) => v.currentTime < 4));

  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download", exact: true }).click();
  const film = readFileSync(await (await downloading).path());
  const downloaded = { bytes: film.length, form: film.subarray(4, 8).toString("latin1") };

  await button("Share").click();
  await page.getByLabel("Passcode").fill("open sesame");
  await look("share");
  await button("Make the link").click();
  await page.getByRole("heading", { name: "Shared by a link" }).waitFor();
  const shareUrl = await page.locator("section[aria-labelledby=shared] dd").first().innerText();
  const stranger = await openPage(browser);
  await stranger.goto(shareUrl);
  const asked = await stranger.getByLabel("Passcode").waitFor({ timeout: 10_000 }).then(() => true, () => false);
  await looks("shared-passcode", stranger);
  await stranger.getByLabel("Passcode").fill("open sesam");
  await stranger.getByRole("button", { name: "Watch" }).click();
  const refused = await stranger.getByText("The passcode is not right.").waitFor({ timeout: 10_000 }).then(() => stranger.locator("video").isHidden(), () => false);
  await look("shared-passcode-wrong", stranger);
  await stranger.getByLabel("Passcode").fill("open sesame");
  await stranger.getByRole("button", { name: "Watch" }).click();
  const opened = await stranger.waitForFunction(() => document.querySelector("video")?.readyState >= 1, null, { timeout: 20_000 }).then(() => true, () => false);
  await looks("shared", stranger);
  await stranger.context().close();
  await sharedInChinese({ browser, look }, shareUrl);
  await look("recording-shared");
  await button("Put into the trash").click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Put into the trash" }).click();
  await page.getByText("No recordings yet").waitFor();
  await look("recordings-empty");
  await page.getByRole("link", { name: "Trash" }).click();
  await page.getByText("Watched").waitFor();
  const trashed = await page.locator(".rows li").count();
  await look("trash");
  await button("Restore").click();
  await page.getByText("The trash is empty").waitFor();
  await page.getByRole("link", { name: "Recordings" }).last().click();
  await page.getByRole("link", { name: "Watched" }).waitFor();
  const restored = await page.locator(".rows li").count();
  await inChinese("/app/recordings", "recordings");
  await page.getByRole("link", { name: "Watched" }).click();
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 1, null, { timeout: 30_000 });
  await look("recording-zh-Hant");
  return { held, duration, width, at, frames, ranges: ranges.length > 0, chapters, chat, shared: { asked, refused, opened }, downloaded, trashed, restored };
}
