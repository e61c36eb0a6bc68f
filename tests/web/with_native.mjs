// One browser in a meeting with a native client: node with_native.mjs '{"link":..,"native":..,"y4m":..,"wav":..}'. Says
// what it saw and heard as one JSON line, stays until standard input says "leave".
import { createInterface } from "node:readline";
import { accessibility, hear, join, launch, openPage, screens, tile, until, watchConnections } from "./browser.mjs";

const wanted = JSON.parse(process.argv[2]);
const browser = await launch(wanted);
try {
  const page = await openPage(browser);
  page.on("console", (m) => console.error("console:", m.type(), m.text()));
  page.on("pageerror", (e) => console.error("pageerror:", e));
  await page.addInitScript(watchConnections, { relayed: wanted.relay === "only" });
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
    words: document.querySelector("[data-generation]").closest("dl").innerText,
    narrowest: Math.min(...[...document.querySelectorAll("aside dd")].map((dd) => dd.getBoundingClientRect().width)),
  }));
  const path = await page.evaluate(async () => {
    const stats = [...(await window.connections.at(-1).getStats()).values()];
    const chosen = stats.find((s) => s.type === "transport")?.selectedCandidatePairId;
    const local = stats.find((s) => s.id === stats.find((pair) => pair.id === chosen)?.localCandidateId);
    // The relay's protocol is there for what goes through one only; seen from behind it the address is new to the browser (prflx).
    return local ? { type: local.candidateType, protocol: local.relayProtocol ?? local.protocol } : null;
  });
  const own = new URL(wanted.link).origin;
  console.log(JSON.stringify({
    path, ...(await page.evaluate(() => ({ negotiated: window.negotiated, upAfter: window.upAfter }))), first, later, sound, badge, joinedAfter, findings, problems: page.problems,
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
