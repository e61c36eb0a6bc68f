// What the browser scenarios share: Chromium with made-up devices, and looking at what a page shows and plays.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { listenFor, lookAt } from "./look.mjs";

const fromWeb = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = fromWeb("playwright-core");
/** axe-core itself, about half a megabyte: given to a page once, and not with each look. */
const axeSource = readFileSync(fromWeb.resolve("axe-core/axe.min.js"), "utf8");
const levels = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** axe-core's findings on what the page shows now: id, impact and the elements. What react-aria lets screen readers say stands
 * in a hidden list for seconds, and names elements that may be gone by then: it is left out. `changed`: of a screen that was looked at as
 * a whole just before only its "colours" are others now, or everything "but colours": the rest would be found again, at the same price. */
export async function accessibility(page, changed = "") {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axeSource);
  const options = changed === "colours" ? { runOnly: { type: "rule", values: ["color-contrast"] } }
    : { runOnly: { type: "tag", values: levels }, ...(changed === "but colours" ? { rules: { "color-contrast": { enabled: false } } } : {}) };
  // Only of violations are the elements described: what passes is nearly everything on a page.
  const violations = await page.evaluate(async (how) => (await window.axe.run({ exclude: [["[data-live-announcer]"]] }, how)).violations, { ...options, resultTypes: ["violations"] });
  return violations.map((v) => `${v.id} (${v.impact}): ${v.nodes.map((n) => `${n.target.join(" ")} ${n.html.slice(0, 200)}`).join(", ")}`);
}

/** Calls `look(way)` where the system asks for more contrast, and where it allows its own few colours only. */
export async function inHighContrast(page, look) {
  for (const [way, media, there] of [
    ["contrast", { contrast: "more" }, () => document.documentElement.dataset.contrast === "more"],
    ["forced", { forcedColors: "active" }, () => matchMedia("(forced-colors: active)").matches],
  ]) {
    await page.emulateMedia(media);
    await page.waitForFunction(there, null, { timeout: 10_000 });
    await look(way);
    await page.emulateMedia({ contrast: null, forcedColors: null });
  }
}

export const screens = new URL("../../build/screens/", import.meta.url).pathname;
mkdirSync(screens, { recursive: true });

/** No card draws here, and nothing of a browser's own is to be fetched or kept up to date: it only costs processor time. */
export const plain = ["--disable-gpu", "--disable-gpu-compositing", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-extensions"];

/** `y4m` and `wav`: what camera and microphone deliver, over and over. */
export function launch({ y4m, wav, args = [] } = {}) {
  return chromium.launch({
    executablePath: process.env.SEALHALL_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=10", "--allow-loopback-in-peer-connection",
      "--ignore-certificate-errors", "--autoplay-policy=no-user-gesture-required", "--auto-select-desktop-capture-source=Entire screen",
      ...plain, ...(y4m ? [`--use-file-for-fake-video-capture=${y4m}`] : []), ...(wav ? [`--use-file-for-fake-audio-capture=${wav}`] : []), ...args,
    ],
  });
}

/** A page that remembers what went wrong in it and whether it asked anybody else for something. */
export async function openPage(browser, { lang = "en-US", ...more } = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 }, locale: lang, ...more });
  const page = await context.newPage();
  page.problems = [];
  page.requests = [];
  page.on("console", (m) => { if (m.type() === "error" || m.type() === "warning") page.problems.push(m.text()); });
  page.on("pageerror", (e) => page.problems.push(String(e)));
  page.on("request", (r) => page.requests.push(r.url()));
  return page;
}

/** In the page, before its scripts: which connections it makes, how often each is negotiated, and after how many ms it is up. `relayed`: as where UDP is
 * blocked, no path but TURN over TLS on the port that signalling uses. */
export const watchConnections = ({ relayed = false } = {}) => {
  const Plain = RTCPeerConnection;
  const policy = (options) => (relayed ? { ...options, iceTransportPolicy: "relay" } : options);
  window.connections = [];
  window.negotiated = [];
  window.upAfter = [];
  window.RTCPeerConnection = class extends Plain {
    constructor(options) {
      super(policy(options));
      this.made = performance.now();
    }
    setConfiguration(options) {
      super.setConfiguration(policy(options));
    }
    setLocalDescription(...description) {
      // What carries no media only asks whether UDP works.
      if (this.at === undefined && this.getTransceivers().length > 0) {
        this.at = window.connections.push(this) - 1;
        window.negotiated.push(0);
        this.addEventListener("connectionstatechange", () => {
          if (this.connectionState === "connected") window.upAfter[this.at] ??= Math.round(performance.now() - this.made);
        });
      }
      if (this.at !== undefined) window.negotiated[this.at] += 1;
      return super.setLocalDescription(...description);
    }
  };
};

export async function join(page, link, name, { muted = false } = {}) {
  await page.goto(link);
  await page.getByLabel("Your name").fill(name);
  if (muted) await page.getByText("Join with the microphone off").click();
  // The preview shows that the camera is there.
  await page.waitForFunction(() => document.querySelector(".preview video")?.videoWidth > 0, null, { timeout: 30_000 });
  await page.getByRole("button", { name: "Join" }).click();
}

/** Frames that the remote tile has shown, the mean colour of parts of its picture, and its size. */
export const tile = (page, name) => page.evaluate(lookAt, name);

/** The strongest frequency that the page's loudspeaker elements play, in Hz, and how loud; listened to for `seconds`. */
export function hear(page, seconds = 3) {
  return page.evaluate(async (time) => {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    for (const element of document.querySelectorAll("audio")) context.createMediaStreamSource(element.srcObject).connect(analyser);
    const bins = new Float32Array(analyser.frequencyBinCount);
    let best = { hertz: 0, decibel: -200 };
    for (const end = performance.now() + time * 1000; performance.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      analyser.getFloatFrequencyData(bins);
      bins.forEach((value, k) => { if (value > best.decibel) best = { hertz: (k * context.sampleRate) / analyser.fftSize, decibel: value }; });
    }
    await context.close();
    return best;
  }, seconds);
}

/** How loud each of the tones is that the page's loudspeaker elements play: `tones` is Hz by name, the answer is decibel by name. */
export async function loudness(page, tones) {
  const decibel = await page.evaluate(listenFor, Object.values(tones));
  return Object.fromEntries(Object.keys(tones).map((name, k) => [name, decibel[k]]));
}

/** For addInitScript: the microphone delivers a beeping tone of so many Hz, so that those who share a browser, and its file of
 * sound, can be told apart. The camera stays what it is. */
export function microphoneOf(hertz) {
  const plain = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (asked) => {
    const stream = await plain(asked);
    for (const track of stream.getAudioTracks()) {
      stream.removeTrack(track);
      track.stop();
      const context = new AudioContext();
      const tone = context.createOscillator();
      const gain = context.createGain();
      const out = context.createMediaStreamDestination();
      tone.frequency.value = hertz;
      // Half a second each, for half an hour. It swells and fades within hundredths: a hard edge is a click, which is heard at every frequency.
      for (let k = 0; k < 3600; ++k) gain.gain.setTargetAtTime(k % 2 ? 0 : 0.5, context.currentTime + k / 2, 0.02);
      tone.connect(gain).connect(out);
      tone.start();
      stream.addTrack(out.stream.getAudioTracks()[0]);
    }
    return stream;
  };
}

/** For addInitScript: what the browser's own chooser would give is a green screen, with a tone of so many Hz; 0: without sound. */
export function screenToShare(hertz) {
  navigator.mediaDevices.getDisplayMedia = async (asked) => {
    globalThis.askedForScreen = asked;
    const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
    const pen = canvas.getContext("2d");
    let k = 0;
    setInterval(() => {
      pen.fillStyle = "#1f7a4d";
      pen.fillRect(0, 0, 1280, 720);
      pen.fillStyle = "#ffffff";
      pen.font = "90px sans-serif";
      pen.fillText(`Shared screen ${k++}`, 120, 380);
    }, 100);
    const tracks = canvas.captureStream(10).getTracks();
    if (hertz > 0) {
      const context = new AudioContext();
      const tone = context.createOscillator();
      const out = context.createMediaStreamDestination();
      tone.frequency.value = hertz;
      tone.connect(out);
      tone.start();
      tracks.push(...out.stream.getTracks());
    }
    return new MediaStream(tracks);
  };
}

export async function until(what, ask, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    last = await ask();
    if (last) return last;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
