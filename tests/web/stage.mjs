// The look and feel of the meeting, screen by screen: node stage.mjs '{"link":..,"native":..,"quiet":[..],"y4m":..,"wav":..}'.
// Takes a picture of every screen, asks axe about each, and says as one JSON line what it has seen.
import { accessibility, inHighContrast, launch, openPage as open, screens, screenToShare, tile, until as wait, watchConnections } from "./browser.mjs";
import { panel } from "./meeting.mjs";

const wanted = JSON.parse(process.argv[2]);
const browser = await launch(wanted);
const findings = {};
const result = {};
let page;
// Thirty screens with axe on each: a busy machine takes its time.
const until = (what, ask, seconds = 60) => wait(what, ask, Math.max(seconds, 60));
const openPage = async (...options) => {
  const opened = await open(...options);
  opened.setDefaultTimeout(90_000);
  return opened;
};
async function picture(name, { of = page, changed = "" } = {}) {
  await of.waitForTimeout(350);
  await of.screenshot({ path: `${screens}${name}.png` });
  findings[name] = await accessibility(of, changed);
}
/** The same screen in the system's high contrast. */
const contrasts = (name) => inHighContrast(page, (way) => picture(`${name}-${way}`, { changed: "colours" }));
const seesItself = (of) => of.waitForFunction(() => document.querySelector(".preview video")?.videoWidth > 0, null, { timeout: 30_000 });
const come = async (of, name) => {
  await of.getByLabel("Your name").fill(name);
  await seesItself(of);
  await of.getByRole("button", { name: "Join" }).click();
  await of.locator(".bar").waitFor({ timeout: 60_000 });
};
const boxes = (of) => of.evaluate(() => Object.fromEntries([...document.querySelectorAll(".tile")].map((t) => {
  const { x, y, width, height } = t.getBoundingClientRect();
  return [t.querySelector(".tile-name").textContent + (t.dataset.share === "true" ? " (share)" : ""), { x, y, width, height, main: t.dataset.main }];
})));
/** No part of the page sticks out of the screen to the side. */
const fits = (of) => of.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1);

/** How loud the page's loudspeaker elements are at `hertz`, in decibel, at the loudest moment of three seconds. */
const loudAt = (of, hertz) => of.evaluate(async (wanted) => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  for (const element of document.querySelectorAll("audio")) context.createMediaStreamSource(element.srcObject).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const at = Math.round((wanted * analyser.fftSize) / context.sampleRate);
  let best = -200;
  for (const end = performance.now() + 3000; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    analyser.getFloatFrequencyData(bins);
    best = Math.max(best, ...bins.slice(at - 2, at + 3));
  }
  await context.close();
  return best;
}, hertz);

async function prejoin() {
  // Refused: the page says so, how to put it right, and that one can come in without.
  const refused = await openPage(browser);
  await refused.addInitScript(() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError")); });
  await refused.goto(wanted.link);
  await refused.getByText("The browser was not allowed to use them.").waitFor();
  result.help = await refused.getByText("Press the icon at the left of the address").count();
  page = refused;
  await picture("prejoin-refused");
  await refused.close();

  page = await openPage(browser);
  await page.goto(wanted.link);
  await seesItself(page);
  result.devices = {
    cameras: await page.evaluate(async () => (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === "videoinput").length),
    level: await until("the meter to move", () => page.evaluate(() => Number(document.querySelector(".meter").style.getPropertyValue("--level")) > 0.2)),
  };
  await picture("prejoin-light");
  await contrasts("prejoin");
  // Installable: a manifest that Chromium reads without complaint. A private window is never offered it, and that is all it says.
  const cdp = await page.context().newCDPSession(page);
  const { errors, data } = await cdp.send("Page.getAppManifest");
  const { installabilityErrors } = await cdp.send("Page.getInstallabilityErrors");
  const icons = await page.evaluate((list) => Promise.all(list.map(async ({ src }) => (await fetch(src)).headers.get("content-type"))), JSON.parse(data ?? "{}").icons ?? []);
  result.manifest = { errors, icons, not: installabilityErrors.map((e) => e.errorId) };
  await page.getByRole("button", { name: "Camera" }).first().click();
  await page.getByRole("option").first().waitFor();
  result.devices.offered = await page.getByRole("option").count();
  await picture("prejoin-devices");
  await page.keyboard.press("Escape");
  await page.getByText("Camera on").click();
  await page.getByText("Camera is off").waitFor();
  result.devices.stopped = await page.evaluate(() => document.querySelector(".preview video").srcObject === null);
  await page.getByText("Camera on").click();
  await seesItself(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await picture("prejoin-dark");
  await page.setViewportSize({ width: 390, height: 844 });
  await picture("prejoin-mobile");
  result.mobilePrejoin = await fits(page);
  await page.goto(`${wanted.link}${wanted.link.includes("?") ? "&" : "?"}dir=rtl`);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: "light" });
  await seesItself(page);
  await picture("prejoin-rtl");
  await page.close();
}

async function meeting() {
  page = await openPage(browser);
  await page.addInitScript(watchConnections, {});
  await page.goto(wanted.link);
  await come(page, "Ada Lovelace");
  await until("the native client's pictures", async () => (await tile(page, wanted.native)).frames > 5, 60);
  await until("everybody to have a tile", async () => Object.keys(await boxes(page)).length === 2 + wanted.quiet.length);
  console.log(JSON.stringify({ what: "inside" }));
  await picture("stage-gallery-light");
  await contrasts("stage-gallery");
  result.gallery = await boxes(page);

  // Speaker view: one large tile, the others beside it.
  await page.getByRole("button", { name: "View" }).click();
  await picture("stage-view-menu");
  await page.getByText("Speaker: whoever talks is large").click();
  await page.keyboard.press("Escape");
  await until("the speaker", async () => (await boxes(page))[wanted.native]?.main === "true" && (await boxes(page))[wanted.quiet[1]]?.main === "false");
  await picture("stage-speaker");
  result.speaker = await boxes(page);

  // Pin two; then only sound.
  await page.locator(".tile", { hasText: wanted.quiet[0] }).hover();
  await page.getByRole("button", { name: `Pin ${wanted.quiet[0]}` }).click();
  await page.locator(".tile", { hasText: wanted.native }).hover();
  await page.getByRole("button", { name: `Pin ${wanted.native}` }).click();
  await until("two pinned", async () => Object.values(await boxes(page)).filter((b) => b.main === "true").length === 2);
  await picture("stage-pinned");
  await page.getByRole("button", { name: "View" }).click();
  await page.getByText("Hide my own picture").click();
  await page.getByText("Sound only: receive no pictures").click();
  await page.keyboard.press("Escape");
  await until("no pictures", async () => (await page.evaluate(() => [...document.querySelectorAll(".tile video")].filter((v) => v.srcObject).length)) === 0);
  result.alone = Object.keys(await boxes(page)).some((name) => name.includes("(you)"));
  await picture("stage-sound-only");
  await page.getByRole("button", { name: "View" }).click();
  await page.getByText("Sound only: receive no pictures").click();
  await page.getByText("Hide my own picture").click();
  await page.getByRole("button", { name: "Unpin all" }).click();
  await page.getByText("Gallery: everybody the same size").click();
  await page.keyboard.press("Escape");
  await until("pictures again", async () => (await tile(page, wanted.native)).frames > 0, 30);
  result.negotiated = await page.evaluate(() => window.negotiated);

  // The panels of the stage.
  await page.getByRole("button", { name: /^Connection/ }).first().click();
  await until("numbers", async () => Number(await page.evaluate(() => document.querySelector("[data-down]")?.dataset.down ?? 0)) > 10_000 && (await page.evaluate(() => document.querySelector("[data-round-trip]")?.dataset.roundTrip ?? "")) !== "", 20);
  result.quality = await page.evaluate(() => ({ path: document.querySelector("[data-path]").dataset.path, roundTrip: document.querySelector("[data-round-trip]").dataset.roundTrip, text: document.querySelector(".panel").innerText }));
  await picture("stage-quality");
  await contrasts("stage-quality");
  await page.getByRole("button", { name: "Encrypted", exact: true }).click();
  await page.waitForTimeout(1200);
  result.encryption = await page.evaluate(() => document.querySelector(".panel").innerText);
  await picture("stage-encryption");
  await contrasts("stage-encryption");
  await page.keyboard.press("Escape");
  result.closed = (await page.locator(".panel").count()) === 0;
  result.focus = await page.evaluate(() => document.activeElement.textContent);
  // The small window on top, where the browser has one: the videos move there and come back.
  result.popOut = await page.evaluate(() => "documentPictureInPicture" in window);
  if (result.popOut) {
    await page.getByRole("button", { name: "View" }).click();
    await page.getByRole("button", { name: "Small window" }).click();
    await page.getByText("The meeting is in a small window.").waitFor();
    result.popped = await until("pictures in the small window", () => page.evaluate(() => documentPictureInPicture.window?.document.querySelectorAll(".tile video").length > 0 && document.querySelectorAll(".tile").length === 0), 10);
    await picture("stage-popped-out");
    await page.evaluate(() => documentPictureInPicture.window?.close());
    await until("the videos to come back", async () => Object.keys(await boxes(page)).length > 1, 10);
  }
  await page.emulateMedia({ reducedMotion: "reduce" });
  result.motion = await page.evaluate(() => getComputedStyle(document.querySelector(".tile")).transitionDuration);
  await page.emulateMedia({ reducedMotion: "no-preference" });
  await page.getByRole("button", { name: "More" }).click();
  await picture("stage-more");
  await page.getByRole("menuitem", { name: "Settings", exact: true }).click();
  await page.getByText("High contrast").click();
  await picture("stage-settings-contrast");
  result.contrast = await page.evaluate(() => document.documentElement.dataset.contrast);
  await page.getByText("High contrast").click();
  await page.locator("label", { hasText: /^Dark$/ }).click();
  await picture("stage-settings-dark");
  await page.getByRole("button", { name: "Close" }).click();
  await picture("stage-gallery-dark");
  await page.getByRole("button", { name: "Microphone and speaker" }).click();
  await picture("stage-microphone-menu");
  await page.keyboard.press("Escape");
  // A camera that is changed in the meeting goes on being sent.
  await page.getByRole("button", { name: "Choose a camera" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Camera" }).click();
  await page.getByRole("option").last().click();
  await page.keyboard.press("Escape");
}

async function shared() {
  // Somebody else shares; Ada sees it side by side.
  const other = await openPage(browser);
  await other.addInitScript(screenToShare, 660);
  await other.addInitScript(watchConnections, {});
  await other.goto(wanted.link);
  await come(other, "Bo");
  await until("Ada's pictures after the change of camera", async () => (await tile(other, "Ada Lovelace")).frames > 5, 60);
  // Ada, whom the host has made co-host meanwhile, puts somebody into the spotlight: Bo sees that person large.
  await page.locator(".tile", { hasText: wanted.quiet[1] }).hover();
  await page.getByRole("button", { name: `Spotlight ${wanted.quiet[1]} for everyone` }).click();
  await until("the spotlight to reach Bo", async () => (await boxes(other))[wanted.quiet[1]]?.main === "true" && (await boxes(other))[wanted.native]?.main === "false", 20);
  await picture("stage-spotlight", { of: other });
  await page.locator(".tile", { hasText: wanted.quiet[1] }).hover();
  await page.getByRole("button", { name: `Take ${wanted.quiet[1]} out of the spotlight` }).click();
  await until("the gallery again", async () => (await boxes(other))[wanted.native]?.main === "true", 20);
  await other.getByRole("button", { name: "Share screen" }).click();
  await other.getByText("You are sharing your screen with its sound.").waitFor({ timeout: 20_000 });
  await picture("stage-sharing", { of: other });
  await until("the shared screen", async () => {
    const all = await boxes(page);
    return all["Bo (share)"]?.main === "true" && (await page.evaluate(() => document.querySelector('.tile[data-share="true"] video')?.videoWidth > 0));
  }, 60);
  await picture("stage-side-by-side");
  result.side = await boxes(page);
  result.sharedSound = await loudAt(page, 660);
  // Enlarged by its button, moved by an arrow key, and whole again.
  await page.locator('.tile[data-share="true"]').hover({ position: { x: 60, y: 80 } });
  const enlarge = page.getByRole("button", { name: /^Enlarge the screen of Bo/ });
  await enlarge.press("Enter");
  await enlarge.press("ArrowLeft");
  result.enlarged = await page.evaluate(() => {
    const { transform, transformOrigin } = getComputedStyle(document.querySelector('.tile[data-share="true"] video'));
    return { transform, origin: Number.parseFloat(transformOrigin), width: document.querySelector('.tile[data-share="true"]').clientWidth };
  });
  await picture("stage-enlarged");
  for (let k = 0; k < 3; ++k) await enlarge.press("Enter");
  result.whole = await page.evaluate(() => document.querySelector('.tile[data-share="true"]').dataset.enlarged);

  // A phone: two by two, bar below, panels over everything.
  await other.getByRole("button", { name: "Stop sharing" }).first().click();
  await until("no shared screen", async () => !(await boxes(page))["Bo (share)"], 30);
  // What is in the buffers is still played for a while.
  result.soundAfter = await until("the sound of the screen to end", async () => { const now = await loudAt(page, 660); return now < result.sharedSound - 20 && now; }, 20);
  await page.setViewportSize({ width: 390, height: 844 });
  await until("pages", async () => (await page.getByRole("button", { name: "Next page" }).count()) === 1);
  await picture("stage-mobile");
  result.mobile = { fits: await fits(page), tiles: Object.keys(await boxes(page)).length };
  await page.getByRole("button", { name: "Next page" }).click();
  await until("the second page", async () => !Object.keys(await boxes(page)).some((n) => n.includes("(you)")));
  result.mobile.second = Object.keys(await boxes(page)).length;
  await page.getByRole("button", { name: "More" }).click();
  await picture("stage-mobile-more");
  await page.getByRole("menuitem", { name: "People" }).click();
  await picture("stage-mobile-people");
  await page.getByRole("button", { name: "Close" }).click();
  // 1280 x 800 at 200 % is 640 x 400.
  await page.setViewportSize({ width: 640, height: 400 });
  await picture("stage-zoom-200");
  result.zoom = { fits: await fits(page), leave: await page.getByRole("button", { name: "Leave" }).isVisible() };
  result.negotiatedLater = { Ada: await page.evaluate(() => window.negotiated), Bo: await other.evaluate(() => window.negotiated) };
  // Bo's page breaks as a translator breaks it: another node is in the place of a text that React still holds.
  await panel(page, "People");
  const listed = async () => /\bBo\b/.test(await page.locator(".panel-body").innerText());
  await until("Bo among the people", listed);
  await panel(other, "Invite");
  await other.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: { writeText: async () => undefined } });
    const text = [...document.querySelector(".panel-body button").childNodes].find((node) => node.nodeType === Node.TEXT_NODE);
    const font = document.createElement("font");
    font.textContent = text.data;
    text.replaceWith(font);
  });
  await other.getByRole("button", { name: "Copy the link" }).click();
  await other.getByRole("button", { name: "Load the page again" }).waitFor();
  result.broken = await other.locator("main").innerText();
  await picture("page-broken", { of: other });
  await until("Bo to have left", async () => !(await listed()));
  await page.getByRole("button", { name: "Close" }).click();
  await other.close();
  await page.getByRole("button", { name: "Leave" }).click();
  await page.getByText("You have left the meeting.").waitFor();
  await picture("stage-left");
  result.released = await page.evaluate(() => document.querySelectorAll("video").length);
  result.problems = page.problems;
  await page.close();

  for (const [name, lang, query] of [["rtl", "en-US", "dir=rtl"], ["zh-Hant", "zh-TW", ""]]) {
    page = await openPage(browser, { lang });
    await page.goto(`${wanted.link}${query ? (wanted.link.includes("?") ? "&" : "?") + query : ""}`);
    await page.getByRole("textbox").first().fill("陳小明");
    await seesItself(page);
    await page.getByRole("button", { name: name === "rtl" ? "Join" : "加入" }).click();
    await until("the native client's pictures", async () => (await tile(page, wanted.native)).frames > 5, 60);
    await picture(`stage-gallery-${name}`);
    if (name === "rtl") result.rtl = { own: (await boxes(page))["陳小明 (you)"], other: (await boxes(page))[wanted.native] };
    await page.locator(".quality-badge").click();
    await page.waitForTimeout(2500);
    await picture(`stage-quality-${name}`);
    if (name === "zh-Hant") result.chinese = await page.evaluate(() => document.body.innerText);
    await page.close();
  }
}

try {
  await prejoin();
  await meeting();
  await shared();
  console.log(JSON.stringify({ what: "done", ...result, findings }));
} catch (error) {
  console.error(error, JSON.stringify(result), JSON.stringify(findings));
  for (const [k, open] of browser.contexts().flatMap((c) => c.pages()).entries()) {
    await open.screenshot({ path: `${screens}failed-stage-${k}.png` });
    console.error("page", k, open.problems, await open.evaluate(() => document.body.innerText).catch(() => ""));
  }
  process.exitCode = 1;
} finally {
  await browser.close();
}
