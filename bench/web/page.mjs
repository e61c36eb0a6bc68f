// One Chromium page in a meeting, for bench/process/browser.py: node page.mjs '{"link":..,"name":..,"tiles":N}'. Says on a line
// how long it was from the click on Join to the first remote picture, and the process id of the browser when N pictures move; to every
// line that it reads, how many pictures all remote tiles have shown and how many lines each one's picture has now ("leave" ends it).
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { inPage, previewShows, typeName } from "../../tests/web/look.mjs";

const fromWeb = createRequire(new URL("../../web/package.json", import.meta.url));
const puppeteer = fromWeb("puppeteer-core");
const wanted = JSON.parse(process.argv[2]);
const browser = await puppeteer.launch({
  headless: true, acceptInsecureCerts: true, executablePath: process.env.SEALHALL_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--ignore-certificate-errors", "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 800 });
  await page.goto(wanted.link);
  await inPage(page, "the form", typeName, wanted.name);
  await inPage(page, "the preview", previewShows);
  const first = page.evaluate((others) => new Promise((resolve) => {
    let clicked = 0;
    document.addEventListener("click", () => { clicked ||= performance.now(); }, { capture: true, once: true });
    const look = () => {
      const seen = [...document.querySelectorAll(".tile")].some((t) => t.dataset.tile !== "own" && !t.hidden && t.querySelector("video")?.videoWidth > 0);
      if (clicked && (seen || others === 0)) resolve(performance.now() - clicked);
      else requestAnimationFrame(look);
    };
    look();
  }), wanted.tiles);
  await page.evaluate(() => document.querySelector("button[type=submit]").click());
  const ms = await first;
  await inPage(page, "everybody", (n) => [...document.querySelectorAll(".tile")].filter((t) => t.dataset.tile !== "own" && !t.hidden && t.querySelector("video")?.videoWidth > 0).length >= n, wanted.tiles, 60);
  console.log(JSON.stringify({ ms, pid: browser.process().pid }));
  const shown = () => page.evaluate(() => {
    const videos = [...document.querySelectorAll(".tile")].filter((t) => t.dataset.tile !== "own" && !t.hidden).flatMap((t) => t.querySelector("video") ?? []).filter((v) => v.videoWidth > 0);
    return { frames: videos.reduce((sum, v) => sum + v.getVideoPlaybackQuality().totalVideoFrames, 0), lines: videos.map((v) => v.videoHeight) };
  });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "leave") break;
    console.log(JSON.stringify(await shown()));
  }
  process.stdin.destroy();
} finally {
  await browser.close();
}
