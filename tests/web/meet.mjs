// One browser in a meeting, Firefox or Chromium, driven over WebDriver BiDi or CDP by puppeteer-core:
// node meet.mjs '{"browser":"firefox","link":..,"name":..,"colours":[[r,g,b]..],"hertz":..,"without":"script","memory":{..},"authority":"ca.pem","resolve":address of every name}'. Camera and
// microphone are a canvas of four colours and a beeping tone, so that both browsers send what is known. Answers commands on
// standard input, one JSON line each: look NAME, hear HZ.., media, again N FRAMES SECONDS, press SELECTOR, read SELECTOR,
// clip NAME, leave.
import { execFileSync } from "node:child_process";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { inPage, listenFor, lookAt, previewShows, typeName } from "./look.mjs";

const fromWeb = createRequire(new URL("../../web/package.json", import.meta.url));
const puppeteer = fromWeb("puppeteer-core");
const screens = new URL("../../build/screens/", import.meta.url).pathname;
mkdirSync(screens, { recursive: true });
const wanted = JSON.parse(process.argv[2]);
const say = (answer) => console.log(JSON.stringify(answer));

const common = { headless: true, acceptInsecureCerts: true, userDataDir: mkdtempSync(`${tmpdir()}/sealhall-browser-`) };
// Firefox asks whether it trusts a TURN server over TLS, and there nothing can be clicked away: the certificate of the authority goes into its store.
if (wanted.authority) {
  const store = ["-d", `sql:${common.userDataDir}`];
  execFileSync("certutil", ["-N", ...store, "--empty-password"]);
  execFileSync("certutil", ["-A", ...store, "-n", "authority", "-t", "C,,", "-i", wanted.authority]);
}
const browser = await puppeteer.launch(wanted.browser === "firefox"
  ? { ...common, browser: "firefox", executablePath: process.env.SEALHALL_FIREFOX ?? "/usr/bin/firefox-esr",
      extraPrefsFirefox: { "media.autoplay.default": 0, "media.autoplay.blocking_policy": 0, "media.autoplay.block-webaudio": false, "media.navigator.permission.disabled": true,
        ...(wanted.resolve ? { "network.dns.forceResolve": wanted.resolve } : {}) } }
  : { ...common, browser: "chrome", executablePath: process.env.SEALHALL_CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--ignore-certificate-errors", "--autoplay-policy=no-user-gesture-required", "--allow-loopback-in-peer-connection",
        "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", ...(wanted.args ?? [])] });

/** In the page, before its scripts: made-up devices, connections that tests can ask, and what the page is to do without. */
function prepare({ colours, hertz, without, memory }) {
  for (const [key, value] of Object.entries(memory ?? {})) localStorage.setItem(key, value);
  if (without === "script") delete globalThis.RTCRtpScriptTransform;
  // Those that carry media; what only asks whether UDP works is none.
  window.connections = [];
  const Plain = RTCPeerConnection;
  // What every sender and receiver has when the first packet could flow: no frame may pass without a transform.
  window.guards = [];
  const begin = Plain.prototype.setLocalDescription;
  Plain.prototype.setLocalDescription = function (...description) {
    if (this.getTransceivers().length > 0 && !window.connections.includes(this)) window.connections.push(this);
    for (const t of this.getTransceivers()) {
      const end = t.direction === "sendonly" ? t.sender : t.receiver;
      window.guards.push({ mid: t.mid, direction: t.direction, guarded: without === "script" ? window.streamed.has(end) : end.transform instanceof RTCRtpScriptTransform });
    }
    return begin.apply(this, description);
  };
  window.streamed = new Set();
  for (const kind of [RTCRtpSender, RTCRtpReceiver]) {
    const make = kind.prototype.createEncodedStreams;
    if (make) kind.prototype.createEncodedStreams = function () { window.streamed.add(this); return make.call(this); };
  }
  /** What comes and goes over the newest connection: decoded pictures of others, packets of our own. */
  window.flows = async () => {
    const connection = window.connections.at(-1);
    const stats = connection?.connectionState === "connected" ? [...(await connection.getStats()).values()] : [];
    const sum = (type, name) => stats.filter((s) => s.type === type && s.kind === "video").reduce((all, s) => all + (s[name] ?? 0), 0);
    return { made: window.connections.length, frames: sum("inbound-rtp", "framesDecoded"), packets: sum("outbound-rtp", "packetsSent") };
  };
  const devices = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [640, 360];
    const context = canvas.getContext("2d");
    let step = 0;
    const draw = () => {
      colours.forEach(([r, g, b], k) => {
        context.fillStyle = `rgb(${r} ${g} ${b})`;
        context.fillRect((k % 2) * 320, Math.floor(k / 2) * 180, 320, 180);
      });
      context.fillStyle = "gray";
      context.fillRect(300 + (step++ % 40), 160, 40, 40);
    };
    draw();
    setInterval(draw, 80);
    const audio = new AudioContext();
    const tone = audio.createOscillator();
    tone.frequency.value = hertz;
    const gain = audio.createGain();
    for (let k = 0; k < 3600; ++k) gain.gain.setValueAtTime(k % 2 ? 0 : 0.5, audio.currentTime + k / 2);
    const out = audio.createMediaStreamDestination();
    tone.connect(gain).connect(out);
    tone.start();
    void audio.resume();
    return new MediaStream([...canvas.captureStream(12).getTracks(), ...out.stream.getTracks()]);
  };
  MediaDevices.prototype.getUserMedia = async (asked) => {
    const all = devices();
    for (const track of all.getTracks()) if (!asked[track.kind]) all.removeTrack(track);
    return all;
  };
}

try {
  const page = await browser.newPage();
  const problems = [];
  page.on("console", (m) => { if (["error", "warn", "warning"].includes(m.type())) { problems.push(m.text()); console.error("console:", m.text()); } });
  // Firefox hands over warnings of its own in the same way; what our scripts did has one of our addresses in its stack.
  page.on("pageerror", (e) => { if (wanted.browser !== "firefox" || String(e.stack).includes(new URL(wanted.link).origin)) problems.push(String(e)); console.error("pageerror:", e, e.stack); });
  await page.setViewport({ width: 1280, height: 800 });
  await page.evaluateOnNewDocument(prepare, { colours: wanted.colours, hertz: wanted.hertz, without: wanted.without, memory: wanted.memory });
  await page.goto(wanted.link);
  await inPage(page, "the form", typeName, wanted.name);
  await inPage(page, "the preview", previewShows);
  const clicked = Date.now();
  await page.evaluate(() => document.querySelector("button[type=submit]").click());
  say({ what: "clicked", at: clicked, version: await browser.version() });

  for await (const line of createInterface({ input: process.stdin })) {
    const [command, ...rest] = line.split(" ");
    if (command === "leave") break;
    if (command === "look") say({ what: line, ...(await page.evaluate(lookAt, rest.join(" "))) });
    if (command === "clip") {
      await page.screenshot({ path: `${screens}${rest.join("-")}.png` });
      say({ what: line, text: await page.evaluate(() => document.body.innerText), problems });
    }
    if (command === "hear") say({ what: line, decibel: await page.evaluate(listenFor, rest.map(Number)) });
    if (command === "press") say({ what: line, pressed: await page.evaluate((selector) => { const found = document.querySelector(selector); found?.click(); return found !== null; }, rest.join(" ")) });
    if (command === "read") say({ what: line, text: await page.evaluate((selector) => document.querySelector(selector)?.innerText ?? "", rest.join(" ")) });
    if (command === "again") {
      // When the Nth connection, or a later one, has shown so many pictures of others and has sent some: in the page's own time.
      say({ what: line, ...(await page.evaluate(async (least, frames, seconds) => {
        for (const end = Date.now() + 1000 * seconds; ; ) {
          const now = await window.flows();
          if (now.made >= least && now.frames >= frames && now.packets > 0) return { at: Date.now(), ...now };
          if (Date.now() > end) return { at: null, ...now };
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }, ...rest.map(Number))) });
    }
    if (command === "media") {
      say({ what: line, ...(await page.evaluate(async () => {
        const live = window.connections.filter((c) => c.connectionState !== "closed");
        // Firefox never answers when the connection is closed meanwhile.
        const nothing = new Promise((resolve) => setTimeout(() => resolve(new Map()), 3000));
        const stats = [...(await Promise.race([live.at(-1)?.getStats() ?? new Map(), nothing])).values()];
        const chosen = stats.find((s) => s.type === "transport")?.selectedCandidatePairId;
        const pair = chosen ? stats.find((s) => s.id === chosen) : stats.find((s) => s.type === "candidate-pair" && s.nominated && s.state === "succeeded" && (s.selected ?? true));
        const local = stats.find((s) => s.id === pair?.localCandidateId);
        const direct = ({ localCandidateId }) => { const end = stats.find((s) => s.id === localCandidateId); return end?.candidateType !== "relay" && !end?.relayProtocol; };
        const codec = (s) => stats.find((c) => c.id === s.codecId)?.mimeType ?? "";
        const number = (selector, name) => Number(document.querySelector(selector)?.dataset[name] ?? 0);
        return {
          made: window.connections.length, guards: window.guards, streams: window.streamed.size, state: live.at(-1)?.connectionState, local: local ? { type: local.candidateType, protocol: local.relayProtocol ?? local.protocol, sent: pair.bytesSent, received: pair.bytesReceived } : null,
          trying: stats.filter((s) => s.type === "candidate-pair" && ["waiting", "in-progress"].includes(s.state) && direct(s)).length,
          sent: stats.filter((s) => s.type === "outbound-rtp" && s.kind === "video").map((s) => ({ rid: s.rid, frames: s.framesEncoded ?? 0, packets: s.packetsSent ?? 0, codec: codec(s) })),
          received: stats.filter((s) => s.type === "inbound-rtp" && s.kind === "video" && s.framesDecoded > 0).map((s) => ({ frames: s.framesDecoded, codec: codec(s) })),
          encoders: RTCRtpSender.getCapabilities("video").codecs.map((c) => c.mimeType),
          sounds: stats.filter((s) => s.type === "inbound-rtp" && s.kind === "audio").map((s) => s.packetsReceived).filter((packets) => packets > 0),
          cipher: stats.find((s) => s.type === "transport")?.srtpCipher, generation: number("[data-generation]", "generation"),
        };
      })) });
    }
  }
  process.stdin.destroy();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await browser.close();
  rmSync(common.userDataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
