// What a page does on the device itself: node device.mjs '{"link":..,"y4m":..,"wav":..}'. Blurs the background of a camera that
// shows a person, and makes captions with a stand-in for the browser's recogniser. Says as one JSON line what it has seen.
import { accessibility, launch, openPage as open, screens, until } from "./browser.mjs";

const wanted = JSON.parse(process.argv[2]);
const browser = await launch(wanted);
const findings = {};
const result = {};
const openPage = async (...options) => {
  const page = await open(...options);
  page.setDefaultTimeout(60_000);
  return page;
};
async function picture(page, name) {
  await page.waitForTimeout(350);
  await page.screenshot({ path: `${screens}${name}.png` });
  findings[name] = await accessibility(page);
}

/** How much neighbouring pixels of the video differ, at the person and behind: parts of the picture as x, y, width, height. */
const sharpness = (page, selector) => page.evaluate((which) => {
  const video = document.querySelector(which);
  const pen = new OffscreenCanvas(640, 360).getContext("2d", { willReadFrequently: true });
  pen.drawImage(video, 0, 0, 640, 360);
  const of = (x, y, width, height) => {
    const { data } = pen.getImageData(x, y, width, height);
    let sum = 0;
    for (let k = 0; k < data.length - 4; k += 4) if ((k / 4 + 1) % width !== 0) sum += Math.abs(data[k] - data[k + 4]) + Math.abs(data[k + 1] - data[k + 5]);
    return sum / (width * height);
  };
  return { person: of(240, 70, 110, 110), behind: of(5, 60, 140, 140) };
}, selector);

async function blur() {
  const page = await openPage(browser);
  await page.goto(wanted.link);
  await page.waitForFunction(() => document.querySelector(".preview video")?.videoWidth > 0);
  const before = await sharpness(page, ".preview video");
  await page.getByText("Blur what is behind me").click();
  await page.getByText("Blurring begins…").waitFor({ state: "hidden" });
  const track = () => page.evaluate(() => {
    const [shown] = document.querySelector(".preview video").srcObject.getVideoTracks();
    const { width, height } = shown.getSettings();
    return { kind: shown.constructor.name, width, height };
  });
  result.track = await until("the blurred picture", async () => { const t = await track(); return t.kind === "MediaStreamTrackGenerator" && t; });
  await page.waitForFunction(() => document.querySelector(".preview video")?.readyState >= 2);
  result.blur = { before, after: await sharpness(page, ".preview video") };
  await picture(page, "prejoin-blurred");
  const frames = () => page.evaluate(() => document.querySelector(".preview video").getVideoPlaybackQuality().totalVideoFrames);
  const from = await frames();
  const lost = page.getByText("Your background is visible");
  await page.waitForTimeout(10_000);
  result.pace = { frames: (await frames()) - from, lost: await lost.count() };
  if (result.pace.lost === 0) await page.getByText("Blur what is behind me").click();
  await until("the camera's own picture again", async () => (await track()).kind === "MediaStreamTrack");
  result.again = await until("it to be sharp", async () => { const s = await sharpness(page, ".preview video"); return s.behind > before.behind * 0.8 && s; });
  result.elsewhere = page.requests.filter((url) => new URL(url).host !== new URL(wanted.link).host && !url.startsWith("blob:"));
  result.model = page.requests.filter((url) => url.endsWith(".tflite")).length;
  result.problems = page.problems;
  await page.close();
}

/** Stands in for a browser that recognises speech on the device. */
const recogniser = () => {
  globalThis.SpeechRecognition = class {
    static available = async ({ langs, processLocally }) => (processLocally && langs[0] === "en-US" ? "available" : "unavailable");
    #local = false;
    get processLocally() { return this.#local; }
    set processLocally(local) { this.#local = local; }
    start(track) { globalThis.recogniser = { ...this, instance: this, track, local: this.#local, aborted: false }; }
    abort() { globalThis.recogniser.aborted = true; }
  };
};
const say = (page, k, transcript, isFinal) => page.evaluate(([at, text, final]) => {
  const results = Array.from({ length: at + 1 }, () => ({ isFinal: final, length: 1, 0: { transcript: text } }));
  globalThis.recogniser.instance.onresult({ resultIndex: at, results });
}, [k, transcript, isFinal]);
const come = async (page) => {
  await page.goto(wanted.link);
  await page.getByLabel("Your name").fill("Ada Lovelace");
  await page.waitForFunction(() => document.querySelector(".preview video")?.videoWidth > 0);
  await page.getByRole("button", { name: "Join" }).click();
  await page.locator(".bar").waitFor();
};
const settings = async (page) => {
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Settings" }).click();
};

async function captions() {
  // A browser that has no recogniser of its own: there is no switch, and it is said why.
  let page = await openPage(browser);
  await page.addInitScript(() => {
    delete globalThis.SpeechRecognition;
    delete globalThis.webkitSpeechRecognition;
  });
  await come(page);
  await settings(page);
  await page.getByText("No captions here").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await page.keyboard.press("s");
  await page.keyboard.press("?");
  await page.getByRole("heading", { name: "Keyboard shortcuts" }).waitFor();
  result.absent = { keys: await page.getByText("Show or hide captions").count(), why: await page.getByText("No captions here").count(), area: await page.locator(".captions").count() };
  await picture(page, "captions-absent");
  await page.close();

  page = await openPage(browser);
  await page.addInitScript(recogniser);
  await come(page);
  await page.locator('[data-item="captions"], [data-item="more"]').first().waitFor();
  await page.waitForTimeout(500);
  await page.keyboard.press("s");
  await page.getByText("Captions appear here when somebody speaks.").waitFor();
  result.started = await page.evaluate(() => ({ local: globalThis.recogniser.local, lang: globalThis.recogniser.instance.lang, kind: globalThis.recogniser.track.kind }));
  result.loud = await page.evaluate(async () => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([globalThis.recogniser.track])).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let most = 0;
    // Words come after sound: after so much of it the page, which listens for a moment every 100 ms, knows whose it is.
    let moments = 0;
    for (const end = performance.now() + 15_000; performance.now() < end && moments < 20; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      analyser.getFloatTimeDomainData(samples);
      const loudest = Math.max(...samples);
      most = Math.max(most, loudest);
      if (loudest > 0.02) moments += 1;
    }
    await context.close();
    return { most, moments };
  });
  await say(page, 0, "good morning every", false);
  await say(page, 0, "Good morning, everybody. Let us begin with the plan for this week.", true);
  await say(page, 1, "and <b>then</b> \u202Ewe look at \u05E9\u05DC\u05D5\u05DD the budget", false);
  result.lines = await page.locator(".captions > p").allInnerTexts();
  await picture(page, "captions-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await settings(page);
  await page.getByText("Large", { exact: true }).click();
  await page.getByText("Screen readers read captions").click();
  await say(page, 1, "And then we look at the budget.", true);
  result.spoken = await page.locator(".captions [role=log]").innerText();
  await picture(page, "captions-settings-dark");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 390, height: 844 });
  await say(page, 2, "On a telephone a long sentence takes several lines, of which the last ones can be read while somebody goes on to speak about one thing and another, without an end.", false);
  await picture(page, "captions-mobile");
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.keyboard.press("s");
  await page.locator(".captions").waitFor({ state: "hidden" });
  result.ended = await page.evaluate(() => globalThis.recogniser.aborted);
  result.problems.push(...page.problems);
  await page.close();
}

try {
  await blur();
  await captions();
  console.log(JSON.stringify({ what: "done", ...result, findings }));
} finally {
  await browser.close();
}
